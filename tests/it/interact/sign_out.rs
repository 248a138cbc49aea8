//! Signing out: a question, then the end; what is left of the session afterwards is nothing.
use super::{heading, live_sessions};
use crate::app::{App, Authorize, REALM, form_of};
use grantor_tests::covers;

#[tokio::test]
async fn signing_out_ends_the_session_for_whoever_holds_the_cookie() {
    covers!("O-211");
    let app = App::start().await;
    for prefix in ["", REALM] {
        let mut browser = app.browser();
        browser.sign_in("alice").await;
        let thief = browser.copy();
        assert_eq!(thief.signed_in_as().await.as_deref(), Some("alice"));
        let question = browser.open(&format!("{prefix}/logout")).await;
        assert_eq!(heading(question.assert_page(200)), "Sign out?");
        let answer = browser.submit(&form_of(&question)).await;
        assert_eq!(heading(answer.assert_page(200)), "You are signed out");
        assert_eq!(browser.cookie("grantor-session.default.main"), "");
        assert_eq!(thief.signed_in_as().await, None);
        let silent = thief
            .copy()
            .get(&Authorize::of("first").set("prompt", "none").url())
            .await;
        silent.assert_redirect_error("https://first.test/cb", "login_required", Some("st4te"));
        // Back: the page was not kept, and its form has nothing left to end.
        let again = browser.submit(&form_of(&question)).await;
        assert_eq!(heading(again.assert_page(200)), "You are signed out");
        assert_eq!(live_sessions(&app), 0);
    }
}

#[tokio::test]
async fn a_get_signs_nobody_out() {
    covers!("O-217");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let token = form_of(&browser.open("/logout").await).value("csrf").to_owned();
    let check = async |query: &str, headers: &[(&str, &str)]| {
        let answer = browser
            .copy()
            .send("GET", &format!("/logout{query}"), headers, None)
            .await;
        assert_eq!(heading(answer.assert_page(200)), "Sign out?", "{query} {headers:?}");
        assert!(answer.header("set-cookie").is_empty());
        assert_eq!(
            browser.signed_in_as().await.as_deref(),
            Some("alice"),
            "{query} {headers:?}"
        );
    };
    check("", &[]).await;
    let image = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-mode", "no-cors"),
    ];
    check("", &image).await;
    check("?client_id=a&post_logout_redirect_uri=https://evil.test/", &image).await;
    check("?id_token_hint=x&state=y", &[]).await;
    check(&format!("?csrf={token}"), &[]).await;
    check("", &[("x-http-method-override", "POST")]).await;
}

#[tokio::test]
async fn a_sign_out_page_ends_the_session_it_was_made_for_alone() {
    covers!("O-196");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let old = form_of(&browser.open("/logout").await);
    browser.sign_in("bob").await;
    let answer = browser.submit(&old).await;
    assert_eq!(heading(answer.assert_page(403)), "This was not allowed");
    assert_eq!(browser.signed_in_as().await.as_deref(), Some("bob"));
    // The page shows the way on.
    let way = super::attributes(&answer, "a#restart", "href").concat();
    let fresh = browser.open(&way).await;
    assert_eq!(heading(&fresh), "Sign out?");
    browser.submit(&form_of(&fresh)).await;
    assert_eq!(browser.signed_in_as().await, None);
}
