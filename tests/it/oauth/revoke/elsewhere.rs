//! Two servers on one database: what one revokes ends at the other with its next look at the change feed.
use crate::app::{App, REALM, part_of};
use grantor_protocol::issuer::RealmKey;
use grantor_store::Command;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_tests::covers;

/// Introspects until an answer costs no SQL: everything is in memory, the revocations included.
async fn warm(app: &App, client: &str, token: &str) {
    for _ in 0..1000 {
        let before = app.deps.store.statements();
        app.client(client).introspect(token).await.assert_active();
        if app.deps.store.statements() == before {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never warm");
}

#[tokio::test]
async fn what_one_server_revokes_ends_at_the_other_without_sql() {
    covers!("V-02", "O-177");
    let first = App::start().await;
    let second = App::start_beside(&first).await;
    assert_eq!(first.issuer(), second.issuer());
    let manager = first.management_token("tokens:delete").await;
    for client in ["m", "mref"] {
        // Born at one, good at both.
        let token = first.client(client).machine_token().await;
        let other = second.client(client).machine_token().await;
        for app in [&first, &second] {
            warm(app, client, &token).await;
            warm(app, client, &other).await;
        }
        first.client(client).revoke(&token).await.assert_revoked();
        second.revoke_as_bearer(REALM, &manager, &other).await.assert_revoked();
        // At once where it was asked.
        first.client(client).introspect(&token).await.assert_inactive();
        second.client(client).introspect(&other).await.assert_inactive();
        let live = first.client(client).machine_token().await;
        for app in [&first, &second] {
            app.catch_up().await;
            // The feed from its beginning tells of realms that were made, after which everything is read again.
            warm(app, client, &live).await;
            let before = app.deps.store.statements();
            app.client(client).introspect(&token).await.assert_inactive();
            app.client(client).introspect(&other).await.assert_inactive();
            assert_eq!(app.deps.store.statements(), before, "{client}");
        }
        // What is ended at the one is ended already at the other.
        second.client(client).revoke(&token).await.assert_revoked();
    }
    // A thousand at once, and one grant.
    let user = first.tokens_for("a", "alice", "openid").await.member("access_token");
    warm(&second, "a", &user).await;
    let key = RealmKey::new("default", "main");
    let gid = part_of(&user, 1)["gid"].as_str().unwrap().to_owned();
    let names = (0..1000)
        .map(|n| Revoked::Token(format!("t{n}")))
        .chain([Revoked::Grant(gid)]);
    for revoked in names {
        let revocation = NewRevocation {
            revoked,
            at: first.deps.clock.now(),
            expires_at: first.deps.clock.now().plus_seconds(3600),
        };
        first.deps.store.write_later(Command::Revoke(key.clone(), revocation));
    }
    let last = first.client("m").machine_token().await;
    first.client("m").revoke(&last).await.assert_revoked();
    second.catch_up().await;
    second.client("a").introspect(&user).await.assert_inactive();
    second.client("m").introspect(&last).await.assert_inactive();
}

#[tokio::test]
async fn a_server_that_starts_later_knows_what_was_revoked_before() {
    covers!("V-02");
    let first = App::start().await;
    let mut revoked = Vec::new();
    for client in ["m", "mref"] {
        let token = first.client(client).machine_token().await;
        first.client(client).revoke(&token).await.assert_revoked();
        revoked.push((client, token));
    }
    let second = App::start_beside(&first).await;
    // From the first request on, loaded or not.
    for (client, token) in &revoked {
        second.client(client).introspect(token).await.assert_inactive();
    }
    let live = second.client("m").machine_token().await;
    warm(&second, "m", &live).await;
    for (client, token) in &revoked {
        second.client(client).introspect(token).await.assert_inactive();
    }
}

#[tokio::test]
async fn changes_that_were_deleted_unread_are_made_up_for() {
    covers!("V-02");
    let app = App::start().await;
    let (missed, live) = (
        app.client("m").machine_token().await,
        app.client("m").machine_token().await,
    );
    warm(&app, "m", &missed).await;
    warm(&app, "m", &live).await;
    // Another process revokes, and by the time this one looks the feed has been cut short behind it.
    let jti = part_of(&missed, 1)["jti"].as_str().unwrap().to_owned();
    app.sql(|on| {
        on.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at)
             VALUES ('default', 'main', 'jti', '{jti}', 1800000000000, 1900000000000)"
        ))?;
        on.cut_feed()?;
        on.execute_batch("COMMIT")
    });
    // The server's own reader of the feed sees the gap at its next look.
    for _ in 0..2000 {
        if app.client("m").introspect(&missed).await.json()["active"] == false {
            break;
        }
        tokio::task::yield_now().await;
    }
    app.client("m").introspect(&missed).await.assert_inactive();
    // Everything is loaded again: SQL is not asked for ever.
    warm(&app, "m", &live).await;
    let before = app.deps.store.statements();
    app.client("m").introspect(&missed).await.assert_inactive();
    assert_eq!(app.deps.store.statements(), before);
}
