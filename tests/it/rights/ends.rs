//! A management token is worth no more than its user and its application are now (O-252).
use super::role;
use crate::app::{ADMIN, App, Portal, config};
use grantor_tests::covers;
use serde_json::{Value, json};

const LIST: &str = "/v1/tenants/default/realms/main/applications";

/// What both processes answer a bearer.
async fn answers(processes: [&App; 2], token: &str) -> Vec<u16> {
    let mut all = Vec::new();
    for process in processes {
        process.catch_up().await;
        all.push(process.ask(token, "GET", LIST, &Value::Null).await.status);
    }
    all
}

#[tokio::test]
async fn what_ends_a_user_or_their_application_ends_their_management_tokens() {
    covers!("O-252", "O-256");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let bearer = app.management_token("").await;
    let reader = role(&app, &bearer, "Reader", &["applications:read"]).await;
    let scopes = json!(["applications:read", "groups:read"]);
    let disabled = |kind: &str| json!({ kind: {"enabled": false} });
    for (i, (method, path, body, expected)) in [
        ("PATCH", "identities/{user}", disabled("identity"), 401),
        ("DELETE", "identities/{user}", Value::Null, 401),
        ("DELETE", "identities/{user}/sessions", Value::Null, 401),
        ("PATCH", "applications/{application}", disabled("application"), 401),
        ("DELETE", "applications/{application}", Value::Null, 401),
        (
            "PATCH",
            "applications/{application}",
            json!({"application": {"protocol_config": {"allowed_scopes": ["groups:read"]}}}),
            403,
        ),
        (
            "PATCH",
            "applications/{application}",
            json!({"application": {"resource_server_id": null}}),
            403,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let portal = Portal::of(&app, &bearer, (ADMIN, "management"), &config(&scopes)).await;
        let name = format!("user-{i}");
        let user = portal.user(&bearer, &name, &[&reader]).await;
        let token = portal.token(&name, "").await;
        assert_eq!(answers([&app, &beside], &token).await, [200, 200]);
        // Times of tokens are whole seconds: one that is issued in the second of an end counts as before it.
        app.advance_seconds(1);
        let path = path.replace("{user}", &user).replace("{application}", &portal.id);
        app.done(&bearer, method, &format!("{ADMIN}/{path}"), &body).await;
        assert_eq!(
            answers([&app, &beside], &token).await,
            [expected, expected],
            "{method} {path} {body}"
        );
    }
}

#[tokio::test]
async fn what_a_machine_may_no_longer_have_its_old_tokens_have_no_longer() {
    covers!("O-252");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let bearer = app.management_token("").await;
    let mut machine = config(&json!(["applications:read", "tokens:introspect", "token:delete"]));
    machine["type"] = json!("oauth2");
    machine["grant_type"] = json!(["client_credentials"]);
    machine["refresh_tokens"] = Value::Null;
    for format in ["self_contained", "referential"] {
        machine["token_format"] = json!(format);
        let portal = Portal::of(&app, &bearer, (ADMIN, "management"), &machine).await;
        let token = portal.client().machine_token().await;
        let other = app.client("m").machine_token().await;
        app.introspect_as_bearer("", &token, &other).await.assert_active();
        assert_eq!(answers([&app, &beside], &token).await, [200, 200]);
        let allow = |scopes: Value| json!({"application": {"protocol_config": {"allowed_scopes": scopes}}});
        let path = format!("{ADMIN}/applications/{}", portal.id);
        app.done(&bearer, "PATCH", &path, &allow(json!(["tokens:delete"])))
            .await;
        assert_eq!(answers([&app, &beside], &token).await, [403, 403]);
        for process in [&app, &beside] {
            let answer = process.introspect_as_bearer("", &token, &other).await;
            answer.assert_bearer_error(403, "insufficient_scope");
        }
        app.revoke_as_bearer("", &token, &other).await.assert_revoked();
        app.client("m").introspect(&other).await.assert_inactive();
        app.done(&bearer, "PATCH", &path, &allow(json!(["applications:read"])))
            .await;
        assert_eq!(answers([&app, &beside], &token).await, [200, 200]);
    }
}
