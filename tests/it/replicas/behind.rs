//! A server that has not read the feed for longer than a second asks SQL, and so believes nothing that another one has ended.
use crate::app::{Answer, App};
use grantor_protocol::issuer::RealmKey;
use grantor_store::Command;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_tests::covers;

/// Two servers that look at the feed once an hour.
async fn two_that_do_not_look() -> [App; 2] {
    let first = App::start_with(|settings| settings.feed.poll_milliseconds = 3_600_000).await;
    let second = App::start_beside(&first).await;
    [first, second]
}

async fn introspect(app: &App, token: &str) -> Answer {
    app.resource_server("r1-api").introspect(token).await
}

/// Asks until an answer costs no SQL.
async fn warm(app: &App, token: &str) {
    app.catch_up().await;
    for _ in 0..1000 {
        let before = app.deps.store.statements();
        introspect(app, token).await.assert_active();
        if app.deps.store.statements() == before {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never warm");
}

#[tokio::test]
async fn what_one_server_ends_is_over_at_another_that_cannot_follow() {
    covers!("O-352");
    let [first, second] = two_that_do_not_look().await;
    let user = r#"UPDATE "user" SET enabled = ?? WHERE tenant = 'default' AND realm = 'main' AND id = 'u-alice'"#;
    let client = "UPDATE client SET enabled = ?? WHERE tenant = 'default' AND realm = 'main' AND id = 'app-a'";
    for (sql, kind, subject) in [(user, "user", "u-alice"), (client, "client", "app-a")] {
        let token = second.tokens_for("a", "alice", "read").await.member("access_token");
        warm(&second, &token).await;
        first.change(&sql.replace("??", "false"), kind, subject).await;
        introspect(&first, &token).await.assert_inactive();
        second.pass_seconds(2);
        let before = second.deps.store.statements();
        introspect(&second, &token).await.assert_inactive();
        assert!(second.deps.store.statements() > before, "{kind}: SQL was asked");
        first.change(&sql.replace("??", "true"), kind, subject).await;
        second.catch_up().await;
    }
}

#[tokio::test]
async fn a_revocation_of_one_server_counts_at_another_that_cannot_follow() {
    covers!("O-352");
    let [first, second] = two_that_do_not_look().await;
    let token = second.tokens_for("a", "alice", "read").await.member("access_token");
    warm(&second, &token).await;
    first.client("a").revoke(&token).await.assert_revoked();
    second.pass_seconds(2);
    introspect(&second, &token).await.assert_inactive();
    // Everything of a user, told to nobody.
    let token = second.tokens_for("a", "bob", "read").await.member("access_token");
    warm(&second, &token).await;
    let now = first.deps.clock.now();
    let revocation = NewRevocation {
        revoked: Revoked::User("u-bob".into()),
        at: now,
        expires_at: now.plus_seconds(86_400),
    };
    let command = Command::Revoke(RealmKey::new("default", "main"), revocation);
    first.deps.store.write(command).await.unwrap();
    second.pass_seconds(2);
    introspect(&second, &token).await.assert_inactive();
}
