//! What access tokens say, for how long, to whom, and who can read them.
use crate::app::{ADMIN, App, REALM, entry, part_of, verify_offline, with};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use serde_json::{Value, json};

/// Sets something under `protocol_config` of an application.
async fn configure(app: &App, id: &str, name: &str, value: impl Into<toml::Value>) -> Result<(), String> {
    app.edit(|d| {
        let config = entry(d, "applications", id)["protocol_config"].as_table_mut().unwrap();
        config.insert(name.into(), value.into());
    })
    .await
}

async fn set_life(app: &App, id: &str, expires_after: impl Into<toml::Value>) -> Result<(), String> {
    let mut configuration = toml::Table::new();
    configuration.insert("expires_after".into(), expires_after.into());
    configure(app, id, "token_configuration", configuration).await
}

#[tokio::test]
async fn a_self_contained_token_is_verified_with_the_published_keys_alone() {
    covers!("T-20", "I-02");
    let app = App::start().await;
    let jwks = app.get("/jwks").await.body;
    for (client, algorithm, scope) in [("alone", "RS256", ""), ("m", "ES256", "read write")] {
        let token = app.client(client).machine_token().await;
        assert_eq!(token.split('.').count(), 3);
        let header = part_of(&token, 0);
        assert_eq!((&header["alg"], &header["typ"]), (&json!(algorithm), &json!("at+jwt")));
        let claims = verify_offline(&jwks, &token).unwrap();
        let now = app.now_seconds();
        for (name, expected) in [
            ("iss", json!(app.issuer())),
            ("sub", json!(client)),
            ("client_id", json!(client)),
            ("scope", json!(scope)),
            ("iat", json!(now)),
            ("nbf", json!(now)),
        ] {
            assert_eq!(claims[name], expected, "{client} {name}");
        }
        assert!(claims["exp"].as_i64().unwrap() > now);
        assert!(claims["jti"].as_str().unwrap().len() >= 22);
        let second = part_of(&app.client(client).machine_token().await, 1);
        assert_ne!(claims["jti"], second["jti"]);
        // A byte of any part altered, and nobody takes it.
        for at in [5, token.find('.').unwrap() + 9, token.rfind('.').unwrap() + 9] {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            let verified = std::panic::catch_unwind(|| verify_offline(&jwks, &altered));
            assert!(!matches!(verified, Ok(Ok(_))), "{client} byte {at}");
            app.client(client).introspect(&altered).await.assert_inactive();
        }
        // Keys of another realm say nothing about it.
        let others = app.get(&format!("{ADMIN}/jwks")).await.body;
        assert_eq!(verify_offline(&others, &token), Err("no such kid".into()));
    }
}

#[tokio::test]
async fn introspection_says_what_the_token_says_until_it_is_revoked() {
    covers!("I-02", "I-01");
    let app = App::start().await;
    let wishes = [
        ("grant_type", "client_credentials"),
        ("scope", "read"),
        ("expiration_time", "60"),
        ("custom_claims", r#"{"order":"42","n":[1,2]}"#),
    ];
    let machine = app.client("m").token(&wishes).await.member("access_token");
    let request = crate::app::Authorize::of("a").set("scope", "openid read");
    let code = app.browser().code_as(&request, "alice").await;
    let user = app
        .client("a")
        .redeem(&code, "https://a.test/cb")
        .await
        .member("access_token");
    let jwks = app.get("/jwks").await.body;
    for (client, token) in [("m", &machine), ("a", &user)] {
        let own = verify_offline(&jwks, token).unwrap();
        for seen in [
            app.client(client).introspect(token).await,
            app.resource_server("r1-api").introspect(token).await,
        ] {
            let seen = seen.assert_active().json();
            let rest = ["active", "username", "token_type"]
                .iter()
                .fold(seen, |v, n| with(&v, n, Value::Null));
            assert_eq!(rest, own, "{client}");
        }
    }
    // A replayed code revokes what came of it; the signature holds on, so only introspection knows.
    let again = app.client("a").redeem(&code, "https://a.test/cb").await;
    again.assert_json_error(400, "invalid_grant");
    assert!(verify_offline(&jwks, &user).is_ok());
    app.client("a").introspect(&user).await.assert_inactive();
    app.client("m").introspect(&machine).await.assert_active();
}

#[tokio::test]
async fn the_audience_is_the_api_and_the_client_of_a_user() {
    covers!("T-22");
    let app = App::start().await;
    for (client, expected) in [
        ("m", json!("https://r1.test")),
        ("alone", json!("alone")),
        ("plain", json!("https://r1.test")),
    ] {
        let token = app.client(client).machine_token().await;
        assert_eq!(part_of(&token, 1)["aud"], expected, "{client}");
    }
    let sealed = app.client("mref").machine_token().await;
    assert_eq!(
        app.client("mref").introspect(&sealed).await.json()["aud"],
        "https://r1.test"
    );
    for (client, scope, expected) in [
        ("a", "openid read", json!(["https://r1.test", "a"])),
        ("a", "openid", json!(["https://r1.test", "a"])),
        ("plain", "read", json!(["https://r1.test", "plain"])),
        ("p2", "openid", json!("p2")),
    ] {
        let tokens = app.tokens_for(client, "alice", scope).await;
        assert_eq!(part_of(&tokens.member("access_token"), 1)["aud"], expected, "{client}");
        if scope.contains("openid") {
            // The ID token is for the client alone (OpenID Connect Core section 2).
            assert_eq!(part_of(&tokens.member("id_token"), 1)["aud"], client);
        }
    }
    let manager = app.management_token("").await;
    assert_eq!(part_of(&manager, 1)["aud"], "urn:grantor:management");
}

#[tokio::test]
async fn a_referential_token_is_read_by_the_server_alone() {
    covers!("T-24", "I-01");
    let app = App::start().await;
    let machine = app.client("mref").machine_token().await;
    let user = app
        .tokens_for("first", "alice", "openid email")
        .await
        .member("access_token");
    for (client, token) in [("mref", &machine), ("first", &user)] {
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!((parts.len(), parts[1]), (5, ""));
        let header = part_of(token, 0);
        let mut names: Vec<_> = header.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "cty", "enc", "kid"]);
        assert_eq!((&header["alg"], &header["enc"]), (&json!("dir"), &json!("A256GCM")));
        // Its key is not published, and no part holds a claim in the clear.
        for prefix in ["", REALM, ADMIN] {
            assert!(
                !app.get(&format!("{prefix}/jwks"))
                    .await
                    .body
                    .contains(header["kid"].as_str().unwrap())
            );
        }
        let seen = app.client(client).introspect(token).await.assert_active().json();
        let bytes: Vec<u8> = parts.iter().flat_map(|p| URL_SAFE_NO_PAD.decode(p).unwrap()).collect();
        let readable = String::from_utf8_lossy(&bytes);
        for name in ["iss", "sub", "jti", "client_id", "scope"] {
            let value = seen[name].as_str().unwrap_or_else(|| panic!("{client}: no {name}"));
            for text in [&format!("\"{name}\""), value] {
                assert!(!readable.contains(text), "{client}: {text}");
            }
        }
        assert!(app.resource_server("r2-api").introspect(token).await.body == r#"{"active":false}"#);
    }
    let seen = app
        .resource_server("r1-api")
        .introspect(&machine)
        .await
        .assert_active()
        .json();
    assert_eq!(
        (&seen["sub"], &seen["aud"], &seen["scope"]),
        (&json!("mref"), &json!("https://r1.test"), &json!("read"))
    );
    let claims = app.client("first").userinfo(&user).await.json();
    assert_eq!(claims["email"], "alice@example.test");
    // The same claims twice look nothing alike.
    let second = app.client("mref").machine_token().await;
    assert_ne!(machine.split('.').nth(3), second.split('.').nth(3));
}

#[tokio::test]
async fn the_format_of_an_application_is_that_of_its_next_tokens() {
    covers!("A-15");
    let app = App::start().await;
    for (client, id, before, after, parts) in [
        ("mref", "app-mref", "referential", "self_contained", (5, 3)),
        ("m", "app-m", "self_contained", "referential", (3, 5)),
    ] {
        let old = app.client(client).machine_token().await;
        assert_eq!(old.split('.').count(), parts.0, "{client} {before}");
        configure(&app, id, "token_format", after).await.unwrap();
        let new = app.client(client).machine_token().await;
        assert_eq!(new.split('.').count(), parts.1, "{client} {after}");
        for token in [&old, &new] {
            app.client(client).introspect(token).await.assert_active();
            app.resource_server("r1-api").introspect(token).await.assert_active();
        }
    }
    for unknown in ["", "opaque", "jwt", "Referential", "self-contained"] {
        assert!(
            configure(&app, "app-m", "token_format", unknown).await.is_err(),
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn a_token_lives_as_long_as_its_application_says() {
    covers!("A-17");
    let app = App::start().await;
    for (client, life) in [("m", 3600), ("alone", 86_400), ("mref", 86_400)] {
        check_life(&app, client, &[], life).await;
        check_life(&app, client, &[("expiration_time", "60")], 60).await;
        let too_long = (life + 1).to_string();
        let form = [("grant_type", "client_credentials"), ("expiration_time", &too_long)];
        app.client(client)
            .token(&form)
            .await
            .assert_json_error(400, "invalid_request");
    }
    let old = app.client("m").machine_token().await;
    set_life(&app, "app-m", 30).await.unwrap();
    check_life(&app, "m", &[], 30).await;
    let short = app.client("m").machine_token().await;
    app.advance_seconds(29);
    app.client("m").introspect(&short).await.assert_active();
    app.advance_seconds(1);
    app.client("m").introspect(&short).await.assert_inactive();
    app.client("m").introspect(&old).await.assert_active();
    app.advance_seconds(3600 - 31);
    app.client("m").introspect(&old).await.assert_active();
    app.advance_seconds(1);
    app.client("m").introspect(&old).await.assert_inactive();
    let ten_years = 10 * 365 * 86_400;
    for life in [0, -1, i64::MIN, i64::MAX, ten_years + 1] {
        assert!(set_life(&app, "app-m", life).await.is_err(), "{life}");
    }
    assert!(set_life(&app, "app-m", 1.5).await.is_err());
    assert!(set_life(&app, "app-m", "60").await.is_err());
    for life in [1, ten_years] {
        set_life(&app, "app-m", life).await.unwrap();
        check_life(&app, "m", &[], life).await;
    }
}

async fn check_life(app: &App, client: &str, wishes: &[(&str, &str)], life: i64) {
    let form = [&[("grant_type", "client_credentials")], wishes].concat();
    let answer = app.client(client).token(&form).await;
    assert_eq!(answer.assert_tokens().json()["expires_in"], life, "{client}");
    let seen = app
        .client(client)
        .introspect(&answer.member("access_token"))
        .await
        .json();
    let (iat, exp) = (seen["iat"].as_i64().unwrap(), seen["exp"].as_i64().unwrap());
    assert_eq!((iat, exp - iat), (app.now_seconds(), life), "{client}");
}
