//! Holders of a management token as callers: the right scope, of the right tenant, still good.
use super::APPLICATION_A;
use crate::app::{ADMIN, App, OTHER, REALM};
use grantor_tests::covers;

#[tokio::test]
async fn a_manager_ends_any_token_of_the_realm_with_either_spelling_of_the_scope() {
    covers!("V-03", "V-01");
    let app = App::start().await;
    for scope in ["tokens:delete", "token:delete", ""] {
        let manager = app.management_token(scope).await;
        for prefix in ["", REALM] {
            let machine = app.client("mref").machine_token().await;
            let user = app.tokens_for("a", "alice", "openid").await.member("access_token");
            for (client, token) in [("mref", &machine), ("a", &user)] {
                app.client(client).introspect(token).await.assert_active();
                app.revoke_as_bearer(prefix, &manager, token).await.assert_revoked();
                app.client(client).introspect(token).await.assert_inactive();
            }
        }
        for nothing in ["garbage", "", &app.other_client("m").machine_token().await] {
            app.revoke_as_bearer("", &manager, nothing).await.assert_revoked();
        }
    }
    // Tokens of the admin realm, its own included, end under the admin realm's prefix.
    let manager = app.management_token("tokens:delete").await;
    app.revoke_as_bearer("", &manager, &manager).await.assert_revoked();
    app.revoke_as_bearer(ADMIN, &manager, &manager).await.assert_revoked();
    let answer = app.revoke_as_bearer(ADMIN, &manager, "garbage").await;
    answer.assert_bearer_error(401, "invalid_token");
}

#[tokio::test]
async fn under_an_application_a_manager_ends_that_application_s_tokens_alone() {
    covers!("V-03");
    let app = App::start().await;
    let manager = app.management_token("tokens:delete").await;
    let of_a = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let of_m = app.client("m").machine_token().await;
    app.revoke_as_bearer(APPLICATION_A, &manager, &of_m)
        .await
        .assert_revoked();
    app.client("m").introspect(&of_m).await.assert_active();
    app.revoke_as_bearer(APPLICATION_A, &manager, &of_a)
        .await
        .assert_revoked();
    app.client("a").introspect(&of_a).await.assert_inactive();
}

#[tokio::test]
async fn a_bearer_that_is_not_good_enough_ends_nothing() {
    covers!("V-03");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let lacking = app
        .management_token("tokens:read tokens:introspect tokens:create applications:delete")
        .await;
    let answer = app.revoke_as_bearer("", &lacking, &token).await;
    answer.assert_bearer_error(403, "insufficient_scope");
    let revoked = app.management_token("tokens:delete").await;
    app.revoke_as_bearer(ADMIN, &revoked, &revoked).await.assert_revoked();
    let user = app.tokens_for("a", "alice", "openid read").await;
    let others = [
        ("revoked", revoked),
        ("its own", token.clone()),
        ("a user's", user.member("access_token")),
        ("an ID token", user.member("id_token")),
        ("garbage", "garbage".into()),
        (
            "another tenant's, not for management",
            app.other_client("m").machine_token().await,
        ),
    ];
    for (name, bearer) in &others {
        for token in [token.as_str(), "garbage"] {
            let answer = app.revoke_as_bearer("", bearer, token).await;
            assert_eq!(answer.status, 401, "{name}");
            answer.assert_bearer_error(401, "invalid_token");
        }
    }
    let expires = app.management_token("tokens:delete").await;
    app.revoke_as_bearer("", &expires, "garbage").await.assert_revoked();
    app.client("m").introspect(&token).await.assert_active();
    app.advance_seconds(7_776_000);
    let fresh = app.client("m").machine_token().await;
    let answer = app.revoke_as_bearer("", &expires, &fresh).await;
    answer.assert_bearer_error(401, "invalid_token");
    app.client("m").introspect(&fresh).await.assert_active();
}

#[tokio::test]
async fn a_manager_of_another_tenant_is_known_and_refused() {
    covers!("V-03");
    let app = App::start().await;
    let (own, other) = (
        app.management_token("tokens:delete tokens:introspect").await,
        app.other_management_token("tokens:delete tokens:introspect").await,
    );
    let (first, second) = (
        app.client("m").machine_token().await,
        app.other_client("m").machine_token().await,
    );
    let denied = |answer: crate::app::Answer| {
        answer.assert_json_error(403, "access_denied");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"grantor\"");
    };
    for prefix in ["", REALM, APPLICATION_A, ADMIN] {
        denied(app.revoke_as_bearer(prefix, &other, &first).await);
        denied(app.introspect_as_bearer(prefix, &other, &first).await);
    }
    denied(app.revoke_as_bearer(OTHER, &own, &second).await);
    app.introspect_as_bearer("", &own, &first).await.assert_active();
    app.introspect_as_bearer(OTHER, &other, &second).await.assert_active();
    app.revoke_as_bearer(OTHER, &other, &second).await.assert_revoked();
    app.introspect_as_bearer(OTHER, &other, &second).await.assert_inactive();
    // Only as long as it is good for anything anywhere.
    let claims = crate::app::part_of(&other, 1);
    let forged = crate::app::ForgingKey::strange(crate::app::part_of(&other, 0)["kid"].as_str().unwrap()).sign(&claims);
    app.revoke_as_bearer("", &forged, &first)
        .await
        .assert_bearer_error(401, "invalid_token");
    app.advance_seconds(7_776_000);
    app.revoke_as_bearer("", &other, &first)
        .await
        .assert_bearer_error(401, "invalid_token");
}
