//! How a request arrives: a form or JSON, one token in it, by POST.
use crate::app::{App, REALM};
use grantor_tests::covers;
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

#[tokio::test]
async fn a_form_and_json_revoke_alike_whatever_the_hint() {
    covers!("V-05", "O-181");
    let app = App::start().await;
    let basic = app.client("m").basic();
    for hint in [
        None,
        Some("access_token"),
        Some("refresh_token"),
        Some("foo"),
        Some(""),
        Some("\""),
    ] {
        for kind in [
            FORM,
            "application/x-www-form-urlencoded;charset=UTF-8",
            JSON,
            "application/json; charset=utf-8",
        ] {
            let token = app.client("m").machine_token().await;
            let body = match (kind.starts_with(JSON), hint) {
                (true, None) => json!({"token": token}).to_string(),
                (true, Some(hint)) => json!({"token": token, "token_type_hint": hint}).to_string(),
                (false, None) => format!("token={token}"),
                (false, Some(hint)) => crate::app::encode(&[("token_type_hint", hint), ("token", &token)]),
            };
            let headers = [("authorization", basic.as_str()), ("content-type", kind)];
            let answer = app.send("POST", "/revoke", &headers, Some(&body)).await;
            answer.assert_revoked();
            app.client("m").introspect(&token).await.assert_inactive();
        }
    }
    // Credentials stand in the body of either.
    let token = app.client("mref").machine_token().await;
    let body = json!({"token": token, "client_id": "mref", "client_secret": "mref-secret-mref-secret-mref-secret-"});
    let headers = [("content-type", JSON)];
    let answer = app.send("POST", "/revoke", &headers, Some(&body.to_string())).await;
    answer.assert_revoked();
    app.client("mref").introspect(&token).await.assert_inactive();
}

#[tokio::test]
async fn a_request_that_names_not_exactly_one_token_ends_nothing() {
    covers!("V-04", "V-05", "O-184");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let basic = app.client("m").basic();
    for (kind, body) in [
        (FORM, String::new()),
        (FORM, "token_type_hint=access_token".into()),
        (FORM, format!("token={token}&token={token}")),
        (FORM, format!("token={token}&x=1&x=2")),
        (FORM, format!("token={token}&token_type_hint=a&token_type_hint=a")),
        (FORM, format!("token={token}%ff")),
        (FORM, json!({"token": token}).to_string()),
        (JSON, "{}".into()),
        (JSON, "{".into()),
        (JSON, "[]".into()),
        (JSON, format!("\"{token}\"")),
        (JSON, format!("token={token}")),
        (JSON, json!({"token": [token]}).to_string()),
        (JSON, json!({"token": {"token": token}}).to_string()),
        (JSON, json!({"token": null}).to_string()),
        (JSON, format!("{{\"token\":\"{token}\",\"token\":\"{token}\"}}")),
        (JSON, format!("{{\"token\":\"{token}\",\"x\":\"1\",\"x\":\"2\"}}")),
        (JSON, format!("{{\"token\":\"{token}\"}}{{}}")),
        ("application/xml", format!("<token>{token}</token>")),
        ("text/plain", format!("token={token}")),
        ("multipart/form-data; boundary=x", format!("token={token}")),
        ("", format!("token={token}")),
    ] {
        let headers = [("authorization", basic.as_str()), ("content-type", kind)];
        let answer = app.send("POST", "/revoke", &headers, Some(&body)).await;
        answer.assert_json_error(400, "invalid_request");
        assert!(!answer.body.contains(&token), "{kind} {body}");
    }
    for (kind, long) in [
        (FORM, format!("token={token}&x={}", "a".repeat(70_000))),
        (JSON, json!({"token": token, "x": "a".repeat(70_000)}).to_string()),
    ] {
        let headers = [("authorization", basic.as_str()), ("content-type", kind)];
        let answer = app.send("POST", "/revoke", &headers, Some(&long)).await;
        assert_eq!(answer.status, 413);
    }
    app.client("m").introspect(&token).await.assert_active();
    app.client("m").revoke(&token).await.assert_revoked();
    app.client("m").introspect(&token).await.assert_inactive();
}

#[tokio::test]
async fn a_token_in_the_query_is_never_looked_at() {
    covers!("O-184");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let basic = app.client("m").basic();
    let headers = [("authorization", basic.as_str())];
    for prefix in ["", REALM] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
            let path = format!("{prefix}/revoke?token={token}");
            let answer = app.send(method, &path, &headers, None).await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
        }
    }
    let path = format!("/revoke?token={token}");
    for form in [&[][..], &[("token", token.as_str())]] {
        let answer = app.client("m").post(&path, form).await;
        answer.assert_json_error(400, "invalid_request");
    }
    app.client("m").introspect(&token).await.assert_active();
}
