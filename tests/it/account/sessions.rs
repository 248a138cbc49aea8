//! Where somebody is signed in, as they see it.
use super::{SESSION, end_others, form_with, signed_in};
use crate::app::{App, Authorize, Browser, form_of};
use crate::interact::{heading, live_sessions, texts};
use grantor_tests::covers;
use std::collections::HashSet;

/// A sign-in by something that calls itself so.
async fn sign_in_with<'a>(app: &'a App, agent: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let form = form_of(&browser.open("/account").await)
        .set("username", "alice")
        .set("password", "alice-password");
    let answer = browser.submit_with(&form, &[("user-agent", agent)]).await;
    assert_eq!(answer.status, 303);
    browser
}

#[tokio::test]
async fn every_live_session_is_listed_and_the_current_one_is_marked() {
    let app = App::start().await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";
    sign_in_with(&app, agent).await;
    signed_in(&app, "bob").await;
    let mut browser = sign_in_with(&app, &"x".repeat(300)).await;
    let request = Authorize::of("a").set("scope", "openid read");
    let code = browser.code_as(&request, "alice").await;
    app.client("a").redeem(&code, request.value("redirect_uri")).await;
    let page = browser.open("/account/sessions").await;
    assert_eq!(
        texts(&page, ".row h2"),
        ["A browser we do not recognise", "Firefox on Linux"]
    );
    assert_eq!(texts(&page, ".row-current .badge"), ["This browser"]);
    assert_eq!(texts(&page, ".row-current .inline li"), ["Application A"]);
    assert_eq!(texts(&page, ".row .row-head .code"), ["127.0.0.1", "127.0.0.1"]);
    let agents = texts(&page, ".facts .code");
    assert_eq!(agents, ["x".repeat(256), agent.to_owned()]);
    assert!(page.body.contains("2027-01-15 08:00 UTC"));
    assert_eq!(
        crate::app::forms_of(&page).len(),
        2,
        "one other session to end, and all of them"
    );
}

#[tokio::test]
async fn a_session_ends_where_it_is_ended_at_once() {
    covers!("O-212");
    let app = App::start().await;
    let mut here = signed_in(&app, "alice").await;
    app.advance_seconds(1);
    let mut there = signed_in(&app, "alice").await;
    let mut stranger = signed_in(&app, "bob").await;
    let page = here.open("/account/sessions").await;
    let sid: String = app.sql(|c| {
        c.query_row(
            "SELECT sid FROM browser_session WHERE user = 'u-alice' ORDER BY created_at DESC",
            [],
            |row| row.get(0),
        )
    });
    let form = form_with(&page, "session", &sid).set("end", "one");
    let foreign: String = app.sql(|c| {
        c.query_row("SELECT sid FROM browser_session WHERE user = 'u-bob'", [], |row| {
            row.get(0)
        })
    });
    // Nobody ends somebody else's session, nor the current one, nor one that never was.
    let own: String = app.sql(|c| {
        c.query_row(
            "SELECT sid FROM browser_session WHERE user = 'u-alice' ORDER BY created_at",
            [],
            |row| row.get(0),
        )
    });
    for other in [foreign.as_str(), own.as_str(), "", "nothing"] {
        let answer = here.submit(&form.clone().set("session", other)).await;
        assert_eq!(texts(&answer, "[role=status]"), ["That session had ended already."]);
        assert_eq!(live_sessions(&app), 3, "{other}");
    }
    let ended = here.submit(&form).await;
    assert_eq!(texts(&ended, "[role=status]"), ["The session has ended."]);
    assert_eq!(there.get("/account").await.status, 303);
    assert_eq!(stranger.get("/account").await.status, 200);
    let again = here.submit(&form).await;
    assert_eq!(texts(&again, "[role=status]"), ["That session had ended already."]);
    let wrong = here.submit_with(&form.clone().set("end", "all"), &[]).await;
    wrong.assert_page(400);
    assert_eq!(heading(&here.open("/account").await), "Your account");
}

#[tokio::test]
async fn all_others_end_together() {
    covers!("O-212");
    let app = App::start().await;
    let mut here = signed_in(&app, "alice").await;
    let mut others = [signed_in(&app, "alice").await, signed_in(&app, "alice").await];
    signed_in(&app, "bob").await;
    let page = here.open("/account/sessions").await;
    let done = here.submit(&end_others(&page)).await;
    assert_eq!(texts(&done, "[role=status]"), ["All other sessions have ended."]);
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, 303);
    }
    assert_eq!(live_sessions(&app), 2);
    assert_eq!(here.get("/account/sessions").await.status, 200);
}

#[tokio::test]
async fn sessions_idle_out_and_end_and_are_listed_no_more() {
    covers!("O-210", "O-211");
    let app = App::start_with(|s| {
        s.sessions.idle_minutes = 10;
        s.sessions.absolute_hours = 1;
    })
    .await;
    let mut old = signed_in(&app, "alice").await;
    app.advance_seconds(599);
    assert_eq!(old.get("/account").await.status, 200);
    app.settle().await;
    app.advance_seconds(300);
    let mut new = signed_in(&app, "alice").await;
    assert_eq!(texts(&new.open("/account/sessions").await, ".row h2").len(), 2);
    app.advance_seconds(301);
    assert_eq!(old.get("/account").await.status, 303, "idle since ten minutes");
    assert_eq!(texts(&new.open("/account/sessions").await, ".row h2").len(), 1);
    app.settle().await;
    for _ in 0..6 {
        app.advance_seconds(540);
        new.get("/account").await;
        app.settle().await;
    }
    app.advance_seconds(60);
    assert_eq!(new.get("/account").await.status, 303, "past its absolute end");
    // Signed out, the cookie is worth nothing.
    let mut browser = signed_in(&app, "alice").await;
    let mut thief = browser.copy();
    browser.submit(&form_of(&browser.copy().open("/logout").await)).await;
    assert_eq!(thief.get("/account").await.status, 303);
}

#[tokio::test]
async fn session_cookies_are_long_and_stored_only_as_macs() {
    covers!("O-213");
    let app = App::start().await;
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let browser = signed_in(&app, "alice").await;
        let value = browser.cookie(SESSION).to_owned();
        assert_eq!(value.len(), 43);
        let kept = app.stored();
        assert!(!kept.windows(value.len()).any(|w| w == value.as_bytes()));
        assert!(seen.insert(value));
    }
    let mut browser = signed_in(&app, "alice").await;
    let page = browser.open("/account/sessions").await;
    for value in seen.iter().map(String::as_str).chain([browser.cookie(SESSION)]) {
        assert!(!page.body.contains(value), "a key to a session stands on a page");
    }
}
