//! `/revoke` (RFC 7009): what it ends, for whom, and that nobody else's token ends with it.
mod bearers;
mod bodies;
mod callers;
mod elsewhere;
mod refresh;

use crate::app::{Answer, App, OTHER, REALM, part_of};
use grantor_tests::covers;

const APPLICATION_A: &str = "/v1/tenants/default/realms/main/applications/app-a";

#[tokio::test]
async fn a_client_ends_its_own_token_and_no_other() {
    covers!("V-02", "O-180", "I-02");
    let app = App::start().await;
    let manager = app.management_token("tokens:introspect").await;
    for client in ["m", "mref", "alone"] {
        let (token, other) = (
            app.client(client).machine_token().await,
            app.client(client).machine_token().await,
        );
        app.client(client).introspect(&token).await.assert_active();
        app.client(client).revoke(&token).await.assert_revoked();
        app.client(client).introspect(&token).await.assert_inactive();
        app.introspect_as_bearer("", &manager, &token).await.assert_inactive();
        app.client(client).introspect(&other).await.assert_active();
        // Once more is as good as once (V-04).
        app.client(client).revoke(&token).await.assert_revoked();
        app.client(client).introspect(&token).await.assert_inactive();
    }
    // The signature holds on: who checks offline learns nothing.
    let token = app.client("m").machine_token().await;
    app.client("m").revoke(&token).await.assert_revoked();
    let jwks = app.get("/jwks").await.body;
    assert!(crate::app::verify_offline(&jwks, &token).is_ok());
    app.client("m").introspect(&token).await.assert_inactive();
}

#[tokio::test]
async fn a_user_token_ends_at_every_door_and_the_rest_of_its_user_stays() {
    covers!("V-02", "O-180");
    let app = App::start().await;
    for (client, prefix) in [
        ("a", ""),
        ("a", REALM),
        ("a", APPLICATION_A),
        ("first", ""),
        ("p", REALM),
    ] {
        let token = app.tokens_for(client, "alice", "openid").await.member("access_token");
        let other = app.tokens_for(client, "alice", "openid").await.member("access_token");
        assert_eq!(app.client(client).userinfo(&token).await.status, 200);
        app.client(client).under(prefix).revoke(&token).await.assert_revoked();
        let answer = app.client(client).userinfo(&token).await;
        answer.assert_bearer_error(401, "invalid_token");
        assert_eq!(app.client(client).userinfo(&other).await.status, 200, "{client}");
    }
}

#[tokio::test]
async fn what_is_no_live_token_is_ended_already() {
    covers!("V-04", "O-176");
    let app = App::start().await;
    let short = [("grant_type", "client_credentials"), ("expiration_time", "5")];
    let expired = app.client("m").token(&short).await.member("access_token");
    let foreign_expired = app.client("alone").token(&short).await.member("access_token");
    let foreign_revoked = app.client("mref").machine_token().await;
    app.client("mref").revoke(&foreign_revoked).await.assert_revoked();
    app.advance_seconds(5);
    let live = app.client("m").machine_token().await;
    let user = app.tokens_for("a", "alice", "openid").await;
    let entries = || app.sql(|on| on.query_row("SELECT COUNT(*) FROM revocation", [], |row| row.get::<i64>(0)));
    let before = entries();
    for (name, token) in [
        ("expired", expired.as_str()),
        ("somebody else's, expired", &foreign_expired),
        ("somebody else's, revoked", &foreign_revoked),
        ("another tenant's", &app.other_client("m").machine_token().await),
        ("an ID token", &user.member("id_token")),
        ("random", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
        ("cut", &live[..live.len() - 1]),
        ("its id", part_of(&live, 1)["jti"].as_str().unwrap()),
        ("empty", ""),
        ("long", &"a".repeat(40_000)),
        ("not ASCII", "ä\u{fffd}"),
    ] {
        let answer = app.client("m").revoke(token).await;
        assert_eq!((answer.status, &*answer.body), (200, ""), "{name}");
        answer.assert_revoked();
    }
    assert_eq!(entries(), before, "nothing is kept of what is no token");
    app.client("m").introspect(&live).await.assert_active();
    // The second tenant's token is alive where it belongs.
    let second = app.other_client("m").machine_token().await;
    app.client("m").revoke(&second).await.assert_revoked();
    app.client("m").under(REALM).revoke(&second).await.assert_revoked();
    app.other_client("m").introspect(&second).await.assert_active();
    app.other_client("m").revoke(&second).await.assert_revoked();
    app.other_client("m").introspect(&second).await.assert_inactive();
    app.client("m").under(OTHER).revoke(&live).await.assert_invalid_client();
    app.client("m").introspect(&live).await.assert_active();
}

#[tokio::test]
async fn a_token_that_sleeps_is_ended_for_good() {
    covers!("V-02");
    let app = App::start().await;
    let token = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let other = app.tokens_for("a", "alice", "openid").await.member("access_token");
    // Without the epoch that a document would set: nothing but the switch.
    let enable = async |enabled: bool| {
        let sql = format!("UPDATE user SET enabled = {enabled} WHERE id = 'u-alice'");
        app.change(&sql, "user", "u-alice").await;
    };
    enable(false).await;
    for token in [&token, &other] {
        app.client("a").introspect(token).await.assert_inactive();
    }
    app.client("a").revoke(&token).await.assert_revoked();
    enable(true).await;
    app.client("a").introspect(&token).await.assert_inactive();
    app.client("a").introspect(&other).await.assert_active();
}

#[tokio::test]
async fn a_write_that_fails_ends_nothing_and_says_so() {
    covers!("O-183");
    let app = App::start().await;
    let manager = app.management_token("tokens:delete tokens:introspect").await;
    let token = app.client("m").machine_token().await;
    app.client("m").introspect(&token).await.assert_active();
    app.sql(|on| on.execute_batch("ALTER TABLE revocation RENAME TO away"));
    for answer in [
        app.client("m").revoke(&token).await,
        app.revoke_as_bearer("", &manager, &token).await,
    ] {
        answer.assert_json_error(503, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
    // Said is what is true: it lives, here and in every process that reads the database.
    app.client("m").introspect(&token).await.assert_active();
    app.sql(|on| on.execute_batch("ALTER TABLE away RENAME TO revocation"));
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    app.client("m").introspect(&token).await.assert_active();
    app.client("m").revoke(&token).await.assert_revoked();
    app.client("m").introspect(&token).await.assert_inactive();
}
