//! Who may ask: the application a token was issued to, a resource server about its own audience, the management API's bearer.
use crate::app::{App, OTHER, REALM};
use grantor_tests::covers;

#[tokio::test]
async fn whoever_proves_nothing_learns_nothing() {
    covers!("O-166", "I-03");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let form = [("token", token.as_str())];
    app.client("m").introspect(&token).await.assert_active();
    app.post("/introspect", &[], &form).await.assert_invalid_client();
    for id in ["m", "r1-api", "p", "nobody"] {
        let named = [form[0], ("client_id", id)];
        app.post("/introspect", &[], &named).await.assert_invalid_client();
        let wrong = [
            named[0],
            named[1],
            ("client_secret", "wrong-secret-wrong-secret-wrong-secret"),
        ];
        app.post("/introspect", &[], &wrong).await.assert_invalid_client();
    }
    // Public clients prove nothing, not even about their own tokens.
    let own = app.tokens_for("p", "alice", "openid").await.member("access_token");
    app.client("p").introspect(&own).await.assert_invalid_client();
    for (id, secret) in [
        ("m", "wrong-secret-wrong-secret-wrong-secret"),
        ("m", "r1-introspection-secret-0123456789abc"),
        ("r1-api", "wrong-secret-wrong-secret-wrong-secret"),
        ("r1-api", "r2-introspection-secret-0123456789abc"),
        ("r1-api", "t2-introspection-secret-0123456789abc"),
        ("r2-api", "r1-introspection-secret-0123456789abc"),
        ("r1", "r1-introspection-secret-0123456789abc"),
        ("https://r1.test", "r1-introspection-secret-0123456789abc"),
        ("off", "off-secret-off-secret-off-secret-off-"),
    ] {
        let answer = crate::app::Client::new(&app, "", id, secret).introspect(&token).await;
        answer.assert_invalid_client();
        assert!(!answer.body.contains("active"), "{id}");
    }
    let answer = app.client("m").introspect(&token).await;
    answer.assert_active();
}

#[tokio::test]
async fn a_token_is_shown_to_its_client_and_to_its_audience_alone() {
    covers!("O-167", "O-168", "I-03", "I-04");
    let app = App::start().await;
    let mut tokens = Vec::new();
    for client in ["m", "mref", "alone"] {
        tokens.push((client, app.client(client).machine_token().await));
    }
    for client in ["a", "first", "p2", "plain"] {
        let scope = if client == "plain" { "read" } else { "openid" };
        let answer = app.tokens_for(client, "alice", scope).await;
        tokens.push((client, answer.member("access_token")));
    }
    let manager = app.management_token("tokens:introspect").await;
    for (owner, token) in &tokens {
        let for_r1 = !matches!(*owner, "alone" | "first" | "p2");
        for caller in ["m", "mref", "alone", "a", "b", "first", "plain", "exempt"] {
            let answer = app.client(caller).introspect(token).await;
            if caller == *owner {
                answer.assert_active();
            } else {
                answer.assert_inactive();
            }
        }
        let seen = app.resource_server("r1-api").introspect(token).await;
        assert_eq!(seen.json()["active"], for_r1, "{owner}");
        if !for_r1 {
            seen.assert_inactive();
        }
        app.resource_server("r2-api").introspect(token).await.assert_inactive();
        for prefix in ["", REALM] {
            let seen = app.introspect_as_bearer(prefix, &manager, token).await;
            assert_eq!(seen.assert_active().member("client_id"), *owner);
        }
        // The second tenant has the same client ids and the same identifier of its API.
        app.other_client("a").introspect(token).await.assert_inactive();
        app.other_client("r1-api").introspect(token).await.assert_inactive();
        let answer = app.introspect_as_bearer(OTHER, &manager, token).await;
        answer.assert_json_error(403, "access_denied");
    }
    let second = app.other_client("m").machine_token().await;
    app.other_client("r1-api").introspect(&second).await.assert_active();
    for caller in ["m", "a", "r1-api"] {
        app.client(caller).introspect(&second).await.assert_inactive();
    }
    app.introspect_as_bearer("", &manager, &second).await.assert_inactive();
}

#[tokio::test]
async fn a_resource_server_authenticates_by_header_or_body_and_sees_nothing_else() {
    covers!("I-03");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let form = [
        ("token", token.as_str()),
        ("client_id", "r1-api"),
        ("client_secret", "r1-introspection-secret-0123456789abc"),
    ];
    app.post("/introspect", &[], &form).await.assert_active();
    app.resource_server("r1-api").introspect(&token).await.assert_active();
    // It is no client: no token, no code, no userinfo.
    let answer = app
        .resource_server("r1-api")
        .token(&[("grant_type", "client_credentials")])
        .await;
    answer.assert_invalid_client();
    // Nor does an application's other method count.
    let wrong_method = [
        ("token", token.as_str()),
        ("client_id", "m"),
        ("client_secret", "m-secret-m-secret-m-secret-m-secret-"),
    ];
    app.post("/introspect", &[], &wrong_method)
        .await
        .assert_invalid_client();
    let basic = app.client("m").basic();
    let headers = [("authorization", basic.as_str())];
    let both = app.post("/introspect", &headers, &wrong_method).await;
    both.assert_json_error(400, "invalid_request");
}

#[tokio::test]
async fn a_bearer_needs_the_scope_and_the_admin_realm() {
    covers!("I-03");
    let app = App::start().await;
    let token = app.client("m").machine_token().await;
    let (right, lacking) = ("tokens:introspect", "tokens:read applications:read");
    let right = app.management_token(right).await;
    app.introspect_as_bearer("", &right, &token).await.assert_active();
    let answer = app
        .introspect_as_bearer("", &app.management_token(lacking).await, &token)
        .await;
    answer.assert_bearer_error(403, "insufficient_scope");
    // Tokens of the realm itself, whoever they speak for.
    let user = app.tokens_for("a", "alice", "openid read").await;
    for other in [
        token.clone(),
        user.member("access_token"),
        user.member("id_token"),
        "garbage".into(),
    ] {
        let answer = app.introspect_as_bearer("", &other, &token).await;
        answer.assert_bearer_error(401, "invalid_token");
    }
    let form = [("token", token.as_str()), ("access_token", &right)];
    app.post("/introspect", &[], &form).await.assert_invalid_client();
    app.advance_seconds(7_776_000);
    let fresh = app.client("m").machine_token().await;
    let answer = app.introspect_as_bearer("", &right, &fresh).await;
    answer.assert_bearer_error(401, "invalid_token");
}

#[tokio::test]
async fn no_application_may_be_called_like_an_audience() {
    covers!("I-03");
    let app = App::start().await;
    for name in ["urn:grantor:management", "https://r1.test", "https://r2.test"] {
        let renamed = app.edit(|d| {
            crate::app::entry(d, "applications", "app-b").insert("client_id".into(), name.into());
        });
        let refused = renamed.await.unwrap_err();
        assert!(refused.contains("client_id"), "{name}: {refused}");
    }
    for identifier in ["urn:grantor:management", "a"] {
        let renamed = app.edit(|d| {
            crate::app::entry(d, "resource_servers", "r2").insert("identifier".into(), identifier.into());
        });
        let refused = renamed.await.unwrap_err();
        assert!(refused.contains("identifier"), "{identifier}: {refused}");
    }
}
