//! `/introspect` (RFC 7662): who may ask, what is said, and how little is said otherwise.
mod callers;
mod ends;
mod inactive;
mod refresh_tokens;

use crate::app::{App, OTHER, REALM};
use grantor_tests::covers;
use serde_json::json;

const APPLICATION_A: &str = "/v1/tenants/default/realms/main/applications/app-a";

#[tokio::test]
async fn every_prefix_says_the_same_of_a_token() {
    covers!("I-01");
    let app = App::start().await;
    let tokens = app.tokens_for("a", "alice", "openid email read").await;
    let token = tokens.member("access_token");
    let seen = app.client("a").introspect(&token).await.assert_active().json();
    let expected = json!({
        "active": true,
        "iss": app.issuer(),
        "sub": "u-alice",
        "aud": ["https://r1.test", "a"],
        "client_id": "a",
        "username": "alice",
        "scope": "openid email read",
        "token_type": "Bearer",
        "iat": app.now_seconds(),
        "nbf": app.now_seconds(),
        "exp": app.now_seconds() + 3600,
        "auth_time": app.now_seconds(),
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
    for name in ["jti", "sid", "gid"] {
        assert!(seen[name].as_str().is_some_and(|v| !v.is_empty()), "{name}");
    }
    for prefix in [REALM, APPLICATION_A] {
        let answer = app.client("a").under(prefix).introspect(&token).await;
        assert_eq!(answer.json(), seen, "{prefix}");
        let answer = app.resource_server("r1-api").under(prefix).introspect(&token).await;
        assert_eq!(answer.json(), seen, "{prefix}");
    }
    // A token that was born under another prefix of the same realm.
    let machine = app.client("m").under(REALM).machine_token().await;
    let seen = app.client("m").introspect(&machine).await;
    assert_eq!(seen.assert_active().member("iss"), format!("{}{REALM}", app.issuer()));
    assert!(seen.json().get("username").is_none());
    // The prefix names an application: another one does not authenticate there.
    let answer = app.client("m").under(APPLICATION_A).introspect(&machine).await;
    answer.assert_invalid_client();
    app.client("m")
        .under(OTHER)
        .introspect(&machine)
        .await
        .assert_invalid_client();
}

#[tokio::test]
async fn a_form_and_json_ask_alike() {
    covers!("I-01");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let basic = app.client("m").basic();
    let ask = async |kind: &str, body: &str| {
        let headers = [("authorization", basic.as_str()), ("content-type", kind)];
        app.send("POST", "/introspect", &headers, Some(body)).await
    };
    let seen = app.client("m").introspect(&token).await.json();
    for (kind, body) in [
        ("application/json", json!({"token": token}).to_string()),
        ("application/json; charset=utf-8", json!({"token": token}).to_string()),
        (
            "application/json",
            json!({"token": token, "token_type_hint": "access_token"}).to_string(),
        ),
        (
            "application/x-www-form-urlencoded;charset=UTF-8",
            format!("token={token}"),
        ),
    ] {
        assert_eq!(ask(kind, &body).await.json(), seen, "{kind} {body}");
    }
    for (kind, body) in [
        ("application/json", "{".to_owned()),
        ("application/json", "[]".into()),
        ("application/json", "{}".into()),
        ("application/json", json!({"token": [token]}).to_string()),
        ("application/json", json!({"token": {"a": token}}).to_string()),
        (
            "application/json",
            format!("{{\"token\":\"{token}\",\"token\":\"{token}\"}}"),
        ),
        ("application/json", format!("token={token}")),
        ("application/x-www-form-urlencoded", String::new()),
        (
            "application/x-www-form-urlencoded",
            format!("token={token}&token={token}"),
        ),
        ("text/plain", format!("token={token}")),
        ("application/xml", "<token/>".into()),
    ] {
        let answer = ask(kind, &body).await;
        assert_eq!(
            (answer.status, &*answer.member("error")),
            (400, "invalid_request"),
            "{kind} {body}"
        );
    }
    let long = format!("token={}", "a".repeat(70_000));
    assert_eq!(ask("application/x-www-form-urlencoded", &long).await.status, 413);
}

#[tokio::test]
async fn a_token_in_the_query_is_never_looked_at() {
    covers!("O-173", "I-01");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let basic = app.client("m").basic();
    let headers = [("authorization", basic.as_str())];
    for path in ["/introspect".to_owned(), format!("/introspect?token={token}")] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = app.send(method, &path, &headers, None).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), "POST");
            assert!(!answer.body.contains("active"));
        }
    }
    let path = format!("/introspect?token={token}");
    for form in [&[][..], &[("token", token.as_str())]] {
        let answer = app.client("m").post(&path, form).await;
        answer.assert_json_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_hint_changes_nothing() {
    covers!("O-172");
    let app = App::start().await;
    let machine = app.client("m").machine_token().await;
    let sealed = app.client("mref").machine_token().await;
    for (client, token) in [("m", machine.as_str()), ("mref", &sealed), ("m", "unknown")] {
        let plain = app.client(client).introspect(token).await;
        for hint in [
            "access_token",
            "refresh_token",
            "id_token",
            "pat",
            "",
            "\"",
            "ACCESS_TOKEN",
        ] {
            let form = [("token", token), ("token_type_hint", hint)];
            let answer = app.client(client).post("/introspect", &form).await;
            assert_eq!((answer.status, &answer.body), (200, &plain.body), "{client} {hint}");
        }
    }
}
