//! Authorization requests and scopes, against one client.
use crate::text;
use grantor_protocol::authorize::{AuthorizationRequest, Endpoint, Known, ReturnAddress, validate};
use grantor_protocol::client::{Client, ClientConfig};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::{Bounds, ScopeSet, for_authorization, for_client_credentials, narrow, still_allowed};
use std::collections::BTreeSet;

const CLIENT: &str = r#"{"type": "oidc", "confidentiality": "public", "application_type": "native",
    "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"],
    "redirect_uris": ["https://a.test/cb", "https://a.test/cb?x=1", "http://127.0.0.1/cb", "com.example.app:/cb"]}"#;
const ISSUER: &str = "https://id.example";

fn client() -> Client {
    Client {
        key: RealmKey::new("t", "r"),
        id: "a".into(),
        client_id: "a".into(),
        display_name: "A".into(),
        is_managed: false,
        enabled: true,
        resource_server: None,
        config: serde_json::from_str::<ClientConfig>(CLIENT).expect("a sound client"),
    }
}

pub(crate) fn authorize(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let client = client();
    let allowed = ["read".to_owned(), "write".to_owned()];
    let scopes: BTreeSet<String> = ["read", "write", "other"].map(str::to_owned).into();
    let known = Known {
        allowed: &allowed,
        scopes: &scopes,
    };
    let request = validate(Endpoint::Authorize, &params, &client, &known);
    if let Ok(request) = &request {
        passed(request, &params);
    }
    if let Ok(address) = ReturnAddress::establish(&client, &params) {
        assert!(address.is_registered(&client));
        answers(&address.with_code("c", ISSUER), &address, &params);
        if let Err(error) = &request {
            answers(&address.with_error(error, ISSUER), &address, &params);
        }
    }
}

fn passed(request: &AuthorizationRequest, params: &Params<'_>) {
    const POSSIBLE: [&str; 7] = ["openid", "profile", "email", "address", "phone", "read", "write"];
    assert!(request.scopes().iter().all(|scope| POSSIBLE.contains(&scope)));
    assert_eq!(
        request.code_challenge.as_ref().map(String::len),
        Some(43),
        "a public client has a challenge"
    );
    assert_eq!(params.get("code_challenge_method"), Ok(Some("S256")));
    assert!(params.first_repeated().is_none() && params.get("request") == Ok(None));
    assert!(request.max_age.is_none_or(|age| age >= 0));
    let stored = serde_json::to_vec(request).expect("a request is stored");
    let again: AuthorizationRequest = serde_json::from_slice(&stored).expect("and read back");
    assert_eq!(again, *request);
}

/// The redirect goes where the URI says, and the client reads from it what was written.
fn answers(location: &str, address: &ReturnAddress, params: &Params<'_>) {
    assert!(
        location.starts_with(address.redirect_uri()) && location.is_ascii(),
        "{location}"
    );
    assert!(!location.contains(['\r', '\n', ' ', '"', '<']), "{location}");
    let (to, own) = (url::Url::parse(location), url::Url::parse(address.redirect_uri()));
    let (to, own) = (to.expect("a URL"), own.expect("a URL"));
    assert_eq!(
        (to.scheme(), to.host_str(), to.port(), to.path()),
        (own.scheme(), own.host_str(), own.port(), own.path())
    );
    let sent = |name: &str| {
        to.query_pairs()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(sent("iss"), [ISSUER]);
    match params.get("state").ok().flatten().filter(|state| state.len() <= 4096) {
        Some(state) => assert_eq!(sent("state"), [state]),
        None => assert!(sent("state").is_empty()),
    }
    assert_eq!(sent("code").len() + sent("error").len(), 1);
}

pub(crate) fn scope(data: &[u8]) {
    let text = text(data);
    let (asked, other) = text.split_once('\n').unwrap_or((&text, ""));
    let (Ok(asked), Ok(other)) = (ScopeSet::parse(asked), ScopeSet::parse(other)) else {
        return;
    };
    assert_eq!(ScopeSet::parse(&asked.to_string()).as_ref(), Ok(&asked));
    assert_eq!(ScopeSet::from_stored(&asked.to_string()), asked);
    let union = asked.union(&other);
    assert!(asked.is_subset_of(&union) && other.is_subset_of(&union));
    assert!(narrow(&asked, Some(&other)).is_subset_of(&asked));
    let allowed: Vec<String> = other.iter().map(str::to_owned).collect();
    let known: BTreeSet<String> = allowed.iter().cloned().collect();
    for (oidc, offline) in [(false, false), (true, false), (true, true)] {
        let bounds = Bounds {
            allowed: &allowed,
            oidc,
            offline,
            known: &known,
        };
        for granted in [
            for_authorization(Some(&asked), &bounds),
            for_client_credentials(Some(&asked), &bounds),
        ] {
            let Ok(granted) = granted else { continue };
            assert!(asked.is_empty() || granted.is_subset_of(&asked));
            assert!(asked.is_empty() || still_allowed(&granted, &bounds) == granted);
        }
    }
}
