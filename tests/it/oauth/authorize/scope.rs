//! Scopes of an authorization request: what is granted, what is ignored, what refuses the request.
use super::{Expected, check};
use crate::app::{App, Authorize, form_of};
use Expected::{Refused, SignIn};
use grantor_tests::covers;
use serde_json::Value;

/// What a user who allows everything lets the client have: the `scope` of the token answer.
async fn granted(app: &App, request: &Authorize) -> String {
    let answer = tokens(app, request).await;
    let scope = answer["scope"].as_str().unwrap().to_owned();
    // The token says the same as the answer.
    let token = answer["access_token"].as_str().unwrap();
    let seen = app.client(request.value("client_id")).introspect(token).await;
    assert_eq!(seen.assert_active().member("scope"), scope);
    scope
}

async fn tokens(app: &App, request: &Authorize) -> Value {
    let code = app.browser().code_as(request, "alice").await;
    let client = app.client(request.value("client_id"));
    client
        .redeem(&code, request.value("redirect_uri"))
        .await
        .assert_tokens()
        .json()
}

#[tokio::test]
async fn an_unknown_scope_is_ignored_and_a_known_one_that_is_not_allowed_refuses() {
    covers!("O-012", "O-013", "T-05");
    let app = App::start().await;
    let a = |scope: &str| Authorize::of("a").set("scope", scope);
    assert_eq!(granted(&app, &a("openid read")).await, "openid read");
    // Nobody defines these: they are ignored, and stand in no token (decision 17).
    for scope in [
        "openid read nonsense",
        "nonsense openid read",
        "openid READ read",
        "openid read offline_access",
    ] {
        assert_eq!(granted(&app, &a(scope)).await, "openid read", "{scope}");
    }
    assert_eq!(granted(&app, &a("openid nonsense")).await, "openid");
    assert_eq!(
        granted(&app, &Authorize::of("plain").set("scope", "nonsense")).await,
        ""
    );
    // `admin` is of this application's resource server, `other` of another one's, `write` not of B.
    let before = super::codes(&app);
    for (client, scope) in [
        ("a", "openid admin"),
        ("a", "openid read admin"),
        ("a", "admin"),
        ("a", "openid other"),
        ("a", "nonsense other"),
        ("b", "openid write"),
        ("p", "openid read write"),
        ("first", "openid read"),
        ("plain", "read admin"),
    ] {
        let request = Authorize::of(client).set("scope", scope);
        let answer = app.authorize(&request).await;
        super::assert_refused(&app, &request, &answer, "invalid_scope", Some("st4te"));
        let answer = app
            .send("POST", "/authorize", super::FORM, Some(&request.query()))
            .await;
        super::assert_refused(&app, &request, &answer, "invalid_scope", Some("st4te"));
    }
    // A live session and an earlier consent make no difference.
    let mut browser = app.browser();
    browser.code_as(&a("openid read"), "alice").await;
    let answer = browser.get(&a("openid admin").url()).await;
    answer.assert_redirect_error("https://a.test/cb", "invalid_scope", Some("st4te"));
    assert_eq!(super::codes(&app), before + 1);
}

#[tokio::test]
async fn a_character_no_scope_may_hold_refuses_the_request() {
    covers!("O-015", "T-04");
    let app = App::start().await;
    let a = |scope: &str| Authorize::of("a").set("scope", scope);
    check(&app, &a("openid read"), SignIn).await;
    check(&app, &a("openid !#[]~:/?@"), SignIn).await;
    for bad in [
        "openid \"read\"",
        "openid re\\ad",
        "openid\tread",
        "openid\nread",
        "openid\r\nread",
        "openid\u{7f}",
        "openid réad",
        "openid\u{a0}read",
        "openid\u{2003}read",
        "openid <b>\u{1}",
        "ｒead",
    ] {
        check(&app, &a(bad), Refused("invalid_scope")).await;
        let answer = app.authorize(&a(bad)).await;
        assert!(
            !answer.header("location").contains("read"),
            "{}",
            answer.header("location")
        );
        let machine = [("grant_type", "client_credentials"), ("scope", bad)];
        app.client("m")
            .token(&machine)
            .await
            .assert_json_error(400, "invalid_scope");
    }
    // NUL is not even text.
    check(&app, &a("openid\0"), Refused("invalid_request")).await;
}

#[tokio::test]
async fn a_list_of_scopes_restricts_whatever_its_order_and_spacing() {
    covers!("T-04");
    let app = App::start().await;
    let a = |scope: &str| Authorize::of("a").set("scope", scope);
    for (asked, expected) in [
        ("read write", "read write"),
        ("write read", "write read"),
        ("read", "read"),
        ("read read", "read"),
        ("read write read", "read write"),
        ("  read   write ", "read write"),
        ("openid write openid", "openid write"),
        ("write profile openid", "write profile openid"),
    ] {
        assert_eq!(granted(&app, &a(asked)).await, expected, "{asked}");
        let resource_scopes: Vec<&str> = asked.split(' ').filter(|s| ["read", "write"].contains(s)).collect();
        let expected: Vec<&str> = expected.split(' ').filter(|s| ["read", "write"].contains(s)).collect();
        let machine = [
            ("grant_type", "client_credentials"),
            ("scope", &*resource_scopes.join("  ")),
        ];
        assert_eq!(
            app.client("m").token(&machine).await.assert_tokens().member("scope"),
            expected.join(" ")
        );
    }
}

#[tokio::test]
async fn without_a_list_everything_allowed_is_asked_for() {
    covers!("T-03");
    let app = App::start().await;
    // The user is shown all of it first.
    let mut browser = app.browser();
    let page = browser.open(&Authorize::of("a").without("scope").url()).await;
    let page = browser
        .submit(
            &form_of(&page)
                .set("username", "alice")
                .set("password", "alice-password"),
        )
        .await;
    for shown in ["data-scope=\"read\"", "data-scope=\"write\""] {
        assert!(page.body.contains(shown), "{}", page.body);
    }
    assert!(!page.body.contains("data-scope=\"admin\"") && !page.body.contains("data-scope=\"openid\""));
    for (client, expected) in [
        ("a", "read write"),
        ("b", "read"),
        ("plain", "read write"),
        ("p2", ""),
        ("first", ""),
    ] {
        for request in [
            Authorize::of(client).without("scope"),
            Authorize::of(client).set("scope", ""),
            Authorize::of(client).set("scope", "  "),
        ] {
            let answer = tokens(&app, &request).await;
            assert_eq!(answer["scope"], expected, "{client}");
            assert!(answer.get("id_token").is_none(), "{client}: nobody asked for openid");
        }
    }
    // A control for the last assertion, and what a scope taken off the resource server does.
    assert!(tokens(&app, &Authorize::of("a")).await.get("id_token").is_some());
    app.edit(|document| {
        let server = crate::app::entry(document, "resource_servers", "r1");
        let scopes = server["scopes"].as_array_mut().unwrap();
        scopes.retain(|scope| scope["name"].as_str() != Some("write"));
        for application in document["applications"].as_array_mut().unwrap() {
            let config = application["protocol_config"].as_table_mut().unwrap();
            if let Some(allowed) = config.get_mut("allowed_scopes").and_then(toml::Value::as_array_mut) {
                allowed.retain(|scope| scope.as_str() != Some("write"));
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(granted(&app, &Authorize::of("a").without("scope")).await, "read");
}
