//! Format and life of tokens, and refresh tokens.
use super::{refused, set, tokens};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, client_of, machine, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn format_and_life_count_for_new_tokens() {
    covers!("A-15", "A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", machine("Machine"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let mut old = Vec::new();
    for (format, parts) in [("self_contained", 3), ("referential", 5), ("self_contained", 3)] {
        set(&admin, &id, json!({"token_format": format})).await;
        let token = client.machine_token().await;
        assert_eq!(token.split('.').count(), parts, "{format}");
        old.push(token);
        for token in &old {
            client.introspect(token).await.assert_active();
        }
    }
    for seconds in [315_360_000_i64, 60, 1] {
        set(&admin, &id, json!({"token_configuration": {"expires_after": seconds}})).await;
        let answer = client.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.assert_tokens().json()["expires_in"], seconds);
        let seen = client.introspect(&answer.member("access_token")).await.json();
        let life = seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap();
        assert_eq!(life, seconds);
        old.push(answer.member("access_token"));
    }
    app.advance_seconds(1);
    let last = old.pop().unwrap();
    client.introspect(&last).await.assert_inactive();
    for token in &old {
        client.introspect(token).await.assert_active();
    }
}

#[tokio::test]
async fn refresh_tokens_are_given_while_they_are_enabled() {
    covers!("A-18");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let first = tokens(&app, &made, "openid offline_access read").await;
    let refresh = first.assert_tokens().member("refresh_token");
    assert!(!refresh.is_empty());
    let refresh = client.refresh(&refresh).await.assert_tokens().member("refresh_token");
    set(&admin, &id, json!({"refresh_tokens": {"enabled": false}})).await;
    client
        .refresh(&refresh)
        .await
        .assert_json_error(400, "unauthorized_client");
    let without = tokens(&app, &made, "openid offline_access read").await;
    assert!(without.assert_tokens().json().get("refresh_token").is_none());
    // Never for machines.
    refused(
        &admin,
        "app-m",
        json!({"refresh_tokens": {"enabled": true}}),
        "refresh_tokens.enabled",
    )
    .await;
    refused(
        &admin,
        &id,
        json!({"type": "oauth2", "grant_type": ["client_credentials"], "refresh_tokens": {"enabled": true}}),
        "refresh_tokens.enabled",
    )
    .await;
}
