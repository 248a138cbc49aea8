//! Requests as properties: what is read, printed and read again is the same request, and nothing panics.
use super::*;
use crate::form::{Params, append_query};
use proptest::prelude::*;
use std::collections::BTreeSet;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The client of the tables, with scopes `read` and `write`; the realm knows `other` as well.
fn read(query: &[u8]) -> Result<AuthorizationRequest, crate::OAuthError> {
    let allowed = ["read".to_owned(), "write".to_owned()];
    let scopes: BTreeSet<String> = ["read", "write", "other"].map(str::to_owned).into();
    let known = Known {
        allowed: &allowed,
        scopes: &scopes,
    };
    validate(Endpoint::Authorize, &Params::parse(query)?, &client(), &known)
}

/// The query that asks for just this.
fn printed(request: &AuthorizationRequest) -> String {
    let prompt: Vec<&str> = request.prompt.iter().map(|p| p.as_str()).collect();
    let prompt = Some(prompt.join(" ")).filter(|p| !p.is_empty());
    let max_age = request.max_age.map(|age| age.to_string());
    let members = [
        ("response_type", Some("code")),
        ("scope", Some(request.scope.as_str())),
        ("code_challenge", request.code_challenge.as_deref()),
        ("code_challenge_method", request.code_challenge.as_ref().map(|_| "S256")),
        ("nonce", request.nonce.as_deref()),
        ("prompt", prompt.as_deref()),
        ("max_age", max_age.as_deref()),
        ("login_hint", request.login_hint.as_deref()),
        ("ui_locales", request.ui_locales.as_deref()),
        ("id_token_hint", request.id_token_hint.as_deref()),
    ];
    let sent: Vec<(&str, &str)> = members
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)))
        .collect();
    append_query("", &sent)[1..].to_owned()
}

/// Text as it may stand in any parameter; a form carries no NUL, and an empty value is none.
fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[^\\x00]{1,20}")
}

/// A query that is often a request, often almost one.
fn almost_request() -> impl Strategy<Value = String> {
    let name = "(scope|nonce|prompt|max_age|state|code_challenge(_method)?|response_(type|mode)|claims|login_hint\
        |request(_uri)?|[a-z]{0,3})";
    let value = "(openid|read|other|none|login|consent|S256|code|query|[0-9]{0,13}|%[0-9a-f]{2}|\\+|%20|\\{\\}\
        |[ -~é]{0,4}){0,3}";
    let start = format!("(response_type=code&)?(code_challenge={CHALLENGE}&code_challenge_method=S256&)?");
    let start = proptest::string::string_regex(&start).unwrap();
    (start, proptest::collection::vec((name, value), 0..6)).prop_map(|(start, pairs)| {
        let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        start + &pairs.join("&")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_request_survives_printing_and_storing(
        scope in proptest::sample::subsequence(vec!["openid", "read", "write", "email"], 1..=4).prop_shuffle(),
        nonce in text(), login_hint in text(), ui_locales in text(), id_token_hint in text(),
        prompt in prop_oneof![
            Just(vec![Prompt::None]),
            proptest::sample::subsequence(vec![Prompt::Login, Prompt::Consent, Prompt::SelectAccount], 0..=3).prop_shuffle(),
        ],
        max_age in proptest::option::of(0..=999_999_999_999_i64),
    ) {
        let request = AuthorizationRequest {
            scope: scope.join(" "),
            nonce,
            code_challenge: Some(CHALLENGE.to_owned()),
            prompt,
            max_age,
            login_hint,
            ui_locales,
            id_token_hint,
        };
        prop_assert_eq!(&read(printed(&request).as_bytes()).unwrap(), &request);
        let stored = serde_json::to_vec(&request).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<AuthorizationRequest>(&stored).unwrap(), &request);
    }

    #[test]
    fn what_passes_keeps_the_rules_and_reads_back(query in almost_request()) {
        let Ok(request) = read(query.as_bytes()) else { return Ok(()) };
        // No scope may be left (T-05), and asking for none would ask for all.
        if !request.scope.is_empty() {
            prop_assert_eq!(&read(printed(&request).as_bytes()).unwrap(), &request);
        }
        for scope in request.scopes().iter() {
            prop_assert!(["openid", "profile", "email", "address", "phone", "read", "write"].contains(&scope));
        }
        prop_assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE), "a public client has a challenge");
        prop_assert!(request.prompts(Prompt::None) <= (request.prompt.len() == 1));
        prop_assert!(request.max_age.is_none_or(|age| (0..1_000_000_000_000).contains(&age)));
        let params = Params::parse(query.as_bytes()).unwrap();
        prop_assert!(params.first_repeated().is_none());
        prop_assert_eq!((params.get("request").unwrap(), params.get("request_uri").unwrap()), (None, None));
        prop_assert_eq!(params.get("response_type").unwrap(), Some("code"));
        prop_assert_eq!(params.get("nonce").unwrap(), request.nonce.as_deref());
    }

    #[test]
    fn no_bytes_make_a_check_panic(query: Vec<u8>) {
        prop_assert!(read(&query).is_err(), "no response_type by chance");
    }
}
