//! Consent: what was shown, to whom it was shown, and what becomes of yes and no.
use super::{attributes, consents, heading, parameter, texts};
use crate::app::{App, Authorize, form_of, target_of};
use grantor_tests::covers;

const CALLBACK: &str = "https://a.test/cb";

/// What the database remembers of a user's consent for an application.
fn remembered(app: &App, user: &str, client: &str) -> Option<String> {
    let sql = "SELECT scope FROM consent WHERE user = ?1 AND client = ?2";
    app.sql(|c| {
        let found = c.prepare(sql)?;
        found.query_map([user, client], |row| row.get(0))?.next().transpose()
    })
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_where_it_goes() {
    covers!("T-07");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let request = Authorize::of("a").set("scope", "openid email read");
    let page = browser.open(&request.url()).await;
    assert_eq!(heading(page.assert_page(200)), "Allow access?");
    assert_eq!(texts(&page, ".lead .name"), ["Application A"]);
    assert_eq!(texts(&page, ".account-who .name"), ["alice"]);
    assert_eq!(
        attributes(&page, "[data-scope]", "data-scope"),
        ["openid", "email", "read"]
    );
    assert!(texts(&page, ".ask-detail").contains(&"alice@example.test".to_owned()));
    assert!(texts(&page, ".after .name").contains(&"a.test".to_owned()));
    assert_eq!(attributes(&page, ".after a", "href"), ["https://a.test"]);
}

#[tokio::test]
async fn an_approval_counts_for_what_was_shown_and_nothing_else() {
    covers!("O-292");
    let app = App::start().await;
    let mut browser = app.browser();
    // Never shown: the request waits for a sign-in.
    let waiting = form_of(&browser.open(&Authorize::of("b").url()).await);
    let answer = browser
        .submit_with(&waiting.clone().set("decision", "allow").set("shown", "x"), &[])
        .await;
    assert_eq!(answer.status, 422);
    let mut forged = waiting.clone().set("decision", "allow").set("shown", "x");
    forged.action = "/consent".into();
    browser.submit_with(&forged, &[]).await.assert_page(403);
    browser.sign_in("alice").await;
    browser.submit_with(&forged, &[]).await.assert_page(403);
    // Another request's id, another application's form.
    let form = form_of(
        &browser
            .open(&Authorize::of("a").set("scope", "openid read").url())
            .await,
    )
    .set("decision", "allow");
    for tx in [waiting.value("tx"), "gone", ""] {
        let moved = form.clone().set("tx", tx);
        let answer = browser.submit_with(&moved, &[]).await;
        assert!(matches!(answer.status, 400 | 403), "{tx}");
    }
    for decision in ["", "ALLOW", "yes", "allow "] {
        browser
            .submit_with(&form.clone().set("decision", decision), &[])
            .await
            .assert_page(400);
    }
    browser
        .submit_with(&form.clone().without("decision"), &[])
        .await
        .assert_page(400);
    assert_eq!(consents(&app), 0);
    // More scopes, another client and another user in the form count for nothing.
    let wider = form
        .set("scope", "openid email read write admin")
        .set("client_id", "b")
        .set("user", "u-bob");
    let target = target_of(&browser.submit(&wider).await).unwrap();
    assert_eq!(remembered(&app, "u-alice", "app-a").as_deref(), Some("openid read"));
    assert_eq!(consents(&app), 1);
    let tokens = app.client("a").redeem(&parameter(&target, "code"), CALLBACK).await;
    assert_eq!(tokens.assert_tokens().member("scope"), "openid read");
}

#[tokio::test]
async fn a_question_put_to_one_user_is_not_answered_by_another() {
    covers!("O-292");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let page = browser
        .open(&Authorize::of("a").set("scope", "openid email").url())
        .await;
    let form = form_of(&page).set("decision", "allow");
    // Another tab: somebody else signs in. The page that is still open shows alice's address.
    browser.sign_in("bob").await;
    let asked = browser.submit(&form).await;
    assert_eq!(heading(asked.assert_page(200)), "Allow access?");
    assert_eq!(texts(&asked, ".account-who .name"), ["bob"]);
    assert_eq!(consents(&app), 0);
    browser.submit(&form_of(&asked).set("decision", "allow")).await;
    assert_eq!((remembered(&app, "u-alice", "app-a"), consents(&app)), (None, 1));
}

#[tokio::test]
async fn an_approval_that_was_not_used_yet_is_not_used_for_another_user() {
    covers!("O-292");
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    let page = browser.open(&Authorize::of("a").url()).await;
    let allowed = browser.submit_with(&form_of(&page).set("decision", "allow"), &[]).await;
    assert_eq!((allowed.status, consents(&app)), (303, 1));
    browser.sign_in("bob").await;
    let asked = browser.follow(allowed).await;
    assert_eq!(texts(asked.assert_page(200), ".account-who .name"), ["bob"]);
    assert_eq!(remembered(&app, "u-bob", "app-a"), None);
}

#[tokio::test]
async fn a_native_application_is_asked_for_each_time() {
    covers!("O-293");
    let app = App::start().await;
    // Control: a web application, public or not, is remembered; its address is proven by https.
    for client in ["a", "p"] {
        let mut browser = app.browser();
        browser.code_as(&Authorize::of(client), "alice").await;
        let silent = browser.get(&Authorize::of(client).url()).await;
        assert_eq!(silent.status, 302);
        assert!(!parameter(silent.header("location"), "code").is_empty(), "{client}");
    }
    let mut browser = app.browser();
    for redirect_uri in [
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:51005/cb",
        "com.example.app:/cb",
    ] {
        let request = Authorize::of("n").set("redirect_uri", redirect_uri);
        browser.code_as(&request, "alice").await;
        assert_eq!(remembered(&app, "u-alice", "app-n").as_deref(), Some("openid"));
        let again = browser.open(&request.url()).await;
        assert_eq!(heading(again.assert_page(200)), "Allow access?", "{redirect_uri}");
        let silent = browser.get(&request.clone().set("prompt", "none").url()).await;
        silent.assert_redirect_error(redirect_uri, "consent_required", Some("st4te"));
    }
}

#[tokio::test]
async fn a_denial_goes_back_to_the_application_and_is_not_remembered() {
    covers!("O-294", "T-07");
    let app = App::start().await;
    for (client, redirect_uri) in [("a", CALLBACK), ("n", "com.example.app:/cb")] {
        let mut browser = app.browser();
        browser.sign_in("alice").await;
        let request = Authorize::of(client).set("redirect_uri", redirect_uri);
        let page = browser.open(&request.url()).await;
        let answer = browser.submit(&form_of(&page).set("decision", "deny")).await;
        let target = target_of(answer.assert_page(200)).unwrap();
        assert!(target.starts_with(redirect_uri), "{target}");
        assert_eq!(parameter(&target, "error"), "access_denied");
        assert_eq!(parameter(&target, "state"), "st4te");
        assert_eq!(parameter(&target, "iss"), app.issuer());
        assert_eq!(parameter(&target, "code"), "");
        assert_eq!(attributes(&answer, "a#continue", "href"), [target]);
        assert_eq!(consents(&app), 0);
        let again = browser.open(&request.url()).await;
        assert_eq!(heading(again.assert_page(200)), "Allow access?");
    }
}

#[tokio::test]
async fn what_was_allowed_is_remembered_until_more_is_asked() {
    covers!("T-07");
    let app = App::start().await;
    let mut browser = app.browser();
    browser
        .code_as(&Authorize::of("a").set("scope", "openid read"), "alice")
        .await;
    let check = async |scope: &str, asked: bool| {
        let page = browser.copy().open(&Authorize::of("a").set("scope", scope).url()).await;
        assert_eq!(target_of(&page).is_none(), asked, "{scope}");
    };
    check("openid read", false).await;
    check("openid", false).await;
    check("openid read write", true).await;
    check("openid email", true).await;
    // Another application and another user have not been allowed anything.
    let page = browser.copy().open(&Authorize::of("b").url()).await;
    assert_eq!(heading(&page), "Allow access?");
    let mut other = app.browser();
    other.sign_in("bob").await;
    assert_eq!(heading(&other.open(&Authorize::of("a").url()).await), "Allow access?");
}
