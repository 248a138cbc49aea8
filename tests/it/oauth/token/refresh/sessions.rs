//! Refresh tokens and the browser session they came of: without `offline_access` they go with it (decision 16).
use super::newest;
use crate::app::{Answer, App, Authorize, Browser, form_of};
use grantor_tests::covers;

/// What a user did in a browser, and what came of it.
struct Given {
    id: &'static str,
    scope: &'static str,
    access: String,
    refresh: String,
}

const BOUND: [(&str, &str); 2] = [("keep", "openid read"), ("spa", "read")];
/// `offline_access`, and plain OAuth, which knows no sessions.
const FREE: [(&str, &str); 4] = [
    ("keep", "openid offline_access read"),
    ("spa", "offline_access read"),
    ("strict", "read"),
    ("still", "read"),
];

fn request(id: &str, scope: &str) -> Authorize {
    Authorize::of(id).set("scope", scope)
}

async fn redeem(app: &App, id: &str, code: &str) -> Answer {
    app.client(id).redeem(code, &format!("https://{id}.test/cb")).await
}

async fn given(app: &App, browser: &mut Browser<'_>, user: &str, all: &[(&'static str, &'static str)]) -> Vec<Given> {
    let mut given = Vec::new();
    for (id, scope) in all {
        let code = browser.code_as(&request(id, scope), user).await;
        let tokens = redeem(app, id, &code).await;
        given.push(Given {
            id,
            scope,
            access: tokens.assert_tokens().member("access_token"),
            refresh: tokens.member("refresh_token"),
        });
    }
    given
}

/// Whether everything of it lives, or nothing of it.
async fn check(app: &App, given: &mut [Given], lives: bool) {
    for one in given {
        let what = format!("{} {}", one.id, one.scope);
        let seen = app.resource_server("r1-api").introspect(&one.access).await;
        assert_eq!(seen.json()["active"], lives, "{what}");
        let answer = app.client(one.id).refresh(&one.refresh).await;
        assert_eq!(answer.status == 200, lives, "{what}: {}", answer.body);
        if lives {
            one.refresh = newest(&answer, &one.refresh);
            one.access = answer.member("access_token");
        } else {
            answer.assert_json_error(400, "invalid_grant");
        }
    }
}

async fn sign_out(browser: &mut Browser<'_>) {
    let question = form_of(&browser.open("/logout").await);
    browser.submit(&question).await;
    assert_eq!(browser.signed_in_as().await, None);
}

#[tokio::test]
async fn signing_out_ends_what_hangs_on_the_session_and_nothing_else() {
    covers!("A-18", "T-16");
    let app = App::start().await;
    let (mut browser, mut elsewhere) = (app.browser(), app.browser());
    let mut bound = given(&app, &mut browser, "alice", &BOUND).await;
    let mut free = given(&app, &mut browser, "alice", &FREE).await;
    let mut other = given(&app, &mut elsewhere, "alice", &BOUND).await;
    check(&app, &mut bound, true).await;
    check(&app, &mut free, true).await;
    sign_out(&mut browser).await;
    check(&app, &mut bound, false).await;
    check(&app, &mut free, true).await;
    check(&app, &mut other, true).await;
    // Whoever signs in again gets new ones; the old ones stay dead.
    let mut fresh = given(&app, &mut browser, "alice", &BOUND).await;
    check(&app, &mut fresh, true).await;
    check(&app, &mut bound, false).await;
    // It is not this process's memory alone that knows.
    let live = "SELECT COUNT(*) FROM authorization_grant WHERE revoked_at IS NULL AND session_bound";
    assert_eq!(app.sql(|db| db.query_row(live, [], |row| row.get::<i64>(0))), 4);
}

#[tokio::test]
async fn somebody_else_at_the_same_browser_ends_it_and_the_same_person_does_not() {
    covers!("A-18", "T-16");
    let app = App::start().await;
    let mut browser = app.browser();
    let mut bound = given(&app, &mut browser, "alice", &BOUND).await;
    let mut free = given(&app, &mut browser, "alice", &FREE).await;
    // Asked for again, by prompt or because it was long ago.
    for _ in 0..3 {
        browser.sign_in("alice").await;
        check(&app, &mut bound, true).await;
    }
    let mut later = given(&app, &mut browser, "alice", &BOUND).await;
    browser.sign_in("bob").await;
    check(&app, &mut bound, false).await;
    check(&app, &mut later, false).await;
    check(&app, &mut free, true).await;
    let mut of_bob = given(&app, &mut browser, "bob", &BOUND).await;
    browser.sign_in("bob").await;
    sign_out(&mut browser).await;
    check(&app, &mut of_bob, false).await;
}

#[tokio::test]
async fn a_code_of_a_session_that_was_ended_gives_no_token_that_hangs_on_it() {
    covers!("A-18", "O-135");
    let app = App::start().await;
    for (all, lives) in [(&BOUND[..], false), (&FREE[..], true), (&[("a", "openid read")], true)] {
        for (id, scope) in all {
            let mut browser = app.browser();
            let code = browser.code_as(&request(id, scope), "alice").await;
            sign_out(&mut browser).await;
            let answer = redeem(&app, id, &code).await;
            if lives {
                answer.assert_tokens();
            } else {
                answer.assert_json_error(400, "invalid_grant");
            }
            // The same person, who signed in anew: the code is of the session that goes on.
            let mut browser = app.browser();
            let code = browser.code_as(&request(id, scope), "alice").await;
            browser.sign_in("alice").await;
            redeem(&app, id, &code).await.assert_tokens();
        }
    }
}

#[tokio::test]
async fn a_session_that_runs_out_by_itself_was_ended_by_nobody() {
    covers!("T-16");
    let app = App::start_with(|s| s.sessions.idle_minutes = 1).await;
    let mut browser = app.browser();
    let mut bound = given(&app, &mut browser, "alice", &BOUND).await;
    app.advance_seconds(61);
    assert_eq!(browser.signed_in_as().await, None);
    check(&app, &mut bound, true).await;
    // Now it is: the browser is somebody else's.
    browser.sign_in("bob").await;
    check(&app, &mut bound, false).await;
}

#[tokio::test]
async fn without_offline_access_nothing_lasts_beyond_the_session() {
    covers!("O-135", "A-18");
    let app = App::start().await;
    let has_refresh = async |app: &App, id: &str, scope: &str| {
        let tokens = app.tokens_for(id, "alice", scope).await;
        (
            tokens.assert_tokens().json().get("refresh_token").is_some(),
            tokens.member("scope"),
        )
    };
    let text = str::to_owned;
    assert_eq!(
        has_refresh(&app, "keep", "openid read").await,
        (true, text("openid read"))
    );
    let offline = "openid offline_access";
    assert_eq!(has_refresh(&app, "keep", offline).await, (true, text(offline)));
    assert_eq!(has_refresh(&app, "a", offline).await, (false, text("openid")));
    // Asked for later, it is granted only by asking the user again: not at the token endpoint.
    let token = app
        .tokens_for("keep", "alice", "openid read")
        .await
        .member("refresh_token");
    let more = [("scope", "openid read offline_access")];
    let answer = super::refresh_with(&app.client("keep"), &token, &more).await;
    answer.assert_json_error(400, "invalid_scope");
    // Lasting or not is settled with the grant: a token that asks for less of it is no less lasting.
    let mut browser = app.browser();
    let mut free = given(&app, &mut browser, "alice", &[("keep", "openid offline_access read")]).await;
    let narrow = super::refresh_with(&app.client("keep"), &free[0].refresh, &[("scope", "openid")]).await;
    free[0].refresh = newest(&narrow, &free[0].refresh);
    free[0].access = narrow.member("access_token");
    sign_out(&mut browser).await;
    check(&app, &mut free, true).await;
}
