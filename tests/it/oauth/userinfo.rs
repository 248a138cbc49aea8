//! `/userinfo` (OpenID Connect Core section 5.3): who gets claims, and which.
use crate::app::{App, Authorize, OTHER, REALM, part_of};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn only_a_user_token_with_openid_opens_it() {
    covers!("O-185");
    let app = App::start().await;
    let good = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let answer = app.client("a").userinfo(&good).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"sub": "u-alice"})));
    assert_eq!(answer.header("cache-control"), "no-store");
    for (method, headers) in [
        ("GET", &[][..]),
        ("POST", &[]),
        ("GET", &[("authorization", "Basic YTpi")]),
        ("POST", &[("content-type", "application/x-www-form-urlencoded")]),
    ] {
        let answer = app.send(method, "/userinfo", headers, Some("")).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Bearer realm=\"grantor\"")
        );
        assert!(!answer.body.contains("sub"), "{}", answer.body);
    }
    for scope in ["read", "email", "email profile read"] {
        let token = app.tokens_for("a", "alice", scope).await.member("access_token");
        let answer = app.client("a").userinfo(&token).await;
        answer.assert_bearer_error(403, "insufficient_scope");
    }
    let plain = app.tokens_for("plain", "alice", "read").await.member("access_token");
    app.client("plain")
        .userinfo(&plain)
        .await
        .assert_bearer_error(403, "insufficient_scope");
    for machine in ["m", "mref", "alone", "plain"] {
        let token = app.client(machine).machine_token().await;
        let answer = app.client(machine).userinfo(&token).await;
        answer.assert_bearer_error(403, "insufficient_scope");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(app.send(method, "/userinfo", &[], None).await.status, 405, "{method}");
    }
}

#[tokio::test]
async fn get_and_post_under_every_prefix_of_the_realm_say_who_the_user_is() {
    covers!("T-17");
    let app = App::start().await;
    for (client, scope) in [("a", "openid email"), ("first", "openid profile"), ("p", "openid")] {
        let tokens = app.tokens_for(client, "alice", scope).await;
        let token = tokens.member("access_token");
        let sub = part_of(&tokens.member("id_token"), 1)["sub"].clone();
        let seen = app.client(client).userinfo(&token).await.json();
        assert_eq!(seen["sub"], sub, "{client}");
        if client != "p" {
            let introspected = app.client(client).introspect(&token).await;
            assert_eq!(introspected.json()["sub"], sub, "{client}");
        }
        let application = format!("{REALM}/applications/app-{client}");
        for prefix in ["", REALM, &application] {
            assert_eq!(app.client(client).under(prefix).userinfo(&token).await.json(), seen);
            let form = [("access_token", token.as_str())];
            let answer = app.post(&format!("{prefix}/userinfo"), &[], &form).await;
            assert_eq!(answer.json(), seen, "{client} {prefix}");
        }
        let answer = app.other_client("a").under(OTHER).userinfo(&token).await;
        answer.assert_bearer_error(401, "invalid_token");
        let answer = app
            .client(client)
            .under("/v1/tenants/default/realms/none")
            .userinfo(&token)
            .await;
        assert_eq!(answer.status, 404);
    }
}

#[tokio::test]
async fn every_scope_opens_its_claims_and_no_others() {
    covers!("O-186");
    let app = App::start().await;
    let (email, profile) = (
        json!({"email": "alice@example.test", "email_verified": true}),
        json!({"name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell", "preferred_username": "alice"}),
    );
    let phone = json!({"phone_number": "+44 20 7946 0000", "phone_number_verified": true});
    let address = json!({"address": {"locality": "Oxford", "country": "GB"}});
    let wished = r#"{"userinfo":{"email":{"essential":true},"phone_number":null,"name":null,"address":null},
        "id_token":{"email":{"essential":true},"phone_number":null,"name":null}}"#;
    for (scope, expected) in [
        ("openid", vec![]),
        ("openid email", vec![&email]),
        ("openid profile", vec![&profile]),
        ("openid phone", vec![&phone]),
        ("openid address", vec![&address]),
        ("openid email phone", vec![&email, &phone]),
        (
            "openid profile email address phone",
            vec![&email, &profile, &phone, &address],
        ),
    ] {
        let mut claims = json!({"sub": "u-alice"});
        for part in expected {
            claims
                .as_object_mut()
                .unwrap()
                .extend(part.as_object().unwrap().clone());
        }
        // Wishes by the claims parameter open nothing that no scope does.
        for request in [Authorize::of("a"), Authorize::of("a").set("claims", wished)] {
            let code = app.browser().code_as(&request.set("scope", scope), "alice").await;
            let tokens = app.client("a").redeem(&code, "https://a.test/cb").await;
            let seen = app.client("a").userinfo(&tokens.member("access_token")).await;
            assert_eq!(seen.json(), claims, "{scope}");
            check_id_token(&part_of(&tokens.member("id_token"), 1));
        }
    }
}

/// No ID token says more of a user than who it is.
fn check_id_token(claims: &Value) {
    const SAID: [&str; 10] = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "at_hash",
        "sid",
        "amr",
    ];
    for name in claims.as_object().unwrap().keys() {
        assert!(SAID.contains(&name.as_str()), "{name}");
    }
    assert_eq!(claims["nonce"], "n0nce");
}

#[tokio::test]
async fn a_disabled_user_is_not_spoken_of() {
    covers!("O-187");
    let app = App::start().await;
    let own = app
        .tokens_for("a", "alice", "openid email")
        .await
        .member("access_token");
    let sealed = app
        .tokens_for("first", "alice", "openid email")
        .await
        .member("access_token");
    let bob = app.tokens_for("a", "bob", "openid email").await.member("access_token");
    for token in [&own, &sealed, &bob] {
        assert_eq!(app.client("a").userinfo(token).await.status, 200);
    }
    app.edit(|d| {
        crate::app::entry(d, "users", "u-alice").insert("enabled".into(), false.into());
    })
    .await
    .unwrap();
    for token in [&own, &sealed] {
        let answer = app.client("a").userinfo(token).await;
        answer.assert_bearer_error(401, "invalid_token");
        assert!(!answer.body.contains("alice"), "{}", answer.body);
    }
    assert_eq!(app.client("a").userinfo(&bob).await.status, 200);
}
