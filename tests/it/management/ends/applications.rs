//! Applications.
use super::{Held, SCOPE, request};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn an_application_that_is_disabled_or_deleted_loses_everything_of_everybody() {
    covers!("O-161", "O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut held = Held::of(&app, &admin, "carol").await;
    held.assert_alive(&beside).await;
    admin
        .change(&held.application(), "application", json!({"enabled": false}))
        .await;
    held.assert_ended(&beside, false).await;
    // The session is not the application's.
    assert!(held.session_lives().await);
    let answer = app.authorize(&request(&held.made, SCOPE)).await;
    answer.assert_page(400);
    admin
        .change(&held.application(), "application", json!({"enabled": true}))
        .await;
    held.assert_ended(&beside, true).await;
    app.advance_seconds(1);
    let mut fresh = Held::again(&app, held.made.clone(), held.user.clone(), "carol").await;
    fresh.assert_alive(&beside).await;
    held.assert_ended(&beside, true).await;
    admin.remove(&fresh.application()).await;
    fresh.assert_ended(&beside, false).await;
    app.authorize(&request(&held.made, SCOPE)).await.assert_page(400);
    // A document may give another application the same names, and even the same secret.
    let config = &held.made["protocol_config"];
    let (id, client_id, secret) = (
        text(&held.made["id"]),
        text(&config["client_id"]),
        text(&config["client_secret"]),
    );
    for id in [id.as_str(), "another"] {
        let document = format!(
            "tenant = 'default'\nrealm = 'main'\n[[applications]]\nid = '{id}'\nclient_id = '{client_id}'\ndisplay_name = 'Again'\n\
             resource_server = 'r1'\nclient_secrets = ['{secret}']\n[applications.protocol_config]\ntype = 'oidc'\n\
             grant_types = ['authorization_code']\nredirect_uris = ['https://made.test/cb']\nallowed_scopes = ['read']\n\
             refresh_tokens = {{ enabled = true }}"
        );
        app.apply(&document).await.unwrap();
        held.assert_ended(&beside, true).await;
        fresh.assert_ended(&beside, true).await;
        admin.remove(&format!("{REALM}/applications/{id}")).await;
    }
}

#[tokio::test]
async fn a_name_that_an_application_gave_up_brings_its_tokens_to_nobody() {
    covers!("O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let token = app.client("m").machine_token().await;
    app.resource_server("r1-api").introspect(&token).await.assert_active();
    let mut moved = crate::app::application("app-m");
    moved.insert("client_id".into(), "moved".into());
    let mut other = crate::app::application("app-m");
    other.insert("id".into(), "app-other".into());
    let document = |entry: toml::Table| {
        let mut all = toml::Table::new();
        all.insert("tenant".into(), "default".into());
        all.insert("realm".into(), "main".into());
        all.insert("applications".into(), vec![entry].into());
        all.to_string()
    };
    app.apply(&document(moved)).await.unwrap();
    app.apply(&document(other)).await.unwrap();
    beside.catch_up().await;
    for app in [&app, &beside] {
        app.client("m").introspect(&token).await.assert_inactive();
        app.resource_server("r1-api").introspect(&token).await.assert_inactive();
    }
    app.advance_seconds(1);
    let fresh = app.client("m").machine_token().await;
    app.client("m").introspect(&fresh).await.assert_active();
}
