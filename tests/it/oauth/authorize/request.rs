//! How an authorization request is read: which parameters count, what is refused, and whether the client hears of it.
use super::{Expected, check, check_query, configure, register};
use crate::app::{App, Authorize};
use Expected::{Page, Refused, RefusedWithoutState, SignIn};
use grantor_tests::covers;

const EVIL: &str = "https://evil.test/cb";

#[tokio::test]
async fn an_unknown_and_a_disabled_client_get_one_and_the_same_page() {
    covers!("O-001", "O-036");
    let app = App::start().await;
    check(&app, &Authorize::of("a"), SignIn).await;
    let mut pages = Vec::new();
    for client in ["nobody", "off", "A", "a ", "<b>nobody</b>"] {
        for uri in [EVIL, "https://off.test/cb", "https://a.test/cb"] {
            let request = Authorize::of("a").set("client_id", client).set("redirect_uri", uri);
            check(&app, &request, Page).await;
            let page = app.authorize(&request).await;
            let reference = page.body.split("id=\"reference\">").nth(1).unwrap()[..16].to_owned();
            pages.push(page.body.replace(&reference, ""));
        }
    }
    assert!(
        pages.windows(2).all(|two| two[0] == two[1]),
        "the page tells them apart"
    );
    assert!(!pages[0].contains("nobody") && !pages[0].contains("evil") && !pages[0].contains("off.test"));
    // Under an application's own issuer every other application is unknown.
    let prefix = format!("{}/applications/app-a", crate::app::REALM);
    check(&app, &Authorize::of("a").under(&prefix), SignIn).await;
    check(&app, &Authorize::of("b").under(&prefix), Page).await;
}

#[tokio::test]
async fn a_client_that_is_disabled_is_unknown_at_once_by_every_name() {
    covers!("O-036");
    let app = App::start().await;
    let prefix = format!("{}/applications/app-a", crate::app::REALM);
    // Both ways in have been used: what they keep in memory must not outlive the change.
    check(&app, &Authorize::of("a"), SignIn).await;
    check(&app, &Authorize::of("a").under(&prefix), SignIn).await;
    for disabled in [false, true] {
        app.edit(|document| {
            let application = crate::app::entry(document, "applications", "app-a");
            application.insert("enabled".into(), (!disabled).into());
        })
        .await
        .unwrap();
        for client_id in ["a", "app-a", "\nid\napp-a", "a\n", "id\napp-a"] {
            let request = Authorize::of("a").set("client_id", client_id);
            let expected = if client_id == "a" && !disabled { SignIn } else { Page };
            check(&app, &request, expected).await;
            check(&app, &request.under(&prefix), expected).await;
        }
    }
}

#[tokio::test]
async fn without_one_readable_client_and_redirect_uri_nothing_leaves_the_server() {
    covers!("O-002", "O-003", "O-004");
    let app = App::start().await;
    let a = || Authorize::of("a");
    check(&app, &a(), SignIn).await;
    for request in [
        a().without("client_id"),
        a().set("client_id", ""),
        a().without("client_id").without("redirect_uri"),
        a().add("client_id", "a"),
        a().add("client_id", "b"),
        a().add("client_id", ""),
        a().set("client_id", "b").add("client_id", "a"),
        a().add("redirect_uri", EVIL),
        a().set("redirect_uri", EVIL).add("redirect_uri", "https://a.test/cb"),
        a().add("redirect_uri", "https://a.test/cb"),
        a().add("redirect_uri", ""),
    ] {
        check(&app, &request, Page).await;
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused_and_a_strange_one_is_not() {
    covers!("O-005", "O-006", "O-028");
    let app = App::start().await;
    let a = || Authorize::of("a");
    check(&app, &a().add("foo", "bar").add("acr_values", "x"), SignIn).await;
    for (name, value) in [
        ("scope", "openid"),
        ("scope", "read"),
        ("scope", ""),
        ("nonce", "other"),
        ("response_type", "code"),
        ("response_type", "token"),
    ] {
        check(&app, &a().add(name, value), Refused("invalid_request")).await;
    }
    check(&app, &a().add("foo", "1").add("foo", "1"), Refused("invalid_request")).await;
    check(&app, &a().add("state", "other"), RefusedWithoutState("invalid_request")).await;
    check(&app, &a().add("state", "st4te"), RefusedWithoutState("invalid_request")).await;
    // The error names the parameter, but does not carry a long one to the client.
    let long = "x".repeat(3000);
    let answer = app.authorize(&a().add(&long, "1").add(&long, "2")).await;
    answer.assert_redirect_error("https://a.test/cb", "invalid_request", Some("st4te"));
    assert!(
        answer.header("location").len() < 600,
        "{}",
        answer.header("location").len()
    );
}

#[tokio::test]
async fn only_the_code_flow_answered_in_the_query_exists() {
    covers!("O-008", "O-009", "O-010", "O-011", "O-035", "T-07");
    let app = App::start().await;
    let a = || Authorize::of("a");
    check(&app, &a(), SignIn).await;
    check(&app, &a().set("response_mode", "query"), SignIn).await;
    check(&app, &a().without("response_type"), Refused("invalid_request")).await;
    check(&app, &a().set("response_type", ""), Refused("invalid_request")).await;
    for kind in [
        "token",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
        "CODE",
        " code",
        "code ",
        "code code",
        "none",
        "Code",
        "code,token",
    ] {
        check(
            &app,
            &a().set("response_type", kind),
            Refused("unsupported_response_type"),
        )
        .await;
    }
    for mode in [
        "foo",
        "web_message",
        "fragment",
        "form_post",
        "query.jwt",
        "jwt",
        "QUERY",
    ] {
        check(&app, &a().set("response_mode", mode), Refused("invalid_request")).await;
    }
    for (name, value, error) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request_uri", "https://evil.test/object", "request_uri_not_supported"),
        (
            "request_uri",
            "urn:ietf:params:oauth:request_uri:x",
            "request_uri_not_supported",
        ),
        ("registration", "{}", "registration_not_supported"),
    ] {
        check(&app, &a().set(name, value), Refused(error)).await;
        // Nothing inside the object is believed: the outer redirect URI decides.
        check(&app, &a().set(name, value).set("redirect_uri", EVIL), Page).await;
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_or_holds_a_nul_is_nobodys_text() {
    covers!("O-026", "O-027");
    let app = App::start().await;
    let names = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "claims",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "request",
        "request_uri",
        "registration",
    ];
    for name in names {
        let expected = match name {
            "client_id" | "redirect_uri" => Page,
            "state" => RefusedWithoutState("invalid_request"),
            _ => Refused("invalid_request"),
        };
        let request = Authorize::of("a");
        let valid: String = url::form_urlencoded::byte_serialize(request.value(name).as_bytes()).collect();
        let others = request.clone().without(name).query();
        for spoiled in [
            "%ff%fe",
            "%c0%80",
            "%ed%a0%80",
            "%zz",
            "%",
            &format!("{valid}%00"),
            &format!("{valid}%ff"),
        ] {
            check_query(&app, &request, &format!("{others}&{name}={spoiled}"), expected).await;
        }
    }
    // A name nobody can read spoils the whole request.
    let query = Authorize::of("a").query();
    check_query(&app, &Authorize::of("a"), &format!("{query}&%ff=1"), Page).await;
    check_query(&app, &Authorize::of("a"), &format!("{query}&foo%00=1"), Page).await;
}

#[tokio::test]
async fn the_grant_types_of_an_application_decide_what_it_may_ask_for() {
    covers!("O-036", "A-12");
    let app = App::start().await;
    let plain = || Authorize::of("plain");
    check(&app, &plain(), SignIn).await;
    // No code grant and no redirect URI: there is nobody to tell but the user.
    check(&app, &plain().set("client_id", "m").set("redirect_uri", EVIL), Page).await;
    check(&app, &plain().set("client_id", "m").without("redirect_uri"), Page).await;
    let machine = app.client("m");
    let code = [("grant_type", "authorization_code"), ("code", "x")];
    machine.token(&code).await.assert_json_error(400, "unauthorized_client");
    let own = [("grant_type", "client_credentials")];
    machine.token(&own).await.assert_tokens();
    app.client("a")
        .token(&own)
        .await
        .assert_json_error(400, "unauthorized_client");
    let strange = [("grant_type", "urn:example:other")];
    machine
        .token(&strange)
        .await
        .assert_json_error(400, "unsupported_grant_type");
    machine.token(&[]).await.assert_json_error(400, "invalid_request");
    // No code grant, but a redirect URI: the client is told.
    let only_machine = |config: &mut toml::Table| {
        config.insert(
            "grant_types".into(),
            toml::Value::Array(vec!["client_credentials".into()]),
        );
    };
    configure(&app, "app-plain", only_machine).await.unwrap();
    check(&app, &plain(), Refused("unauthorized_client")).await;
    check(&app, &plain().set("redirect_uri", EVIL), Page).await;
    app.client("plain")
        .token(&code)
        .await
        .assert_json_error(400, "unauthorized_client");
    app.client("plain").token(&own).await.assert_tokens();
    register(&app, "app-plain", &["https://plain.test/cb"]).await.unwrap();
    check(&app, &plain(), SignIn).await;
}
