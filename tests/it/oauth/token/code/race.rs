//! Many redemptions of one code at once.
//!
//! One caller gets tokens. Every other one that passes all checks is a replay, whether it came a microsecond or a minute
//! later, so the grant that won is revoked: who raced with a thief learns it, and the thief keeps nothing (decision 15).
use super::{code_of, grants, redeem};
use crate::app::{Answer, App};
use grantor_tests::covers;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CALLERS: usize = 100;

/// Redeems `code` once for every entry, all at the same moment; the entry is the client and the verifier, if another.
async fn at_once(app: &Arc<App>, code: &str, callers: Vec<(&'static str, Option<String>)>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(callers.len()));
    let mut tasks = JoinSet::new();
    for (client, verifier) in callers {
        let (app, code, barrier) = (app.clone(), code.to_owned(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            let client = app.client(client);
            match verifier {
                Some(verifier) => redeem(&client, &code, &[("code_verifier", Some(&verifier))]).await,
                None => redeem(&client, &code, &[]).await,
            }
        });
    }
    tasks.join_all().await
}

/// Exactly one answer with tokens; all others refuse the grant. Returns the token.
fn the_winner(answers: &[Answer]) -> String {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in lost {
        answer.assert_json_error(400, "invalid_grant");
    }
    assert_eq!(won.len(), 1);
    won[0].assert_tokens().member("access_token")
}

async fn four_workers() -> Arc<App> {
    let app = App::start_with(|settings| {
        settings.server.workers = 4;
        settings.database.readers = 4;
    });
    Arc::new(app.await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_at_once_one_wins_and_no_grant_is_left_alive() {
    covers!("O-080", "T-08");
    let app = four_workers().await;
    let alone = redeem(&app.client("a"), &code_of(&app, "a").await, &[]).await;
    let untouched = alone.assert_tokens().member("access_token");
    for round in 1..=3 {
        let code = code_of(&app, "a").await;
        let answers = at_once(&app, &code, vec![("a", None); CALLERS]).await;
        assert_eq!(answers.len(), CALLERS);
        let token = the_winner(&answers);
        assert_eq!(grants(&app), (1 + round, 1), "round {round}");
        app.client("a").introspect(&token).await.assert_inactive();
        app.client("a")
            .userinfo(&token)
            .await
            .assert_bearer_error(401, "invalid_token");
        // Whoever comes later finds nothing either.
        redeem(&app.client("a"), &code, &[])
            .await
            .assert_json_error(400, "invalid_grant");
        assert_eq!(grants(&app), (1 + round, 1), "round {round}");
    }
    app.client("a").introspect(&untouched).await.assert_active();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_fail_a_check_can_neither_win_nor_revoke() {
    covers!("O-080", "O-082");
    let app = four_workers().await;
    for _ in 0..3 {
        let before = grants(&app);
        let code = code_of(&app, "a").await;
        let mut callers = vec![("b", None); 50];
        callers.insert(25, ("a", None));
        // Fewer than end a code.
        callers.extend((0..5).map(|_| ("a", Some("0".repeat(43)))));
        let token = the_winner(&at_once(&app, &code, callers).await);
        app.client("a").introspect(&token).await.assert_active();
        assert_eq!(grants(&app), (before.0 + 1, before.1 + 1));
    }
}
