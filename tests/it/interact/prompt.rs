//! What prompt, max_age and id_token_hint ask of the pages.
use super::{heading, parameter, texts};
use crate::app::{App, Authorize, Browser, REALM, form_of, target_of};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;
use serde_json::Value;

const CALLBACK: &str = "https://a.test/cb";

/// The ID token of a code of application A.
async fn id_token(app: &App, code: &str) -> String {
    let tokens = app.client("a").redeem(code, CALLBACK).await;
    tokens.assert_tokens().member("id_token")
}

/// The claims in it.
async fn claims(app: &App, code: &str) -> Value {
    let token = id_token(app, code).await;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// A browser in which this user has allowed application A.
async fn allowed<'a>(app: &'a App, user: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.code_as(&Authorize::of("a"), user).await;
    browser
}

#[tokio::test]
async fn prompt_none_never_shows_a_page() {
    covers!("O-295");
    let app = App::start().await;
    let silent = Authorize::of("a").set("prompt", "none");
    let mut browser = app.browser();
    for prefix in ["", REALM] {
        let answer = browser.get(&silent.clone().under(prefix).url()).await;
        answer.assert_redirect_error(CALLBACK, "login_required", Some("st4te"));
        assert!(answer.header("set-cookie").is_empty());
    }
    browser.sign_in("alice").await;
    let answer = browser.get(&silent.url()).await;
    answer.assert_redirect_error(CALLBACK, "consent_required", Some("st4te"));
    browser.code_as(&Authorize::of("a"), "alice").await;
    let answer = browser.get(&silent.url()).await;
    assert_eq!(answer.status, 302);
    assert_eq!(
        claims(&app, &parameter(answer.header("location"), "code")).await["sub"],
        "u-alice"
    );
    let more = silent.clone().set("scope", "openid write");
    let answer = browser.get(&more.url()).await;
    answer.assert_redirect_error(CALLBACK, "consent_required", Some("st4te"));
    for too_old in ["0", "9"] {
        app.advance_seconds(10);
        let answer = browser.get(&silent.clone().set("max_age", too_old).url()).await;
        answer.assert_redirect_error(CALLBACK, "login_required", Some("st4te"));
    }
    for combined in ["none login", "none consent", "login none", "none unknown"] {
        let answer = browser.get(&silent.clone().set("prompt", combined).url()).await;
        answer.assert_redirect_error(CALLBACK, "invalid_request", Some("st4te"));
    }
}

#[tokio::test]
async fn prompt_none_by_post_ends_at_the_client_too() {
    covers!("O-295");
    let app = App::start().await;
    let body = Authorize::of("a").set("prompt", "none").query();
    let check = async |mut browser: Browser<'_>, error: &str| {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = browser.send("POST", "/authorize", &form, Some(&body)).await;
        let page = browser.follow(answer).await;
        let target = target_of(page.assert_page(200)).unwrap();
        assert_eq!(parameter(&target, "error"), error);
        assert_eq!(parameter(&target, "code").is_empty(), !error.is_empty(), "{target}");
    };
    check(app.browser(), "login_required").await;
    let mut signed_in = app.browser();
    signed_in.sign_in("alice").await;
    check(signed_in, "consent_required").await;
    check(allowed(&app, "alice").await, "").await;
}

#[tokio::test]
async fn prompt_none_tells_an_application_nothing_of_the_user() {
    covers!("O-296");
    let app = App::start().await;
    let browser = allowed(&app, "alice").await;
    // Neither allowed yet nor of the same owner; signed in or not.
    for (mut browser, error) in [(browser, "consent_required"), (app.browser(), "login_required")] {
        for client in ["b", "p2", "n"] {
            let request = Authorize::of(client).set("prompt", "none").set("login_hint", "alice");
            let answer = browser.get(&request.url()).await;
            answer.assert_redirect_error(request.value("redirect_uri"), error, Some("st4te"));
            let names: Vec<String> = answer.location_query().into_iter().map(|(n, _)| n).collect();
            assert_eq!(names, ["error", "error_description", "state", "iss"]);
            for word in ["alice", "Alice", "example.test", "sid", "session"] {
                assert!(!answer.header("location").contains(word), "{client}: {word}");
            }
        }
    }
}

#[tokio::test]
async fn a_fresh_sign_in_is_asked_for_and_its_time_is_told() {
    covers!("O-297");
    let app = App::start().await;
    let mut browser = allowed(&app, "alice").await;
    let signed_in = app.now_seconds();
    app.advance_seconds(1);
    // Control: young enough, so that nobody is asked and the old time is told.
    for request in [Authorize::of("a"), Authorize::of("a").set("max_age", "1")] {
        let answer = browser.get(&request.url()).await;
        let claims = claims(&app, &parameter(answer.header("location"), "code")).await;
        assert_eq!(claims["auth_time"], signed_in);
    }
    app.advance_seconds(1);
    for (name, value) in [
        ("max_age", "1"),
        ("max_age", "0"),
        ("prompt", "login"),
        ("prompt", "login consent"),
    ] {
        let request = Authorize::of("a").set(name, value);
        app.advance_seconds(2);
        let page = browser.open(&request.url()).await;
        assert_eq!(heading(page.assert_page(200)), "Confirm it is you", "{name}={value}");
        let form = form_of(&page);
        assert_eq!(form.value("username"), "alice");
        // Going on without it, or with a wrong password, leads back.
        let path = format!("/continue?tx={}", form.value("tx"));
        assert_eq!(heading(&browser.open(&path).await), "Confirm it is you");
        assert_eq!(browser.submit(&form.clone().set("password", "x")).await.status, 422);
        assert_eq!(heading(&browser.open(&path).await), "Confirm it is you");
        app.advance_seconds(5);
        let mut page = browser.submit(&form.set("password", "alice-password")).await;
        if value.contains("consent") {
            assert_eq!(heading(&page), "Allow access?");
            page = browser.submit(&form_of(&page).set("decision", "allow")).await;
        }
        let claims = claims(&app, &parameter(&target_of(&page).unwrap(), "code")).await;
        assert_eq!(claims["auth_time"], app.now_seconds(), "{name}={value}");
        // Reload and the next request ask anew: one sign-in counts once, or as long as it is young enough.
        app.advance_seconds(2);
        assert_eq!(heading(&browser.open(&path).await), "Confirm it is you");
        assert_eq!(heading(&browser.open(&request.url()).await), "Confirm it is you");
    }
}

#[tokio::test]
async fn prompt_consent_asks_again_for_what_was_allowed() {
    covers!("O-297");
    let app = App::start().await;
    for client in ["a", "first"] {
        let mut browser = app.browser();
        browser.code_as(&Authorize::of(client), "alice").await;
        assert_eq!(browser.get(&Authorize::of(client).url()).await.status, 302);
        let page = browser
            .open(&Authorize::of(client).set("prompt", "consent").url())
            .await;
        assert_eq!(heading(page.assert_page(200)), "Allow access?", "{client}");
        let page = browser.submit(&form_of(&page).set("decision", "allow")).await;
        assert!(!parameter(&target_of(&page).unwrap(), "code").is_empty());
    }
}

#[tokio::test]
async fn another_account_can_be_chosen() {
    covers!("O-298");
    let app = App::start().await;
    let request = Authorize::of("a").set("prompt", "select_account");
    for user in ["alice", "bob"] {
        let mut browser = allowed(&app, "alice").await;
        let page = browser.open(&request.url()).await;
        assert_eq!(heading(page.assert_page(200)), "Choose an account");
        let code = browser.code_as(&request, user).await;
        assert_eq!(claims(&app, &code).await["sub"], format!("u-{user}"));
        assert_eq!(browser.signed_in_as().await.as_deref(), Some(user));
    }
}

#[tokio::test]
async fn a_hint_never_yields_a_code_for_somebody_else() {
    covers!("O-298");
    let app = App::start().await;
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    let hint = id_token(&app, &code).await;
    let hinted = Authorize::of("a").set("id_token_hint", &hint);
    let silent = hinted.clone().set("prompt", "none");
    // An expired hint says who it was all the same.
    app.advance_seconds(100_000);
    let mut alice = allowed(&app, "alice").await;
    let answer = alice.get(&silent.url()).await;
    assert_eq!(
        claims(&app, &parameter(answer.header("location"), "code")).await["sub"],
        "u-alice"
    );
    let mut bob = allowed(&app, "bob").await;
    for mut browser in [bob.copy(), app.browser()] {
        let answer = browser.get(&silent.url()).await;
        answer.assert_redirect_error(CALLBACK, "login_required", Some("st4te"));
    }
    let page = bob.open(&hinted.url()).await;
    assert_eq!(heading(page.assert_page(200)), "Choose an account");
    let choose = form_of(&page);
    for (user, error) in [("bob", "login_required"), ("alice", "")] {
        let form = choose
            .clone()
            .set("username", user)
            .set("password", &format!("{user}-password"));
        let page = bob.submit(&form).await;
        let target = target_of(&page).unwrap_or_else(|| panic!("{user}: {:?}", texts(&page, "h1")));
        assert_eq!(parameter(&target, "error"), error, "{user}");
        let code = parameter(&target, "code");
        assert_eq!(code.is_empty(), user == "bob", "{user}");
        if !code.is_empty() {
            assert_eq!(claims(&app, &code).await["sub"], "u-alice");
        }
    }
}

#[tokio::test]
async fn a_hint_that_is_no_id_token_for_this_application_is_refused() {
    covers!("O-298");
    let app = App::start().await;
    let mut browser = allowed(&app, "alice").await;
    let code = browser
        .code_as(&Authorize::of("a").set("prompt", "consent"), "alice")
        .await;
    let tokens = app.client("a").redeem(&code, CALLBACK).await;
    let (own, access) = (tokens.member("id_token"), tokens.member("access_token"));
    let code = browser
        .code_as(&Authorize::of("b").set("prompt", "consent"), "alice")
        .await;
    let of_b = app
        .client("b")
        .redeem(&code, "https://b.test/cb")
        .await
        .member("id_token");
    let mut parts: Vec<&str> = own.split('.').collect();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let of_b_parts: Vec<&str> = of_b.split('.').collect();
    parts[1] = of_b_parts[1];
    let mixed = parts.join(".");
    for hint in [&access, &of_b, &mixed, &unsigned, "x", "a.b.c", "", "u-alice"] {
        for prompt in ["none", "login"] {
            let request = Authorize::of("a").set("id_token_hint", hint).set("prompt", prompt);
            let answer = browser.get(&request.url()).await;
            if hint.is_empty() {
                // An empty parameter is one that was not sent (RFC 6749 section 3.1).
                assert_eq!(answer.status == 303, prompt == "login");
                continue;
            }
            answer.assert_redirect_error(CALLBACK, "invalid_request", Some("st4te"));
        }
    }
    let answer = browser.get(&Authorize::of("a").set("id_token_hint", &own).url()).await;
    assert!(!parameter(answer.header("location"), "code").is_empty());
}
