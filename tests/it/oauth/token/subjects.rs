//! Who a token is about, who says so, and when there is an ID token.
use crate::app::{Answer, App, Authorize, OTHER, REALM, entry, query_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{AccessToken, AccessTokenHash, ClientId, ClientSecret, IssuerUrl, Nonce};
use serde_json::Value;

/// What the middle part of a JWS says, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn tokens(app: &App, request: &Authorize, user: &str) -> Answer {
    let code = app.browser().code_as(request, user).await;
    let client = app.client(request.value("client_id")).under(&request.prefix);
    client.redeem(&code, request.value("redirect_uri")).await
}

#[tokio::test]
async fn a_plain_oauth_application_uses_both_grants_and_never_gets_an_id_token() {
    covers!("A-03");
    let app = App::start().await;
    let client = app.client("plain");
    let machine = client
        .token(&[("grant_type", "client_credentials"), ("scope", "read")])
        .await;
    assert_eq!(machine.assert_tokens().member("scope"), "read");
    let check = async |asked: &str, granted: &str| {
        let answer = tokens(&app, &Authorize::of("plain").set("scope", asked), "alice").await;
        assert_eq!(answer.assert_tokens().member("scope"), granted, "{asked}");
        assert!(answer.json().get("id_token").is_none(), "{}", answer.body);
        let seen = client.userinfo(&answer.member("access_token")).await;
        seen.assert_bearer_error(403, "insufficient_scope");
    };
    check("read", "read").await;
    check("openid read", "read").await;
    check("openid profile email read write", "read write").await;
    let both = [("grant_type", "client_credentials"), ("scope", "openid read")];
    assert_eq!(client.token(&both).await.assert_tokens().member("scope"), "read");
}

#[tokio::test]
async fn an_openid_connect_application_has_the_code_grant_and_no_other() {
    covers!("A-04");
    let app = App::start().await;
    let check = async |grants: &[&str], accepted: bool| {
        let edit = |document: &mut toml::Table| {
            let application = entry(document, "applications", "app-a");
            let config = application["protocol_config"].as_table_mut().unwrap();
            config.insert("grant_types".into(), grants.to_vec().into());
        };
        let result = app.edit(edit).await;
        assert_eq!(result.is_ok(), accepted, "{grants:?}: {result:?}");
    };
    check(&["authorization_code"], true).await;
    check(&["client_credentials"], false).await;
    check(&["authorization_code", "client_credentials"], false).await;
    check(&[], false).await;
    // What was refused changed nothing.
    let machine = app.client("a").token(&[("grant_type", "client_credentials")]).await;
    machine.assert_json_error(400, "unauthorized_client");
    tokens(&app, &Authorize::of("a"), "alice").await.assert_tokens();
}

/// Verified by another implementation with the published keys: signature, issuer, audience, times, nonce, at_hash.
async fn verify(app: &App, request: &Authorize, answer: &Answer, algorithm: CoreJwsSigningAlgorithm) {
    let client = request.value("client_id");
    let keys: CoreJsonWebKeySet = serde_json::from_str(&app.get("/jwks").await.body).unwrap();
    let verifier = CoreIdTokenVerifier::new_confidential_client(
        ClientId::new(client.into()),
        ClientSecret::new("not used by these algorithms".into()),
        IssuerUrl::new(app.issuer().into()).unwrap(),
        keys,
    )
    .set_allowed_algs([algorithm])
    .set_time_fn(|| "2027-01-15T08:00:00Z".parse().unwrap());
    let token: CoreIdToken = answer.member("id_token").parse().unwrap();
    let nonce = Nonce::new(request.value("nonce").into());
    let claims = token.claims(&verifier, &nonce).unwrap();
    assert_eq!(claims.audiences().len(), 1);
    let hash = AccessTokenHash::from_token(
        &AccessToken::new(answer.member("access_token")),
        token.signing_alg().unwrap(),
        token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    assert!(token.claims(&verifier, &Nonce::new("another".into())).is_err());
}

#[tokio::test]
async fn an_id_token_comes_with_openid_and_verifies_against_the_published_keys() {
    covers!("A-04", "T-17");
    let app = App::start().await;
    // RS256 beside a self-contained token, ES256 beside a referential one.
    for (client, algorithm) in [
        ("a", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        ("first", CoreJwsSigningAlgorithm::EcdsaP256Sha256),
    ] {
        let request = Authorize::of(client).set("nonce", "n-0S6_WzA2Mj");
        let answer = tokens(&app, &request, "alice").await;
        verify(&app, &request, answer.assert_tokens(), algorithm).await;
    }
    let answer = tokens(&app, &Authorize::of("a").without("nonce"), "alice").await;
    assert!(claims(&answer.member("id_token")).get("nonce").is_none());
    // Without openid it is plain OAuth.
    let answer = tokens(&app, &Authorize::of("a").set("scope", "read"), "alice").await;
    assert!(answer.assert_tokens().json().get("id_token").is_none());
}

#[tokio::test]
async fn userinfo_names_the_subject_of_the_id_token_and_wants_openid_and_a_user() {
    covers!("T-17");
    let app = App::start().await;
    for client in ["a", "first", "p", "n"] {
        let answer = tokens(&app, &Authorize::of(client), "alice").await;
        let (token, id_token) = (answer.member("access_token"), answer.member("id_token"));
        let got = app.client(client).userinfo(&token).await;
        let bearer = format!("Bearer {token}");
        let posted = app.post("/userinfo", &[("authorization", &bearer)], &[]).await;
        let in_form = app.post("/userinfo", &[], &[("access_token", &token)]).await;
        for seen in [got, posted, in_form] {
            assert_eq!(seen.status, 200, "{}", seen.body);
            assert_eq!(seen.json()["sub"], claims(&id_token)["sub"], "{client}");
        }
    }
    let without = tokens(&app, &Authorize::of("a").set("scope", "read"), "alice").await;
    for token in [
        without.member("access_token"),
        app.client("m").machine_token().await,
        app.client("mref").machine_token().await,
    ] {
        let seen = app.client("a").userinfo(&token).await;
        seen.assert_bearer_error(403, "insufficient_scope");
    }
}

#[tokio::test]
async fn the_subject_is_the_chosen_property_of_the_user_or_the_client_itself() {
    covers!("T-23");
    let app = App::start().await;
    for client in ["m", "mref", "plain", "alone"] {
        let token = app.client(client).machine_token().await;
        let seen = app.client(client).introspect(&token).await;
        assert_eq!(seen.assert_active().member("sub"), client);
    }
    let choose = async |field: &str| {
        let edit = |document: &mut toml::Table| {
            let application = entry(document, "applications", "app-a");
            let config = application["protocol_config"].as_table_mut().unwrap();
            let tokens = config["token_configuration"].as_table_mut().unwrap();
            tokens.insert("subject_field".into(), field.into());
        };
        app.edit(edit).await.unwrap();
    };
    for (field, user, expected) in [
        ("id", "alice", "u-alice"),
        ("username", "alice", "alice"),
        ("email", "alice", "alice@example.test"),
        ("id", "mallory", "u-mallory"),
        ("username", "mallory", "mallory"),
    ] {
        choose(field).await;
        let answer = tokens(&app, &Authorize::of("a"), user).await;
        let token = answer.assert_tokens().member("access_token");
        for sub in [
            claims(&token)["sub"].as_str().unwrap(),
            claims(&answer.member("id_token"))["sub"].as_str().unwrap(),
            &app.client("a").userinfo(&token).await.member("sub"),
            &app.client("a").introspect(&token).await.member("sub"),
        ] {
            assert_eq!(sub, expected, "{field} of {user}");
        }
    }
    // A user without the property cannot be named: the application learns it at /authorize, before there is a code.
    choose("email").await;
    let target = app.browser().authorize_as(&Authorize::of("a"), "mallory").await;
    let query = query_of(&target);
    assert!(target.starts_with("https://a.test/cb?"), "{target}");
    assert!(query.contains(&("error".into(), "access_denied".into())), "{query:?}");
    assert!(!query.iter().any(|(name, _)| name == "code"), "{query:?}");
    // A subject is frozen with its code: a change in between splits no identity.
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    choose("id").await;
    let answer = app.client("a").redeem(&code, "https://a.test/cb").await;
    let sub = claims(&answer.assert_tokens().member("access_token"))["sub"].clone();
    assert_eq!(sub, "alice@example.test");
    assert_eq!(claims(&answer.member("id_token"))["sub"], "alice@example.test");
}

#[tokio::test]
async fn the_issuer_is_the_prefix_that_answered_whatever_the_host_header_says() {
    covers!("T-21");
    let check = async |app: &App, base: &str, prefix: &str| {
        let issuer = format!("{}{prefix}", app.issuer());
        let forged = [
            ("host", "evil.test"),
            ("x-forwarded-host", "evil.test"),
            ("forwarded", "host=evil.test"),
        ];
        for headers in [&[][..], &forged] {
            let path = format!("{base}{prefix}/.well-known/openid-configuration");
            let metadata = app.send("GET", &path, headers, None).await;
            assert_eq!(metadata.member("issuer"), issuer, "{headers:?}");
            assert!(!metadata.body.contains("evil.test"), "{}", metadata.body);
            let mut headers = headers.to_vec();
            let basic = app.client("plain").basic();
            headers.push(("authorization", &basic));
            let form = [("grant_type", "client_credentials")];
            let machine = app.post(&format!("{base}{prefix}/token"), &headers, &form).await;
            let token = machine.assert_tokens().member("access_token");
            assert_eq!(claims(&token)["iss"], issuer.as_str(), "{headers:?}");
        }
    };
    let application = format!("{REALM}/applications/app-plain");
    let app = App::start().await;
    let behind_a_proxy = App::start_with(|s| s.server.public_url = "https://id.example.test/auth".into()).await;
    for prefix in ["", REALM, application.as_str()] {
        check(&app, "", prefix).await;
        check(&behind_a_proxy, "/auth", prefix).await;
    }
    // The same of people: the ID token and the `iss` beside the code.
    for prefix in ["", REALM, &format!("{REALM}/applications/app-a")] {
        let issuer = format!("{}{prefix}", app.issuer());
        let request = Authorize::of("a").under(prefix);
        let target = app.browser().authorize_as(&request, "alice").await;
        assert!(query_of(&target).contains(&("iss".into(), issuer.clone())), "{target}");
        let code = query_of(&target)
            .into_iter()
            .find(|(name, _)| name == "code")
            .unwrap()
            .1;
        let answer = app.client("a").under(prefix).redeem(&code, "https://a.test/cb").await;
        for token in ["access_token", "id_token"] {
            assert_eq!(claims(&answer.assert_tokens().member(token))["iss"], issuer.as_str());
        }
    }
    let foreign = app.other_client("m").machine_token().await;
    assert_eq!(claims(&foreign)["iss"], format!("{}{OTHER}", app.issuer()));
}
