//! Credentials of resource servers.
use super::applications;
use crate::app::{App, Client, REALM};
use crate::management::admin::{Admin, client_of, machine, text};
use serde_json::json;

#[tokio::test]
async fn a_resource_server_introspects_with_what_is_made_for_it_until_it_is_deleted() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let credentials = format!("{REALM}/resource-servers/r1/credentials");
    let token = app.client("m").machine_token().await;
    let made = admin.raw("POST", &credentials, &[], None).await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "no-store"),
        "{}",
        made.body
    );
    let made = made.json()["credential"].clone();
    let (id, secret) = (text(&made["id"]), text(&made["secret"]));
    assert_eq!((id.len(), secret.len()), (24, 48));
    let api = Client::new(&app, "", &id, &secret);
    api.introspect(&token).await.assert_active();
    beside.catch_up().await;
    let there = Client::new(&beside, "", &id, &secret);
    there.introspect(&token).await.assert_active();
    // It sees its own audience only.
    let mut other = machine("Other");
    other["resource_server_id"] = json!("r2");
    other["protocol_config"]["allowed_scopes"] = json!(["other"]);
    let other = admin.create(&applications(), "application", other).await;
    let other = client_of(&app, "", &other).machine_token().await;
    api.introspect(&other).await.assert_inactive();
    let listed = admin.get(&credentials).await;
    assert!(listed.body.contains(&id) && !listed.body.contains(&secret));
    assert!(!admin.get(&format!("{REALM}/events")).await.body.contains(&secret));
    admin.remove(&format!("{credentials}/{id}")).await;
    api.introspect(&token).await.assert_invalid_client();
    beside.catch_up().await;
    there.introspect(&token).await.assert_invalid_client();
    app.resource_server("r1-api").introspect(&token).await.assert_active();
}
