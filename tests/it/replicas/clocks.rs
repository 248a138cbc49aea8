//! Servers that do not agree what time it is: what comes from a clock that is ahead by more than `tokens.clock_skew_seconds` is
//! refused, so that nothing lives longer than its life and that.
use super::grants;
use crate::app::{ADMIN, Answer, App, Authorize};
use grantor_flows::management::Requester;
use grantor_flows::setup;
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;

const FIVE_MINUTES: i64 = 300;

async fn code_of(app: &App) -> String {
    app.browser().code_as(&Authorize::of("a"), "alice").await
}

async fn redeem(app: &App, code: &str) -> Answer {
    app.client("a")
        .redeem(code, Authorize::of("a").value("redirect_uri"))
        .await
}

#[tokio::test]
async fn a_code_of_a_clock_that_is_minutes_off_is_refused_and_stays_good_at_home() {
    covers!("O-353");
    let app = App::start().await;
    assert_eq!(app.settings.tokens.clock_skew_seconds, 10);
    for seconds in [FIVE_MINUTES, -FIVE_MINUTES] {
        let other = App::start_ahead(&app, seconds).await;
        for (from, to) in [(&other, &app), (&app, &other)] {
            let before = grants(&app);
            let code = code_of(from).await;
            redeem(to, &code).await.assert_json_error(400, "invalid_grant");
            assert_eq!(grants(&app), before);
            redeem(from, &code).await.assert_tokens();
            // Not a replay that counts there either: nothing can be said of it.
            redeem(to, &code).await.assert_json_error(400, "invalid_grant");
            assert_eq!(grants(&app), (before.0 + 1, before.1 + 1));
        }
    }
}

#[tokio::test]
async fn a_code_lives_no_longer_than_its_life_and_the_skew() {
    covers!("O-353");
    let app = App::start().await;
    let near = App::start_ahead(&app, 10).await;
    let code = code_of(&near).await;
    redeem(&app, &code).await.assert_tokens();
    let [in_time, late] = [code_of(&near).await, code_of(&near).await];
    app.advance_seconds(69);
    redeem(&app, &in_time).await.assert_tokens();
    app.advance_seconds(1);
    redeem(&app, &late).await.assert_json_error(400, "invalid_grant");
    let far = App::start_ahead(&app, 11).await;
    let code = code_of(&far).await;
    redeem(&app, &code).await.assert_json_error(400, "invalid_grant");
}

#[tokio::test]
async fn sessions_and_requests_of_a_clock_that_is_ahead_are_begun_again() {
    covers!("O-353");
    let app = App::start().await;
    for (seconds, live) in [(10, true), (FIVE_MINUTES, false), (-FIVE_MINUTES, true)] {
        let other = App::start_ahead(&app, seconds).await;
        let mut browser = other.browser();
        let cookie = format!("grantor-session.default.main={}", browser.sign_in("alice").await);
        let silent = Authorize::of("first").set("prompt", "none").url();
        let mut found = Vec::new();
        for at in [&other, &app] {
            let answer = at.send("GET", &silent, &[("cookie", &cookie)], None).await;
            found.push(answer.location_query().iter().any(|(name, _)| name == "code"));
        }
        assert_eq!(found, [true, live], "{seconds}");
        // A request that waits for its page.
        let mut browser = other.browser();
        let asked = browser.get(&Authorize::of("a").url()).await;
        let path = asked.header("location").replace(other.issuer(), "");
        let cookie = format!(
            "grantor-browser.default.main={}",
            browser.cookie("grantor-browser.default.main")
        );
        let mut found = Vec::new();
        for at in [&other, &app] {
            let answer = at.send("GET", &path, &[("cookie", &cookie)], None).await;
            found.push(matches!(answer.status, 200 | 302 | 303));
        }
        assert_eq!(found, [true, live], "{seconds}: {path}");
    }
}

#[tokio::test]
async fn a_link_of_a_clock_that_is_ahead_is_good_at_home_alone() {
    covers!("O-353");
    let app = App::start().await;
    for (seconds, status) in [(10, 200), (11, 410), (FIVE_MINUTES, 410), (-FIVE_MINUTES, 200)] {
        let other = App::start_ahead(&app, seconds).await;
        let realm = RealmKey::new("default", "admin");
        let link = setup::make_link(&other.deps, &realm, "admin", &Requester::operator()).await;
        let link = link.unwrap().unwrap();
        assert!(link.starts_with(ADMIN));
        assert_eq!(other.get(&link).await.status, 200, "{seconds}");
        assert_eq!(app.get(&link).await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn tokens_of_a_clock_that_is_off_never_live_longer() {
    covers!("O-353");
    let app = App::start().await;
    for (seconds, active) in [(10, true), (11, false), (FIVE_MINUTES, false), (-FIVE_MINUTES, true)] {
        let other = App::start_ahead(&app, seconds).await;
        for client in ["m", "mref"] {
            let token = other.client(client).machine_token().await;
            other.client(client).introspect(&token).await.assert_active();
            let seen = app.client(client).introspect(&token).await;
            assert_eq!(seen.json()["active"] == true, active, "{client} {seconds}");
        }
    }
    // A predecessor is given its successor again for a minute, whichever way the clocks differ.
    for (seconds, status) in [(10, 200), (FIVE_MINUTES, 400)] {
        let other = App::start_ahead(&app, seconds).await;
        let first = other.tokens_for("keep", "alice", "read").await.member("refresh_token");
        let next = other.client("keep").refresh(&first).await;
        let next = next.assert_tokens().member("refresh_token");
        assert_eq!(app.client("keep").refresh(&first).await.status, status, "{seconds}");
        app.client("keep").refresh(&next).await.assert_tokens();
    }
}
