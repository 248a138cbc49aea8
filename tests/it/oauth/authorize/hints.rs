//! prompt, max_age, claims and the hints: what asks for pages, and what may never be believed.
use super::{Expected, check, codes};
use crate::app::{App, Authorize, Browser, OTHER, form_of, query_of, target_of};
use Expected::{Refused, SignIn};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::covers;

#[tokio::test]
async fn max_age_is_a_whole_number_of_seconds() {
    covers!("O-020");
    let app = App::start().await;
    let a = || Authorize::of("a");
    for good in ["0", "1", "0060", "999999999999"] {
        check(&app, &a().set("max_age", good), SignIn).await;
    }
    for bad in [
        "-1",
        "abc",
        "99999999999999999999",
        "1.5",
        "1e3",
        "+5",
        " 5",
        "0x10",
        "٣",
        "9999999999999",
        "null",
    ] {
        check(&app, &a().set("max_age", bad), Refused("invalid_request")).await;
    }
    // The largest limit is a limit like any other, and 0 is none at all.
    let mut browser = app.browser();
    browser.code_as(&a(), "alice").await;
    let silent = browser.get(&a().set("max_age", "999999999999").url()).await;
    assert!(
        silent.header("location").starts_with("https://a.test/cb?code="),
        "{}",
        silent.status
    );
    assert!(
        browser
            .get(&a().set("max_age", "0").url())
            .await
            .header("location")
            .starts_with("/continue")
    );
}

#[tokio::test]
async fn prompt_none_stands_alone_and_unknown_values_are_ignored() {
    covers!("O-021");
    let app = App::start().await;
    let a = || Authorize::of("a");
    let unknown: Vec<String> = (0..50).map(|i| format!("value{i}")).collect();
    for good in [
        "login",
        "login consent",
        "select_account",
        "create",
        "NONE",
        " login  consent ",
        &unknown.join(" "),
    ] {
        check(&app, &a().set("prompt", good), SignIn).await;
    }
    // By GET nothing is shown; by POST the browser comes back with its cookies first.
    let answer = app.authorize(&a().set("prompt", "none")).await;
    super::assert_refused(&app, &a(), &answer, "login_required", Some("st4te"));
    let mut browser = app.browser();
    let answer = browser
        .send(
            "POST",
            "/authorize",
            super::FORM,
            Some(&a().set("prompt", "none").query()),
        )
        .await;
    let end = query_of(&target_of(&browser.follow(answer).await).unwrap());
    assert!(end.contains(&("error".into(), "login_required".into())), "{end:?}");
    for bad in [
        "none login",
        "login none",
        "none none",
        "none unknown",
        &format!("none {}", unknown.join(" ")),
    ] {
        check(&app, &a().set("prompt", bad), Refused("invalid_request")).await;
    }
    check(&app, &a().set("prompt", &"x ".repeat(600)), Refused("invalid_request")).await;
}

#[tokio::test]
async fn claims_are_well_formed_or_refused() {
    covers!("O-022");
    let app = App::start().await;
    let a = || Authorize::of("a");
    check(
        &app,
        &a().set("claims", r#"{"userinfo":{"email":{"essential":true}}}"#),
        SignIn,
    )
    .await;
    let deep = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    check(&app, &a().set("claims", &deep(100)), SignIn).await;
    let brackets = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    for bad in [
        "{",
        "x",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{\"a\":}",
        "{} {}",
        &deep(1000),
        &brackets(4000),
        &deep(3_000),
        &brackets(10_000),
    ] {
        check(&app, &a().set("claims", bad), Refused("invalid_request")).await;
    }
    let megabyte = a().set("claims", &format!("{{\"a\":\"{}\"}}", "x".repeat(1_000_000)));
    app.send("POST", "/authorize", super::FORM, Some(&megabyte.query()))
        .await
        .assert_page(413);
    check(&app, &a(), SignIn).await;
}

#[tokio::test]
async fn a_locale_names_a_language_and_never_a_file() {
    covers!("O-023");
    let app = App::start().await;
    let a = || Authorize::of("a");
    let many: String = (0..5000).map(|i| format!("x{i}-Latn ")).collect();
    let pages = [
        "en",
        "../../etc/passwd",
        "..%2f..%2fetc",
        "en/../../x",
        "x-\"><script>",
        "\r\nSet-Cookie: x=1",
        &many,
    ];
    for locales in pages {
        check(&app, &a().set("ui_locales", locales), SignIn).await;
        let page = app.browser().open(&a().set("ui_locales", locales).url()).await;
        assert_eq!(page.status, 200, "{locales}");
        assert!(
            page.body.contains("<html lang=\"en\"") && !page.body.contains("passwd"),
            "{locales}"
        );
        assert!(!page.body.contains("<script>") && page.headers.len() < 20);
    }
    // A new tag each time is one more stored request, shorter than the tag was long: nothing is kept of what is too long.
    let stored = |app: &App| {
        app.ephemeral_sql(|on| on.query_row("SELECT max(length(value)) FROM ephemeral", [], |row| row.get::<i64>(0)))
    };
    assert!(stored(&app) < 2_000, "{}", stored(&app));
}

#[tokio::test]
async fn a_login_hint_fills_in_a_name_and_breaks_nothing() {
    covers!("O-024");
    let app = App::start().await;
    let hinted = |hint: &str| Authorize::of("a").set("prompt", "consent").set("login_hint", hint);
    check(&app, &hinted(&"x".repeat(1025)), Refused("invalid_request")).await;
    check(&app, &hinted(&"x".repeat(10_000)), Refused("invalid_request")).await;
    for hint in [
        "alice@example.test",
        &"x".repeat(1024),
        "\"><script>alert(1)</script>",
        "é <&>\"'",
    ] {
        let mut browser = app.browser();
        let first = browser.get(&hinted(hint).url()).await;
        assert!(first.header_all("set-cookie").iter().all(|c| c.len() < 400), "{hint}");
        let page = browser.follow(first).await;
        let form = form_of(&page);
        assert!(
            form.fields.contains(&("username".to_owned(), hint.to_owned())),
            "{:?}",
            form.fields
        );
        assert!(!page.body.contains("<script>"), "{}", page.body);
        let done = browser
            .submit(&form.set("username", "alice").set("password", "alice-password"))
            .await;
        let done = browser.submit(&form_of(&done).set("decision", "allow")).await;
        assert!(target_of(&done).unwrap().contains("?code="), "{hint}");
        assert!(browser.cookies.values().all(|value| value.len() < 100));
    }
}

/// Alice's ID token for a client, from a browser that stays signed in.
async fn id_token(app: &App, browser: &mut Browser<'_>, client: &str) -> (String, String) {
    let code = browser.code_as(&Authorize::of(client), "alice").await;
    let tokens = app
        .client(client)
        .redeem(&code, &format!("https://{client}.test/cb"))
        .await;
    (tokens.assert_tokens().member("id_token"), tokens.member("access_token"))
}

#[tokio::test]
async fn an_id_token_hint_says_who_is_meant_and_never_who_is_there() {
    covers!("O-025");
    let app = App::start().await;
    let mut alice = app.browser();
    let (hint, _) = id_token(&app, &mut alice, "a").await;
    let silent = |hint: &str| Authorize::of("a").set("prompt", "none").set("id_token_hint", hint);
    let control = alice.get(&silent(&hint).url()).await;
    assert!(
        control.header("location").starts_with("https://a.test/cb?code="),
        "{}",
        control.header("location")
    );
    // The hint alone signs nobody in, and nobody's name is shown for it.
    let answer = app.authorize(&silent(&hint)).await;
    answer.assert_redirect_error("https://a.test/cb", "login_required", Some("st4te"));
    let page = app
        .browser()
        .open(&Authorize::of("a").set("id_token_hint", &hint).url())
        .await;
    assert!(
        form_of(&page).fields.contains(&("username".to_owned(), String::new())),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("alice") && !page.body.contains("Alice"),
        "{}",
        page.body
    );
    // Somebody else is there: no code for them.
    let mut bob = app.browser();
    bob.code_as(&Authorize::of("a"), "bob").await;
    let answer = bob.get(&silent(&hint).url()).await;
    answer.assert_redirect_error("https://a.test/cb", "login_required", Some("st4te"));
    let page = bob.open(&Authorize::of("a").set("id_token_hint", &hint).url()).await;
    let page = bob
        .submit(&form_of(&page).set("username", "bob").set("password", "bob-password"))
        .await;
    let end = query_of(&target_of(&page).unwrap());
    assert!(end.contains(&("error".into(), "login_required".into())), "{end:?}");
    // An old hint still names whom it named.
    app.advance_seconds(3700);
    let late = alice.get(&silent(&hint).url()).await;
    assert!(
        late.header("location").starts_with("https://a.test/cb?code="),
        "{}",
        late.header("location")
    );
}

#[tokio::test]
async fn a_hint_that_is_no_id_token_of_ours_for_this_client_is_refused() {
    covers!("O-025");
    let app = App::start().await;
    let mut alice = app.browser();
    let (hint, access_token) = id_token(&app, &mut alice, "a").await;
    let (for_b, _) = id_token(&app, &mut alice, "b").await;
    let mut other = app.browser();
    let mut page = other.open(&Authorize::of("a").under(OTHER).url()).await;
    page = other
        .submit(&form_of(&page).set("username", "alice").set("password", "alice-of-t2"))
        .await;
    page = other.submit(&form_of(&page).set("decision", "allow")).await;
    let code = query_of(&target_of(&page).unwrap()).remove(0).1;
    let tokens = app.other_client("a").redeem(&code, "https://a.test/cb").await;
    let of_other_tenant = tokens.assert_tokens().member("id_token");
    let (head, rest) = hint.split_once('.').unwrap();
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
        rest.split_once('.').unwrap().0
    );
    let flipped = format!(
        "{head}.{}",
        rest.replacen(&rest[20..21], if &rest[20..21] == "A" { "B" } else { "A" }, 1)
    );
    let before = codes(&app);
    for bad in [
        &for_b,
        &of_other_tenant,
        &access_token,
        &unsigned,
        &flipped,
        "garbage",
        "a.b.c",
        "..",
        &"x".repeat(9000),
    ] {
        let request = Authorize::of("a").set("id_token_hint", bad);
        for request in [request.clone(), request.set("prompt", "none")] {
            for answer in [app.authorize(&request).await, alice.get(&request.url()).await] {
                super::assert_refused(&app, &request, &answer, "invalid_request", Some("st4te"));
            }
            // By POST it is found out on the way.
            let answer = alice
                .send("POST", "/authorize", super::FORM, Some(&request.query()))
                .await;
            let end = query_of(&target_of(&alice.follow(answer).await).unwrap());
            assert!(end.contains(&("error".into(), "invalid_request".into())), "{end:?}");
        }
    }
    assert_eq!(codes(&app), before);
}
