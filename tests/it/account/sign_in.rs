//! The account's own door: the same rules as at the door of an application.
use super::{SESSION, enter, signed_in};
use crate::app::{App, form_of};
use crate::interact::{attributes, heading, live_sessions, texts};
use grantor_tests::covers;

#[tokio::test]
async fn the_way_in_is_a_page_of_ours_by_name_and_nothing_else() {
    covers!("O-236");
    let app = App::start().await;
    for to in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "../../logout",
        "profile/../../x",
        "PROFILE",
        "",
        "<script>",
    ] {
        let mut browser = app.browser();
        let query = crate::app::encode(&[("to", to)]);
        let door = browser.open(&format!("/account/sign-in?{query}")).await;
        let form = form_of(door.assert_page(200));
        assert_eq!(form.value("to"), "home", "{to}");
        let form = form.set("username", "alice").set("password", "alice-password");
        let answer = browser.submit_with(&form.set("to", to), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{to}");
    }
    let mut browser = app.browser();
    let form = form_of(&browser.open("/account/sign-in?to=apps").await);
    let form = form.set("username", "alice").set("password", "alice-password");
    let answer = browser.submit_with(&form, &[]).await;
    assert_eq!(answer.header("location"), "/account/apps");
}

#[tokio::test]
async fn wrong_passwords_count_together_at_every_door() {
    covers!("O-277");
    let app = App::start_with(|s| {
        s.limits.sign_in_attempts = 3;
        s.limits.failed_authentications_per_minute = 1000;
    })
    .await;
    let mut owner = signed_in(&app, "alice").await;
    let mut browser = app.browser();
    for _ in 0..2 {
        let page = enter(&mut browser, "alice", "wrong").await;
        assert_eq!(page.assert_page(422).status, 422);
        assert_eq!(
            texts(&page, "[role=alert] h2"),
            ["The user name or password is not right"]
        );
        assert_eq!(attributes(&page, "#username", "value"), ["alice"]);
        assert_eq!(attributes(&page, "#password", "value"), [""; 0]);
    }
    assert_eq!(enter(&mut browser, "alice@example.test", "wrong").await.status, 422);
    let waits = enter(&mut browser, "alice", "alice-password").await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "30"));
    // The browser that knows the account has attempts of its own, and uses them up at the password form.
    for _ in 0..3 {
        let form = super::password_form(&mut owner, "wrong", "a much better one").await;
        let answer = owner.submit_with(&form, &[]).await;
        assert_eq!(answer.status, 422);
        assert_eq!(texts(&answer, "#old-password-problem").len(), 1);
    }
    let form = super::password_form(&mut owner, "alice-password", "a much better one").await;
    let waits = owner.submit_with(&form, &[]).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "30"));
    assert_eq!(
        heading(&owner.open("/account").await),
        "Your account",
        "the session goes on"
    );
}

#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_the_former() {
    covers!("O-208", "O-209");
    let app = App::start().await;
    let mut browser = app.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert(SESSION.into(), planted.clone());
    enter(&mut browser, "alice", "alice-password").await;
    let first = browser.cookie(SESSION).to_owned();
    assert!(first != planted && first.len() == 43);
    // Somebody signed out in another tab, and somebody else signs in here.
    let mut thief = browser.copy();
    app.sql(|c| c.execute("UPDATE browser_session SET ended_at = 1", []));
    enter(&mut browser, "bob", "bob-password").await;
    assert_ne!(browser.cookie(SESSION), first);
    assert_eq!(thief.get("/account").await.status, 303);
    assert_eq!(live_sessions(&app), 1);
    for user in ["disabled", "nobody"] {
        let page = enter(&mut app.browser(), user, "disabled-password").await;
        assert_eq!(page.status, 422, "{user}");
    }
}
