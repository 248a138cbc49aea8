//! Back, reload, a second tab, a late form, a cleared cookie: never a page without a working way on.
use super::{attributes, heading, parameter, texts};
use crate::app::{Answer, App, Authorize, Browser, REALM, form_of, target_of};
use grantor_tests::covers;

/// Asks in a way that shows both pages.
fn request() -> Authorize {
    Authorize::of("a").set("prompt", "consent")
}

/// Does what each page offers until the browser is sent to the client; the code it brings. Fails on a page that offers nothing.
async fn go_on(browser: &mut Browser<'_>, mut page: Answer) -> String {
    for _ in 0..8 {
        if let Some(target) = target_of(&page) {
            assert_eq!(parameter(&target, "state"), "st4te", "{target}");
            return parameter(&target, "code");
        }
        if let Some(way) = attributes(&page, "main a#restart", "href").first() {
            page = browser.open(way).await;
            continue;
        }
        let form = form_of(&page);
        let form = match form.action.ends_with("/login") {
            true => form.set("username", "alice").set("password", "alice-password"),
            false => form.set("decision", "allow"),
        };
        page = browser.submit(&form).await;
    }
    panic!("no end: {:?}", texts(&page, "h1"))
}

/// The page leads to a code.
async fn check(browser: &mut Browser<'_>, page: Answer, why: &str) {
    let said = heading(&page);
    assert!(
        !go_on(browser, page).await.is_empty(),
        "{why}: from {said:?} back without a code"
    );
}

#[tokio::test]
async fn back_and_reload_go_on() {
    covers!("T-07");
    let app = App::start().await;
    let mut browser = app.browser();
    let sign_in = browser.open(&request().url()).await;
    let tx = form_of(&sign_in).value("tx").to_owned();
    let login = form_of(&sign_in)
        .set("username", "alice")
        .set("password", "alice-password");
    let consent = browser.submit(&login).await;
    let allow = form_of(&consent).set("decision", "allow");
    // Back to the sign-in page and its form once more; then the page by its address.
    let page = browser.submit(&login).await;
    check(&mut browser, page, "sign-in form after sign-in").await;
    for path in ["login", "consent", "continue"] {
        let page = browser.open(&format!("/{path}?tx={tx}")).await;
        check(&mut browser, page, path).await;
    }
    // After the hand-off: both forms again, each of the addresses again, in any order.
    for form in [&allow, &login, &allow] {
        let page = browser.submit(form).await;
        check(&mut browser, page, &form.action).await;
    }
    for path in ["continue", "consent", "login", "restart", "continue"] {
        let page = browser.open(&format!("/{path}?tx={tx}")).await;
        check(&mut browser, page, path).await;
    }
    // A denial can be thought over.
    let page = browser.open(&request().url()).await;
    let denied = browser.submit(&form_of(&page).set("decision", "deny")).await;
    assert_eq!(parameter(&target_of(&denied).unwrap(), "error"), "access_denied");
    let page = browser.submit(&form_of(&page).set("decision", "allow")).await;
    check(&mut browser, page, "after a denial").await;
}

#[tokio::test]
async fn two_tabs_each_go_their_own_way() {
    let app = App::start().await;
    let mut browser = app.browser();
    let first = browser.open(&request().url()).await;
    let second = browser.open(&request().set("state", "st4te").url()).await;
    assert_ne!(form_of(&first).value("tx"), form_of(&second).value("tx"));
    let login = |page: &Answer| form_of(page).set("username", "alice").set("password", "alice-password");
    let first_consent = browser.submit(&login(&first)).await;
    let second_consent = browser.submit(&login(&second)).await;
    for (page, why) in [(first_consent, "the first tab"), (second_consent, "the second tab")] {
        check(&mut browser, page, why).await;
    }
    // Signed in over there, the form over here is still good; signed out over there, too.
    let here = browser.open(&request().set("prompt", "login").url()).await;
    browser.sign_in("alice").await;
    check(&mut browser, here, "signed in elsewhere").await;
    let here = browser.open(&request().url()).await;
    let question = browser.open("/logout").await;
    browser.submit(&form_of(&question)).await;
    check(&mut browser, here, "signed out elsewhere").await;
}

#[tokio::test]
async fn a_late_form_goes_on() {
    let app = App::start().await;
    for minutes in [30, 11 * 60, 23 * 60] {
        let mut browser = app.browser();
        let page = browser.open(&request().url()).await;
        app.advance_seconds(minutes * 60);
        check(&mut browser, page, &format!("sign-in after {minutes} minutes")).await;
        let page = browser.open(&request().url()).await;
        assert_eq!(heading(&page), "Allow access?");
        app.advance_seconds(minutes * 60);
        check(&mut browser, page, &format!("consent after {minutes} minutes")).await;
    }
    // After a day the request is gone; the page says where to go, and the client's link works.
    let mut browser = app.browser();
    let page = browser.open(&request().url()).await;
    let login = form_of(&page)
        .set("username", "alice")
        .set("password", "alice-password");
    app.advance_seconds(24 * 3600 + 1);
    let stale = browser.submit(&login).await;
    assert_eq!(heading(stale.assert_page(400)), "This page was open too long");
    assert!(stale.body.contains("Go back to the application you came from"));
    let page = browser.open(&request().url()).await;
    check(&mut browser, page, "the client's link").await;
}

#[tokio::test]
async fn a_cleared_cookie_starts_the_same_request_again() {
    let app = App::start().await;
    for (prefix, after_sign_in) in [("", false), ("", true), (REALM, false), (REALM, true)] {
        let mut browser = app.browser();
        let mut page = browser.open(&request().under(prefix).url()).await;
        if after_sign_in {
            page = browser
                .submit(
                    &form_of(&page)
                        .set("username", "alice")
                        .set("password", "alice-password"),
                )
                .await;
            assert_eq!(heading(&page), "Allow access?");
        }
        let form = form_of(&page)
            .set("username", "alice")
            .set("password", "alice-password")
            .set("decision", "allow");
        browser.cookies.clear();
        let answer = browser.submit(&form).await;
        assert_eq!(
            heading(answer.assert_page(400)),
            "Your browser sent no cookie",
            "{prefix}"
        );
        assert_eq!(super::live_sessions(&app) > 0, after_sign_in);
        check(&mut browser, answer, "cleared cookies").await;
        app.sql(|c| c.execute_batch("UPDATE browser_session SET ended_at = 1"));
    }
}

#[tokio::test]
async fn a_request_belongs_to_the_browser_and_the_issuer_it_came_with() {
    covers!("O-292");
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.open(&request().url()).await;
    let tx = form_of(&page).value("tx").to_owned();
    let mut other = app.browser();
    other.sign_in("bob").await;
    for path in ["login", "consent", "continue"] {
        let answer = other.get(&format!("/{path}?tx={tx}")).await;
        assert_eq!(
            heading(answer.assert_page(400)),
            "Your browser sent no cookie",
            "{path}"
        );
        let elsewhere = browser.get(&format!("{REALM}/{path}?tx={tx}")).await;
        assert_eq!(
            heading(elsewhere.assert_page(400)),
            "This page was open too long",
            "{path}"
        );
    }
    // Starting it again is a request of their own; the first goes on untouched.
    let anew = other.open(&format!("/restart?tx={tx}")).await;
    assert_eq!(texts(&anew, ".account-who .name"), ["bob"]);
    assert_ne!(form_of(&anew).value("tx"), tx);
    check(&mut browser, page, "the first browser").await;
}

#[tokio::test]
async fn a_browser_that_was_never_here_can_begin_by_post() {
    covers!("T-07");
    let app = App::start().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for prefix in ["", REALM] {
        let mut browser = app.browser();
        let body = request().query();
        let stored = browser
            .send("POST", &format!("{prefix}/authorize"), &form, Some(&body))
            .await;
        assert_eq!((stored.status, stored.header("set-cookie")), (303, ""));
        let page = browser.follow(stored).await;
        assert_eq!(heading(page.assert_page(200)), "Sign in");
        check(&mut browser, page, "by POST").await;
        // And one that was, with its cookies kept back by SameSite: they are not replaced.
        let before = browser.cookies.clone();
        let stored = app
            .send("POST", &format!("{prefix}/authorize"), &form, Some(&body))
            .await;
        let page = browser.follow(stored).await;
        assert_eq!(heading(&page), "Allow access?");
        assert_eq!(browser.cookies, before);
        check(&mut browser, page, "by POST again").await;
    }
}

#[tokio::test]
async fn a_disabled_account_or_application_stops_on_the_way() {
    covers!("O-275");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let page = browser.open(&request().url()).await;
    assert_eq!(heading(&page), "Allow access?");
    let disable = |d: &mut toml::Table| {
        crate::app::entry(d, "users", "u-alice").insert("enabled".into(), false.into());
    };
    app.edit(disable).await.unwrap();
    let answer = browser.submit(&form_of(&page).set("decision", "allow")).await;
    assert_eq!(heading(answer.assert_page(200)), "Sign in");
    assert_eq!((browser.signed_in_as().await, super::consents(&app)), (None, 0));
    let page = browser
        .submit(
            &form_of(&answer)
                .set("username", "alice")
                .set("password", "alice-password"),
        )
        .await;
    assert_eq!(page.status, 422);
}
