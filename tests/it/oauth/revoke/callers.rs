//! Clients as callers: each by its registered method, for its own tokens, at its own path.
use super::APPLICATION_A;
use crate::app::{App, Client, REALM};
use grantor_tests::covers;

const WRONG: &str = "wrong-secret-wrong-secret-wrong-secret";

#[tokio::test]
async fn whoever_proves_nothing_ends_nothing() {
    covers!("V-01", "O-182", "O-116");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 1000).await;
    let token = app.client("m").machine_token().await;
    let gone = app.client("m").machine_token().await;
    app.client("m").revoke(&gone).await.assert_revoked();
    // The same for a token that ended already: 200 would say that nobody need prove anything (V-04).
    for token in [token.as_str(), &gone, "garbage"] {
        let form = [("token", token)];
        let answer = app.post("/revoke", &[], &form).await;
        answer.assert_invalid_client();
        let challenges = answer.header_all("www-authenticate").join(", ");
        assert!(
            challenges.contains("Basic realm=") && challenges.contains("Bearer realm=\"grantor\""),
            "{challenges}"
        );
        assert!(!challenges.contains("error="), "{challenges}");
        for id in ["m", "nobody", "r1-api", "off"] {
            let named = [form[0], ("client_id", id)];
            app.post("/revoke", &[], &named).await.assert_invalid_client();
            let wrong = [form[0], ("client_id", id), ("client_secret", WRONG)];
            app.post("/revoke", &[], &wrong).await.assert_invalid_client();
        }
        for client in [
            app.client("m").with_secret(WRONG),
            app.client("off"),
            // A resource server may look at tokens, not end them.
            app.resource_server("r1-api"),
            // The right secret by the other method.
            Client::new(&app, "", "mref", "mref-secret-mref-secret-mref-secret-"),
            Client::new(&app, "", "p", WRONG),
        ] {
            client.revoke(token).await.assert_invalid_client();
            client.clone().under(REALM).revoke(token).await.assert_invalid_client();
        }
    }
    let both = [("token", token.as_str()), ("client_id", "m"), ("client_secret", WRONG)];
    let basic = app.client("m").basic();
    let answer = app.post("/revoke", &[("authorization", &basic)], &both).await;
    answer.assert_json_error(400, "invalid_request");
    app.client("m").introspect(&token).await.assert_active();
}

#[tokio::test]
async fn a_live_token_of_somebody_else_is_refused_and_lives_on() {
    covers!("V-02", "O-177");
    let app = App::start().await;
    let mut tokens = vec![
        ("m", app.client("m").machine_token().await),
        ("mref", app.client("mref").machine_token().await),
    ];
    for client in ["a", "p", "first"] {
        let answer = app.tokens_for(client, "alice", "openid").await;
        tokens.push((client, answer.member("access_token")));
    }
    let manager = app.management_token("tokens:introspect").await;
    for (owner, token) in &tokens {
        for thief in ["a", "b", "m", "alone", "p", "p2"] {
            if thief == *owner {
                continue;
            }
            for prefix in ["", REALM] {
                let answer = app.client(thief).under(prefix).revoke(token).await;
                answer.assert_json_error(400, "invalid_grant");
            }
        }
        app.introspect_as_bearer("", &manager, token).await.assert_active();
    }
    for (owner, token) in &tokens {
        app.client(owner).revoke(token).await.assert_revoked();
        app.introspect_as_bearer("", &manager, token).await.assert_inactive();
    }
}

#[tokio::test]
async fn the_application_in_the_path_is_the_one_that_calls() {
    covers!("V-02");
    let app = App::start().await;
    let of_b = app.tokens_for("b", "alice", "openid").await.member("access_token");
    let of_m = app.client("m").machine_token().await;
    let of_a = app.tokens_for("a", "alice", "openid").await.member("access_token");
    // Right credentials at somebody else's path: whatever the token, nothing is ended.
    for client in ["b", "m"] {
        for token in [of_b.as_str(), &of_m, &of_a, "garbage"] {
            let answer = app.client(client).under(APPLICATION_A).revoke(token).await;
            answer.assert_json_error(400, "invalid_grant");
        }
        let wrong = app.client(client).with_secret(WRONG).under(APPLICATION_A);
        wrong.revoke(&of_a).await.assert_invalid_client();
    }
    app.client("m").introspect(&of_m).await.assert_active();
    app.client("b").introspect(&of_b).await.assert_active();
    app.client("a").introspect(&of_a).await.assert_active();
    app.client("a")
        .under(APPLICATION_A)
        .revoke(&of_a)
        .await
        .assert_revoked();
    app.client("a").introspect(&of_a).await.assert_inactive();
    let nowhere = format!("{REALM}/applications/nobody");
    let answer = app.client("a").under(&nowhere).revoke(&of_a).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_public_client_ends_its_own_token_by_name_alone() {
    covers!("O-178", "V-01");
    let app = App::start().await;
    let manager = app.management_token("tokens:introspect").await;
    for (client, other) in [("p", "p2"), ("p2", "p"), ("n", "p")] {
        let token = app.tokens_for(client, "alice", "openid").await.member("access_token");
        app.introspect_as_bearer("", &manager, &token).await.assert_active();
        let answer = app.client(other).revoke(&token).await;
        answer.assert_json_error(400, "invalid_grant");
        app.introspect_as_bearer("", &manager, &token).await.assert_active();
        let answer = app.client(client).revoke(&token).await;
        answer.assert_revoked();
        app.introspect_as_bearer("", &manager, &token).await.assert_inactive();
        let userinfo = app.client(client).userinfo(&token).await;
        userinfo.assert_bearer_error(401, "invalid_token");
    }
}
