//! Whatever a realm gives out is no bearer of the Configuration API.
use super::cast::Cast;
use crate::app::{ADMIN, App, Authorize, OTHER, REALM, VERIFIER, form_of};
use crate::management::Tried;
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;

/// One of everything that the realm under `prefix` gives out, by name.
async fn given_out(app: &App, prefix: &str, user: &str, password: &str) -> Vec<(&'static str, String)> {
    let request = Authorize::of("a").under(prefix);
    let client = match prefix {
        OTHER => app.other_client("a"),
        _ => app.client("a").under(prefix),
    };
    let mut browser = app.browser();
    let mut code = async || {
        let target = browser.authorize_with(&request, user, password).await;
        let code = crate::app::query_of(&target).into_iter().find(|(n, _)| n == "code");
        code.unwrap().1
    };
    let redeemed = code().await;
    let fresh = code().await;
    let tokens = client.redeem(&redeemed, "https://a.test/cb").await;
    let machine = match prefix {
        OTHER => app.other_client("m").machine_token().await,
        _ => app.client("m").under(prefix).machine_token().await,
    };
    let mut visitor = app.browser();
    let form = form_of(&visitor.open(&request.url()).await);
    let mut all = vec![
        ("a code", fresh),
        ("an access token", tokens.assert_tokens().member("access_token")),
        ("an ID token", tokens.member("id_token")),
        ("a machine's token", machine),
        ("an interaction", form.value("tx").to_owned()),
        ("a form token", form.value("csrf").to_owned()),
        ("a verifier", VERIFIER.to_owned()),
    ];
    all.extend(browser.cookies.values().map(|cookie| ("a cookie", cookie.clone())));
    all
}

#[tokio::test]
async fn nothing_but_a_management_token_is_a_bearer_of_the_configuration_api() {
    covers!("O-257", "T-15", "O-250", "O-251");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let mut offered = Vec::new();
    for (prefix, user, password) in [
        ("", "alice", "alice-password"),
        (REALM, "bob", "bob-password"),
        (OTHER, "alice", "alice-of-t2"),
    ] {
        offered.extend(given_out(&app, prefix, user, password).await);
    }
    let refreshing = app.tokens_for("keep", "alice", "openid offline_access").await;
    offered.push(("a refresh token", refreshing.member("refresh_token")));
    offered.push(("a referential token", app.client("mref").machine_token().await));
    for of in &cast.realms {
        offered.extend(of.all().map(|(name, id)| (name, id.to_owned())));
    }
    // Of the realm of management itself: everything but the access token.
    let portal = &cast.portals[0];
    portal.user(&cast.bearers[0], "super", &["super-administrators"]).await;
    let own = portal.sign_in("super", "").await;
    let right = own.member("access_token");
    let openid = portal.sign_in("super", "openid").await;
    offered.push(("an admin's ID token", openid.member("id_token")));
    offered.push(("an admin's refresh token", own.member("refresh_token")));
    let mut cells = 0;
    for operation in Operation::ALL.iter().copied() {
        let tried = Tried::of(operation, "default", "main");
        for (name, text) in &offered {
            let answer = tried.with(&app, text).await;
            assert_eq!(answer.status, 401, "{name} at {operation:?}: {}", answer.body);
            cells += 1;
        }
        tried.assert_let_in(&app, &right).await;
    }
    println!("cells: {cells}");
    // Nor is a management token anything at the endpoints of people.
    for token in [&right, &cast.bearers[0]] {
        for prefix in ["", REALM, OTHER] {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            let answer = app.send("GET", &format!("{prefix}/userinfo"), &headers, None).await;
            answer.assert_bearer_error(401, "invalid_token");
        }
        app.client("a").introspect(token).await.assert_inactive();
        app.resource_server("r1-api").introspect(token).await.assert_inactive();
        app.other_client("a").introspect(token).await.assert_inactive();
        let bearer = format!("Bearer {token}");
        let answer = app
            .send("GET", &format!("{ADMIN}/userinfo"), &[("authorization", &bearer)], None)
            .await;
        assert!(matches!(answer.status, 401 | 403), "{}", answer.body);
    }
}
