//! Tokens that outlive what stands behind them: their user, their client, their key.
use super::check_invalid;
use crate::app::{App, ForgingKey, entry};
use grantor_tests::covers;

/// A user's token in both formats, with the client each belongs to.
async fn tokens(app: &App) -> [(&'static str, String); 2] {
    let mut all = [("a", String::new()), ("first", String::new())];
    for (client, token) in &mut all {
        *token = app.tokens_for(client, "alice", "openid").await.member("access_token");
        assert_eq!(app.client(client).userinfo(token).await.status, 200);
    }
    all
}

#[tokio::test]
async fn a_token_ends_with_its_user() {
    covers!("O-161");
    let app = App::start().await;
    let all = tokens(&app).await;
    app.change(
        "DELETE FROM \"user\" WHERE tenant = 'default' AND realm = 'main' AND id = 'u-alice'",
        "user",
        "u-alice",
    )
    .await;
    for (client, token) in &all {
        check_invalid(client, &app.client(client).userinfo(token).await);
        app.client(client).introspect(token).await.assert_inactive();
    }
    app.resource_server("r1-api")
        .introspect(&all[0].1)
        .await
        .assert_inactive();
}

#[tokio::test]
async fn a_token_ends_with_its_client() {
    covers!("O-161");
    let app = App::start().await;
    let manager = app.management_token("").await;
    let machines = [
        app.client("m").machine_token().await,
        app.client("mref").machine_token().await,
    ];
    let all = tokens(&app).await;
    for (client, token) in &all {
        let sql = format!("DELETE FROM client WHERE tenant = 'default' AND realm = 'main' AND client_id = '{client}'");
        app.change(&sql, "client", client).await;
        check_invalid(client, &app.client(client).userinfo(token).await);
        app.introspect_as_bearer("", &manager, token).await.assert_inactive();
    }
    for (client, token) in ["m", "mref"].iter().zip(&machines) {
        app.resource_server("r1-api").introspect(token).await.assert_active();
        let sql = format!("DELETE FROM client WHERE tenant = 'default' AND realm = 'main' AND client_id = '{client}'");
        app.change(&sql, "client", client).await;
        app.resource_server("r1-api").introspect(token).await.assert_inactive();
    }
}

#[tokio::test]
async fn a_token_ends_with_the_name_of_its_client() {
    covers!("O-161");
    let app = App::start().await;
    let [(_, token), _] = tokens(&app).await;
    app.client("a").introspect(&token).await.assert_active();
    app.edit(|d| {
        entry(d, "applications", "app-a").insert("client_id".into(), "renamed".into());
    })
    .await
    .unwrap();
    check_invalid("renamed", &app.client("a").userinfo(&token).await);
    app.client("a").introspect(&token).await.assert_invalid_client();
    app.resource_server("r1-api").introspect(&token).await.assert_inactive();
}

#[tokio::test]
async fn a_token_ends_with_the_key_that_signed_it() {
    covers!("O-161");
    let app = App::start().await;
    let [(_, token), (_, sealed)] = tokens(&app).await;
    let machine = app.client("alone").machine_token().await;
    let key = ForgingKey::of_realm(&app, "default", "main", "ES256");
    assert!(app.get("/jwks").await.body.contains(&key.kid));
    app.change(
        &format!("DELETE FROM signing_key WHERE kid = '{}'", key.kid),
        "signing_key",
        &key.kid,
    )
    .await;
    assert!(!app.get("/jwks").await.body.contains(&key.kid));
    check_invalid("key gone", &app.client("a").userinfo(&token).await);
    app.client("a").introspect(&token).await.assert_inactive();
    // Other keys go on, and the next token gets a key of its own.
    app.client("alone").introspect(&machine).await.assert_active();
    app.client("first").introspect(&sealed).await.assert_active();
    let fresh = app.client("m").machine_token().await;
    app.client("m").introspect(&fresh).await.assert_active();
    assert_ne!(crate::app::part_of(&fresh, 0)["kid"].as_str(), Some(&*key.kid));
}
