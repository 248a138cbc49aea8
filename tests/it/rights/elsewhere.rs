//! What other resource servers call their scopes is no right of management.
use super::{held, holder, role};
use crate::app::{ADMIN, App, Portal};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn a_role_of_another_resource_server_gives_no_power_over_the_server() {
    covers!("O-245", "O-247");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    // Whoever edits resource servers names their scopes as they like; that makes no right of management.
    let editor = [
        "resource-servers:create",
        "resource-servers:update",
        "roles:create",
        "roles:update",
        "applications:create",
        "applications:update",
    ];
    let token = holder(&app, (&portal, &bearer), "editor", &editor).await;
    let mine = json!({"resource_server": {"display_name": "Mine", "identifier": "https://mine.test", "role_bounded": true,
        "scopes": ["roles:read", "identities:update"]}});
    let server = app
        .done(&token, "POST", &format!("{ADMIN}/resource-servers"), &mine)
        .await;
    let server = server["resource_server"]["id"].as_str().unwrap();
    let body = json!({"role": {"display_name": "Mine", "scopes": ["roles:read", "identities:update"]}});
    let made = app
        .done(
            &token,
            "POST",
            &format!("{ADMIN}/resource-servers/{server}/roles"),
            &body,
        )
        .await;
    let mine = made["role"]["id"].as_str().unwrap();
    let user = portal.user(&bearer, "user", &[]).await;
    let path = format!("{ADMIN}/resource-servers/{server}/roles/{mine}:addMembers");
    app.done(&token, "POST", &path, &json!({"identity_ids": [user]})).await;
    assert_eq!(held(&app, &bearer, &user).await, [mine]);
    let target = portal.come_back("user", "").await;
    assert!(target.contains("error=access_denied"), "{target}");
    // Nor does a role of the one pass under the path of the other.
    let own = role(&app, &bearer, "Own", &["roles:read"]).await;
    for (server, role) in [("management", mine), (server, own.as_str())] {
        let path = format!("{ADMIN}/resource-servers/{server}/roles/{role}");
        app.ask(&bearer, "GET", &path, &Value::Null)
            .await
            .assert_management_error(404, "not_found");
    }
    // The reserved identifier cannot be taken, in no realm.
    for realm in [ADMIN, crate::app::REALM] {
        let body = json!({"resource_server": {"display_name": "Mine", "identifier": "urn:grantor:management"}});
        let answer = app
            .ask(&bearer, "POST", &format!("{realm}/resource-servers"), &body)
            .await;
        answer.assert_management_error(400, "bad_request");
    }
}
