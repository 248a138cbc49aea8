//! Which applications may use an account, in words.
use super::{form_with, signed_in};
use crate::app::{App, Authorize};
use crate::interact::{attributes, consents, texts};
use grantor_tests::covers;

#[tokio::test]
async fn applications_are_listed_with_what_they_may_do() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let empty = browser.open("/account/apps").await;
    assert!(empty.body.contains("No application has access to your account."));
    for (client, scope) in [("a", "openid email read"), ("keep", "openid offline_access read")] {
        let request = Authorize::of(client).set("scope", scope);
        let code = browser.code_as(&request, "alice").await;
        app.client(client).redeem(&code, request.value("redirect_uri")).await;
        app.advance_seconds(60);
    }
    // Nobody is asked about this one, and nothing of it is alive: only a code was made.
    browser.sign_in("alice").await;
    let page = browser.open("/account/apps").await;
    assert_eq!(texts(&page, ".row h2"), ["Keep", "Application A"]);
    assert_eq!(texts(&page, ".row .badge"), ["stays signed in"]);
    assert_eq!(attributes(&page, ".row-head a", "href"), ["https://a.test"]);
    assert_eq!(texts(&page, "[data-application=app-a] .row-head p"), ["a.test"]);
    let scopes = texts(&page, "[data-application=app-a] .scopes li");
    assert_eq!(
        scopes,
        ["Know that it is you", "See your e-mail address", "Read things"]
    );
    let times = texts(&page, "[data-application=app-a] .facts time");
    assert_eq!(
        times,
        ["2027-01-15 08:00 UTC", "2027-01-15 08:00 UTC", "2027-01-15 09:00 UTC"]
    );
    let home = browser.open("/account").await;
    assert_eq!(texts(&home, ".row-line .name"), ["Keep", "Application A"]);
}

#[tokio::test]
async fn what_was_removed_is_gone_from_the_list_and_removing_it_again_says_so() {
    covers!("O-090");
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    browser
        .authorize_as(&Authorize::of("a").set("scope", "openid read"), "alice")
        .await;
    let mut bob = signed_in(&app, "bob").await;
    bob.authorize_as(&Authorize::of("a").set("scope", "openid read"), "bob")
        .await;
    assert_eq!(consents(&app), 2);
    let page = browser.open("/account/apps").await;
    let form = form_with(&page, "application", "app-a");
    let done = browser.submit(&form).await;
    assert_eq!(
        texts(&done, "[role=status]"),
        ["The application has no access any more."]
    );
    assert_eq!(consents(&app), 1, "bob's stays");
    for other in ["app-a", "app-b", "", "nothing"] {
        let answer = browser.submit(&form.clone().set("application", other)).await;
        assert_eq!(
            texts(&answer, "[role=status]"),
            ["That application had no access any more."]
        );
    }
    assert_eq!(consents(&app), 1);
}
