//! Refreshing against whatever ends the grant: whoever is served first, after both are answered nothing of it is alive.
//!
//! Three rounds of each; `GRANTOR_RACE_ROUNDS` asks for more.
use super::{four_workers, rounds, use_at_once};
use crate::app::{Answer, App, Authorize, Form, form_of};
use grantor_tests::covers;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

const MODES: [&str; 3] = ["until_receipt", "strict", "off"];
/// So many grants, each renewed so often if nothing ends it: a hundred refreshes.
const GRANTS: usize = 10;
const REFRESHES: usize = 10;

/// Who ends the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The application gives each refresh token back, the first one it got.
    Revocation,
    /// The user signs out of the session that all of them hang on.
    SignOut,
    /// An admin disables the user, and regrets it at once.
    Disabling,
}

/// A sign-out page that is open.
struct Leaving {
    cookies: BTreeMap<String, String>,
    form: Form,
}

/// Grants of one browser session, with their first refresh and access tokens.
struct Begun {
    first: Vec<String>,
    access: Vec<String>,
    leaving: Leaving,
}

/// Application `keep` with its tokens rotating as `mode` says.
async fn set_rotation(app: &App, mode: &str) {
    let edited = app.edit_refresh("app-keep", |refresh| {
        refresh.insert("rotation".into(), mode.into());
    });
    edited.await.unwrap();
}

async fn begin(app: &App) -> Begun {
    let request = Authorize::of("keep").set("scope", "openid read");
    let mut browser = app.browser();
    let (mut first, mut access) = (Vec::new(), Vec::new());
    for _ in 0..GRANTS {
        let code = browser.code_as(&request, "alice").await;
        let tokens = app.client("keep").redeem(&code, request.value("redirect_uri")).await;
        first.push(tokens.assert_tokens().member("refresh_token"));
        access.push(tokens.member("access_token"));
    }
    let form = form_of(&browser.open("/logout").await);
    let cookies = browser.cookies.clone();
    Begun {
        first,
        access,
        leaving: Leaving { cookies, form },
    }
}

/// Renews again and again, until it is refused or has had enough; says after each how often.
async fn renew(app: Arc<App>, first: String, done: watch::Sender<usize>) -> Vec<Answer> {
    let mut token = first;
    let mut answers = Vec::new();
    for _ in 0..REFRESHES {
        let answer = app.client("keep").refresh(&token).await;
        if answer.status != 200 {
            answer.assert_json_error(400, "invalid_grant");
            break;
        }
        if answer.json().get("refresh_token").is_some() {
            token = answer.member("refresh_token");
        }
        answers.push(answer);
        done.send_modify(|count| *count += 1);
    }
    answers
}

async fn sign_out(app: &App, leaving: Leaving) {
    let mut browser = app.browser();
    browser.cookies = leaving.cookies;
    let answer = browser.submit(&leaving.form).await;
    assert!(answer.assert_page(200).body.contains("You are signed out"));
}

async fn disable_and_enable(app: &App) {
    for enabled in [false, true] {
        let edited = app.edit(|document| {
            crate::app::entry(document, "users", "u-alice").insert("enabled".into(), enabled.into());
        });
        edited.await.unwrap();
    }
}

/// Ends the grants while they are renewed: grant by grant after it was renewed 0, 1, 2, … times, or all of them in the middle.
async fn race(app: &Arc<App>, begun: Begun, end: End) -> Vec<Answer> {
    let mut renewing = JoinSet::new();
    let mut ending = JoinSet::new();
    let mut counts = Vec::new();
    for (number, first) in begun.first.iter().enumerate() {
        let (done, mut count) = watch::channel(0);
        counts.push(count.clone());
        renewing.spawn(renew(app.clone(), first.clone(), done));
        if end == End::Revocation {
            let (app, token) = (app.clone(), first.clone());
            ending.spawn(async move {
                let _ = count.wait_for(|count| *count >= number).await;
                app.client("keep").revoke(&token).await.assert_revoked();
            });
        }
    }
    if end != End::Revocation {
        let (app, mut count) = (app.clone(), counts.swap_remove(GRANTS / 2));
        ending.spawn(async move {
            let _ = count.wait_for(|count| *count >= REFRESHES / 2).await;
            match end {
                End::SignOut => sign_out(&app, begun.leaving).await,
                _ => disable_and_enable(&app).await,
            }
        });
    }
    ending.join_all().await;
    renewing.join_all().await.into_iter().flatten().collect()
}

/// Nothing that was handed out is good for anything, now, when the last of it is about to expire, and for another server.
async fn assert_nothing_lives(app: &App, refresh: &[String], access: &[String]) {
    let (keep, server) = (app.client("keep"), app.resource_server("r1-api"));
    for token in access {
        server.introspect(token).await.assert_inactive();
    }
    for token in refresh {
        keep.refresh(token).await.assert_json_error(400, "invalid_grant");
    }
    app.advance_seconds(3599);
    grantor_flows::jobs::delete_expired(app.deps.clone()).await.unwrap();
    let other = App::start_beside(app).await;
    for token in access {
        server.introspect(token).await.assert_inactive();
        other
            .resource_server("r1-api")
            .introspect(token)
            .await
            .assert_inactive();
    }
    for token in refresh {
        other
            .client("keep")
            .refresh(token)
            .await
            .assert_json_error(400, "invalid_grant");
    }
    app.advance_seconds(1);
}

fn members(answers: &[Answer], name: &str) -> Vec<String> {
    let all = answers.iter().map(|a| a.member(name));
    all.filter(|text| !text.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_ends_a_grant_wins_against_a_hundred_refreshes() {
    covers!("O-179");
    for mode in MODES {
        let app = four_workers().await;
        set_rotation(&app, mode).await;
        let mut renewed = 0;
        for round in 0..rounds() * 3 {
            let end = [End::Revocation, End::SignOut, End::Disabling][round % 3];
            let begun = begin(&app).await;
            let (mut refresh, mut access) = (begun.first.clone(), begun.access.clone());
            let answers = race(&app, begun, end).await;
            renewed += answers.len();
            refresh.extend(members(&answers, "refresh_token"));
            access.extend(members(&answers, "access_token"));
            assert_nothing_lives(&app, &refresh, &access).await;
        }
        // Both sides had their turn: each grant was renewed before it ended, and none to the end.
        assert!(
            (rounds() * 3..rounds() * 3 * GRANTS * REFRESHES).contains(&renewed),
            "{mode}: {renewed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_a_hundred_use_is_dead_for_all_of_them_once_it_is_revoked() {
    covers!("O-127", "O-179");
    for mode in MODES {
        let app = four_workers().await;
        set_rotation(&app, mode).await;
        for _ in 0..rounds() {
            let tokens = app.tokens_for("keep", "alice", "openid read").await;
            let first = tokens.assert_tokens().member("refresh_token");
            let (revoking, token) = (app.clone(), first.clone());
            let revocation = tokio::spawn(async move {
                revoking.client("keep").revoke(&token).await.assert_revoked();
            });
            let (won, lost) = use_at_once(&app, "keep", &first).await;
            revocation.await.unwrap();
            for answer in &lost {
                answer.assert_json_error(400, "invalid_grant");
            }
            let refresh = [vec![first], members(&won, "refresh_token")].concat();
            let access = [members(&[tokens], "access_token"), members(&won, "access_token")].concat();
            assert_nothing_lives(&app, &refresh, &access).await;
        }
    }
}
