//! Scopes of client_credentials tokens, and of requests that name none (RFC 6749 section 3.3).
use crate::app::{App, Authorize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_flows::client_secret;
use grantor_flows::management::Requester;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::{APPLICATION_ID, SCOPES};
use grantor_tests::covers;
use serde_json::Value;

/// What a self-contained token says, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Asks for `scope` as a machine: what is granted, in the answer and in the token alike, or `invalid_scope`.
async fn check(app: &App, client: &str, scope: Option<&str>, expected: Option<&str>) {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(scope.map(|s| ("scope", s)));
    let answer = app.client(client).token(&form).await;
    match expected {
        None => drop(answer.assert_json_error(400, "invalid_scope")),
        Some(granted) => {
            assert_eq!(answer.assert_tokens().member("scope"), granted, "{scope:?}");
            let token = answer.member("access_token");
            let seen = app.client(client).introspect(&token).await;
            assert_eq!(seen.assert_active().member("scope"), granted, "{scope:?}");
            if client != "mref" {
                assert_eq!(claims(&token)["scope"].as_str().unwrap_or_default(), granted);
            }
            assert!(!answer.body.contains("refresh_token") && !answer.body.contains("id_token"));
        }
    }
}

#[tokio::test]
async fn no_scope_means_all_that_the_application_may_have() {
    covers!("T-03");
    let app = App::start().await;
    for none in [None, Some(""), Some(" ")] {
        check(&app, "m", none, Some("read write")).await;
        check(&app, "mref", none, Some("read")).await;
        // without a resource server there is nothing to have
        check(&app, "alone", none, Some("")).await;
    }
    for request in [
        Authorize::of("plain").without("scope"),
        Authorize::of("plain").set("scope", ""),
    ] {
        let code = app.browser().code_as(&request, "alice").await;
        let tokens = app.client("plain").redeem(&code, "https://plain.test/cb").await;
        assert_eq!(tokens.assert_tokens().member("scope"), "read write");
        assert_eq!(claims(&tokens.member("access_token"))["scope"], "read write");
    }
}

#[tokio::test]
async fn a_list_of_scopes_restricts_the_token() {
    covers!("T-04");
    let app = App::start().await;
    check(&app, "m", Some("read"), Some("read")).await;
    check(&app, "m", Some("write"), Some("write")).await;
    check(&app, "m", Some("read write"), Some("read write")).await;
    check(&app, "m", Some("write read"), Some("write read")).await;
    check(&app, "m", Some("read read  read"), Some("read")).await;
    check(&app, "m", Some("  read   write "), Some("read write")).await;
    check(&app, "mref", Some("read read"), Some("read")).await;
    for malformed in [
        "read\twrite",
        "read\nwrite",
        "read\"",
        "read\\write",
        "r\u{e9}ad",
        "read\u{a0}write",
        "read\u{7f}",
        &"read ".repeat(2000),
    ] {
        check(&app, "m", Some(malformed), None).await;
    }
    let nul = app
        .client("m")
        .token(&[("grant_type", "client_credentials"), ("scope", "read\0")])
        .await;
    nul.assert_json_error(400, "invalid_request");
}

#[tokio::test]
async fn one_scope_too_many_refuses_the_whole_request() {
    covers!("T-05");
    let app = App::start().await;
    check(&app, "m", Some("read write"), Some("read write")).await;
    for scope in [
        // known in the realm, but of another application or resource server
        "admin",
        "read admin",
        "other",
        "read other",
        // known to nobody
        "unknown",
        "read write unknown",
        "READ",
        "rea",
        "read,write",
        "*",
        "https://r1.test/read",
        "clients:create",
    ] {
        check(&app, "m", Some(scope), None).await;
    }
    check(&app, "mref", Some("write"), None).await;
    check(&app, "alone", Some("read"), None).await;
    // There is no user for these to speak of: dropped, not refused (decision 17).
    check(&app, "m", Some("openid read profile"), Some("read")).await;
    check(&app, "m", Some("openid profile email"), Some("")).await;
}

#[tokio::test]
async fn a_token_of_the_management_application_lives_ninety_days() {
    covers!("T-14", "T-03");
    let app = App::start().await;
    let key = RealmKey::new("default", "admin");
    let secret = client_secret::rotate(&app.deps, &key, APPLICATION_ID, (None, &Requester::operator()))
        .await
        .unwrap();
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    let admin = "/v1/tenants/default/realms/admin";
    let client = app.client("m").under(admin).named(APPLICATION_ID).with_secret(&secret);
    let answer = client.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.assert_tokens().json()["expires_in"], 7_776_000);
    let all: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(answer.member("scope"), all.join(" "));
    let token = answer.member("access_token");
    let claims = claims(&token);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        7_776_000
    );
    assert_eq!(claims["iss"], format!("{}{admin}", app.issuer()));
    app.advance_seconds(7_775_999);
    client.introspect(&token).await.assert_active();
    app.advance_seconds(1);
    client.introspect(&token).await.assert_inactive();
    // Its realm is its own: the application is unknown in the others.
    for prefix in ["", crate::app::REALM, crate::app::OTHER] {
        let elsewhere = client
            .clone()
            .under(prefix)
            .token(&[("grant_type", "client_credentials")])
            .await;
        elsewhere.assert_invalid_client();
    }
}
