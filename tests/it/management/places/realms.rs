//! Realms.
use super::{REALMS, again, key_ids, machines};
use crate::app::{Answer, App, part_of};
use crate::management::admin::{Admin, client_of, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_realm_that_is_deleted_takes_everything_with_it_and_one_of_its_name_revives_nothing() {
    covers!("O-161", "O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let prefix = format!("{REALMS}/second");
    let new = json!({"id": "second", "display_name": "Second"});
    admin.create(REALMS, "realm", new.clone()).await;
    let (made, tokens) = machines(&app, &admin, &prefix).await;
    let keys = key_ids(&app, &prefix).await;
    beside.catch_up().await;
    for app in [&app, &beside] {
        for token in &tokens {
            client_of(app, &prefix, &made).introspect(token).await.assert_active();
        }
    }
    admin.remove(&prefix).await;
    beside.catch_up().await;
    for app in [&app, &beside] {
        let client = client_of(app, &prefix, &made);
        let form = [("grant_type", "client_credentials")];
        for answer in [client.token(&form).await, client.introspect(&tokens[0]).await] {
            assert_eq!(answer.status, 404, "{}", answer.body);
        }
        for path in ["/jwks", "/.well-known/openid-configuration", "/authorize"] {
            assert_eq!(app.get(&format!("{prefix}{path}")).await.status, 404, "{path}");
        }
        let admin = admin.at(app);
        crate::management::admin::assert_missing(&admin.get(&format!("{prefix}/applications")).await, "realm");
    }
    // Another realm of that name, with an application of the same names and secret.
    admin.create(REALMS, "realm", new).await;
    let list = admin.get(&format!("{prefix}/applications")).await;
    assert_eq!(list.json(), json!({"applications": []}));
    app.apply(&again("second", &made)).await.unwrap();
    app.advance_seconds(1);
    beside.catch_up().await;
    for app in [&app, &beside] {
        let client = client_of(app, &prefix, &made);
        for token in &tokens {
            client.introspect(token).await.assert_inactive();
            let path = format!("{prefix}/introspect");
            let form = [("token", token.as_str())];
            let bearer = format!("Bearer {}", admin.bearer);
            let answer = app.post(&path, &[("authorization", &bearer)], &form).await;
            answer.assert_inactive();
        }
        let fresh = client.machine_token().await;
        client.introspect(&fresh).await.assert_active();
        let kid = text(&part_of(&fresh, 0)["kid"]);
        assert!(!keys.contains(&kid), "signed with a key of the old realm");
        assert!(key_ids(app, &prefix).await.contains(&kid));
    }
    for kid in key_ids(&app, &prefix).await {
        assert!(!keys.contains(&kid));
    }
}

#[tokio::test]
async fn a_realm_that_is_disabled_answers_nobody_but_its_admins() {
    covers!("O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let main = format!("{REALMS}/main");
    let keep = app.tokens_for("keep", "alice", "openid offline_access read").await;
    let refresh = keep.assert_tokens().member("refresh_token");
    for enabled in [false, true] {
        admin.change(&main, "realm", json!({ "enabled": enabled })).await;
        beside.catch_up().await;
        for app in [&app, &beside] {
            for prefix in ["", main.as_str()] {
                let discovery = app.get(&format!("{prefix}/.well-known/openid-configuration")).await;
                assert_eq!(discovery.status, if enabled { 200 } else { 404 }, "{prefix}");
            }
            let refused = |answer: &Answer| (400..500).contains(&answer.status);
            let answer = app.client("m").token(&[("grant_type", "client_credentials")]).await;
            assert_eq!(refused(&answer), !enabled, "{} {}", answer.status, answer.body);
            if !enabled {
                assert!(refused(&app.client("keep").refresh(&refresh).await));
                // A key that leaked ends before the realm is back.
                let keys = admin.get(&format!("{main}/signing-keys")).await.json();
                let mut keys = keys["signing_keys"].as_array().unwrap().iter();
                let kid = text(&keys.find(|k| k["state"] != "revoked").unwrap()["kid"]);
                admin.remove(&format!("{main}/signing-keys/{kid}")).await;
            }
            let admin = admin.at(app);
            let read = admin.read(&format!("{main}/applications/app-a"), "application").await;
            assert_eq!(read["id"], "app-a");
        }
    }
    app.client("keep").refresh(&refresh).await.assert_tokens();
}
