//! Refresh tokens at /revoke: the grant ends whole. An access token ends alone (V-06).
use super::{Answer, App};
use crate::app::{OTHER, REALM};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_tests::covers;

/// Refresh token and access token.
fn pair(answer: &Answer) -> (String, String) {
    let answer = answer.assert_tokens();
    (answer.member("refresh_token"), answer.member("access_token"))
}

async fn grant(app: &App, client: &str) -> (String, String) {
    pair(&app.tokens_for(client, "alice", "read").await)
}

async fn is_active(app: &App, token: &str) -> bool {
    let seen = app.resource_server("r1-api").introspect(token).await;
    seen.json()["active"] == true
}

async fn events(app: &App) -> Vec<Event> {
    let key = RealmKey::new("default", "main");
    let mut events = app.deps.store.list_events(&key, 100).await.unwrap();
    events.retain(|e| e.kind != EventKind::SignInSucceeded);
    events
}

#[tokio::test]
async fn a_refresh_token_takes_its_grant_with_it_and_no_other() {
    covers!("V-06", "O-179", "V-02");
    let app = App::start().await;
    for client in ["keep", "strict", "still", "spa"] {
        let (refresh, access) = grant(&app, client).await;
        let (other_refresh, other_access) = grant(&app, client).await;
        let renewed = app.client(client).refresh(&refresh).await;
        let later = renewed.assert_tokens().member("access_token");
        let tip = renewed.member("refresh_token");
        let tip = if tip.is_empty() { refresh.clone() } else { tip };
        assert!(is_active(&app, &access).await && is_active(&app, &later).await);
        app.client(client).revoke(&tip).await.assert_revoked();
        for token in [&access, &later] {
            assert!(!is_active(&app, token).await, "{client}");
        }
        for token in [&tip, &refresh] {
            let answer = app.client(client).refresh(token).await;
            answer.assert_json_error(400, "invalid_grant");
            // Ended already.
            app.client(client).revoke(token).await.assert_revoked();
        }
        // Another grant of the same user and client goes on.
        assert!(is_active(&app, &other_access).await, "{client}");
        app.client(client).refresh(&other_refresh).await.assert_tokens();
    }
    let seen = events(&app).await;
    assert_eq!(seen.len(), 4);
    for event in seen {
        assert_eq!(event.kind, EventKind::GrantRevoked);
        assert_eq!(event.user.as_deref(), Some("u-alice"));
        assert_eq!(event.detail, "by its client");
        assert!(event.grant.is_some() && event.address.is_some());
    }
}

#[tokio::test]
async fn an_access_token_ends_alone() {
    covers!("V-06", "O-180");
    let app = App::start().await;
    for client in ["keep", "strict", "still", "spa"] {
        let (refresh, access) = grant(&app, client).await;
        app.client(client).revoke(&access).await.assert_revoked();
        assert!(!is_active(&app, &access).await);
        let renewed = app.client(client).refresh(&refresh).await;
        assert!(
            is_active(&app, &renewed.assert_tokens().member("access_token")).await,
            "{client}"
        );
        assert!(!is_active(&app, &access).await);
    }
    let kinds: Vec<EventKind> = events(&app).await.into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EventKind::TokenRevoked; 4]);
}

#[tokio::test]
async fn a_token_that_was_rotated_away_ends_the_grant_too() {
    covers!("V-06", "O-179");
    let app = App::start().await;
    for client in ["keep", "strict", "spa"] {
        // Whoever signs out after a lost answer holds an old one.
        let (first, _) = grant(&app, client).await;
        let (second, _) = pair(&app.client(client).refresh(&first).await);
        let (third, access) = pair(&app.client(client).refresh(&second).await);
        app.advance_seconds(61);
        app.client(client).revoke(&first).await.assert_revoked();
        assert!(!is_active(&app, &access).await, "{client}");
        let answer = app.client(client).refresh(&third).await;
        answer.assert_json_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn every_hint_and_every_prefix_of_the_realm_finds_it() {
    covers!("V-05", "O-181", "V-06");
    let app = App::start().await;
    for hint in ["", "refresh_token", "access_token", "foo"] {
        for prefix in ["", REALM, "/v1/tenants/default/realms/main/applications/app-keep"] {
            let (refresh, access) = grant(&app, "keep").await;
            let form = [("token", refresh.as_str()), ("token_type_hint", hint)];
            let answer = app.client("keep").under(prefix).post("/revoke", &form).await;
            answer.assert_revoked();
            assert!(!is_active(&app, &access).await, "{hint} {prefix}");
        }
    }
}

#[tokio::test]
async fn nobody_but_its_client_ends_a_refresh_token() {
    covers!("V-02", "O-177", "O-178", "O-182");
    let app = App::start().await;
    let (refresh, access) = grant(&app, "keep").await;
    let (of_spa, of_spa_access) = grant(&app, "spa").await;
    for thief in ["strict", "a", "m", "spa2", "p"] {
        for token in [&refresh, &of_spa] {
            let answer = app.client(thief).revoke(token).await;
            answer.assert_json_error(400, "invalid_grant");
        }
    }
    let form = [("token", refresh.as_str()), ("client_id", "keep")];
    app.post("/revoke", &[], &form).await.assert_invalid_client();
    app.post("/revoke", &[], &form[..1]).await.assert_invalid_client();
    // In the realm of the second tenant, and altered, it is no token at all.
    app.other_client("a").revoke(&refresh).await.assert_revoked();
    let mut altered = refresh.clone().into_bytes();
    altered[10] = if altered[10] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for nothing in [&altered, &refresh[..refresh.len() - 1], "grt_", "grt_x"] {
        app.client("keep").revoke(nothing).await.assert_revoked();
    }
    assert!(is_active(&app, &access).await && is_active(&app, &of_spa_access).await);
    let (tip, _) = pair(&app.client("keep").refresh(&refresh).await);
    // A stranger hears nothing of what is over anyway.
    let (second, _) = pair(&app.client("keep").refresh(&tip).await);
    app.client("a").revoke(&refresh).await.assert_revoked();
    app.client("a")
        .revoke(&second)
        .await
        .assert_json_error(400, "invalid_grant");
    app.client("keep").revoke(&second).await.assert_revoked();
    app.client("a").revoke(&second).await.assert_revoked();
    assert!(is_active(&app, &of_spa_access).await);
    app.client("spa").refresh(&of_spa).await.assert_tokens();
}

#[tokio::test]
async fn a_manager_ends_a_refresh_token_of_the_realm_or_of_the_application_in_the_path() {
    covers!("V-03", "V-06");
    let app = App::start().await;
    let manager = app.management_token("tokens:delete").await;
    let lacking = app.management_token("tokens:read").await;
    let (refresh, access) = grant(&app, "keep").await;
    let elsewhere = format!("{REALM}/applications/app-spa");
    app.revoke_as_bearer(&elsewhere, &manager, &refresh)
        .await
        .assert_revoked();
    app.revoke_as_bearer("", &lacking, &refresh)
        .await
        .assert_bearer_error(403, "insufficient_scope");
    app.revoke_as_bearer(OTHER, &manager, &refresh)
        .await
        .assert_json_error(403, "access_denied");
    assert!(is_active(&app, &access).await);
    app.revoke_as_bearer(REALM, &manager, &refresh).await.assert_revoked();
    assert!(!is_active(&app, &access).await);
    let detail = events(&app).await[0].detail.clone();
    assert_eq!(detail, "by management-api as management-api");
}

#[tokio::test]
async fn a_write_that_fails_ends_neither_the_grant_nor_its_tokens() {
    covers!("O-183", "O-179");
    let app = App::start().await;
    let (refresh, access) = grant(&app, "keep").await;
    for table in ["revocation", "event"] {
        app.sql(|on| on.execute_batch(&format!("ALTER TABLE {table} RENAME TO away")));
        let answer = app.client("keep").revoke(&refresh).await;
        answer.assert_json_error(503, "temporarily_unavailable");
        assert!(is_active(&app, &access).await);
        app.sql(|on| on.execute_batch(&format!("ALTER TABLE away RENAME TO {table}")));
    }
    let (tip, access) = pair(&app.client("keep").refresh(&refresh).await);
    assert!(is_active(&app, &access).await);
    app.client("keep").revoke(&tip).await.assert_revoked();
    assert!(!is_active(&app, &access).await);
}

/// Refreshing against revoking: whoever wins, nothing of the grant is alive once the revocation is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshing_and_revoking_at_once_leave_nothing_alive() {
    covers!("V-06", "O-179");
    for client in ["keep", "strict", "still"] {
        let app = App::start().await;
        let (refresh, access) = grant(&app, client).await;
        let caller = app.client(client);
        let (answers, revoked) = tokio::join!(
            async {
                let mut answers = Vec::new();
                for _ in 0..5 {
                    answers.push(caller.refresh(&refresh).await);
                }
                answers
            },
            caller.revoke(&refresh)
        );
        revoked.assert_revoked();
        let mut alive = vec![access];
        for answer in answers {
            match answer.status {
                200 => alive.push(answer.member("access_token")),
                _ => drop(answer.assert_json_error(400, "invalid_grant")),
            }
            let successor = answer.json()["refresh_token"].as_str().unwrap_or(&refresh).to_owned();
            let late = app.client(client).refresh(&successor).await;
            late.assert_json_error(400, "invalid_grant");
        }
        for token in alive {
            assert!(!is_active(&app, &token).await, "{client}");
        }
    }
}
