//! The main job, once through: machine tokens, people, introspection, userinfo, and the end of a replayed code.
use crate::app::{App, Authorize};
use grantor_tests::covers;

#[tokio::test]
async fn a_machine_gets_a_token_that_its_resource_server_can_introspect() {
    covers!("T-01", "I-01");
    let app = App::start().await;
    for client in ["m", "mref"] {
        let token = app.client(client).machine_token().await;
        app.client(client).introspect(&token).await.assert_active();
        let seen = app.resource_server("r1-api").introspect(&token).await;
        assert_eq!(seen.assert_active().member("client_id"), client);
        app.resource_server("r2-api").introspect(&token).await.assert_inactive();
    }
}

#[tokio::test]
async fn a_user_signs_in_allows_and_the_application_learns_who_it_is() {
    covers!("T-07", "T-08", "O-079");
    let app = App::start().await;
    let request = Authorize::of("a").set("scope", "openid email read");
    let code = app.browser().code_as(&request, "alice").await;
    let tokens = app.client("a").redeem(&code, "https://a.test/cb").await;
    let token = tokens.assert_tokens().member("access_token");
    assert_eq!(tokens.member("scope"), "openid email read");
    let claims = app.client("a").userinfo(&token).await;
    assert_eq!(
        claims.json(),
        serde_json::json!({"sub": "u-alice", "email": "alice@example.test", "email_verified": true})
    );
    app.client("a")
        .redeem(&code, "https://a.test/cb")
        .await
        .assert_json_error(400, "invalid_grant");
    app.client("a")
        .userinfo(&token)
        .await
        .assert_bearer_error(401, "invalid_token");
    app.client("a").introspect(&token).await.assert_inactive();
}
