//! A hundred at once: one family, one tip.
mod ends;
mod processes;

use crate::app::{Answer, App};
use grantor_tests::covers;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CALLERS: usize = 100;

/// Three in every run; `GRANTOR_RACE_ROUNDS` asks for more.
fn rounds() -> usize {
    std::env::var("GRANTOR_RACE_ROUNDS").map_or(3, |text| text.parse().unwrap())
}

async fn four_workers() -> Arc<App> {
    let app = App::start_with(|settings| {
        settings.server.workers = 4;
        settings.database.readers = 4;
    });
    Arc::new(app.await)
}

/// A hundred uses of one token at the same moment; the answers with tokens, and the others.
async fn use_at_once(app: &Arc<App>, id: &'static str, token: &str) -> (Vec<Answer>, Vec<Answer>) {
    let barrier = Arc::new(Barrier::new(CALLERS));
    let mut tasks = JoinSet::new();
    for _ in 0..CALLERS {
        let (app, token, barrier) = (app.clone(), token.to_owned(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            app.client(id).refresh(&token).await
        });
    }
    tasks.join_all().await.into_iter().partition(|a| a.status == 200)
}

fn generation(app: &App) -> (i64, i64) {
    app.sql(|db| {
        db.query_row("SELECT COUNT(*), MAX(generation) FROM authorization_grant", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_is_good_once_is_used_once_however_many_try() {
    covers!("O-127");
    for _ in 0..rounds() {
        let app = four_workers().await;
        let refresh = app.tokens_for("strict", "alice", "read").await.member("refresh_token");
        let (won, lost) = use_at_once(&app, "strict", &refresh).await;
        assert_eq!((won.len(), lost.len()), (1, 99));
        for answer in &lost {
            answer.assert_json_error(400, "invalid_grant");
        }
        assert_eq!(generation(&app), (1, 1));
        // The others replayed it: what the one got is dead as well.
        let strict = app.client("strict");
        strict
            .introspect(&won[0].member("access_token"))
            .await
            .assert_inactive();
        let answer = strict.refresh(&won[0].member("refresh_token")).await;
        answer.assert_json_error(400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_races_for_a_successor_gets_the_same_one() {
    covers!("O-127", "O-128");
    for _ in 0..rounds() {
        let app = four_workers().await;
        let refresh = app.tokens_for("keep", "alice", "read").await.member("refresh_token");
        let (won, lost) = use_at_once(&app, "keep", &refresh).await;
        assert_eq!((won.len(), lost.len()), (100, 0));
        let successor = won[0].member("refresh_token");
        assert!(won.iter().all(|a| a.member("refresh_token") == successor));
        assert_eq!(generation(&app), (1, 1));
        let counters = &app.deps.counters;
        assert_eq!(counters.refreshed.get(), 1);
        assert_eq!(counters.refresh_repeated.get() + counters.refresh_raced.get(), 99);
        app.client("keep").refresh(&successor).await.assert_tokens();
        assert_eq!(generation(&app), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_stays_serves_everybody_who_has_it() {
    covers!("O-127");
    for _ in 0..rounds() {
        let app = four_workers().await;
        let refresh = app.tokens_for("still", "alice", "read").await.member("refresh_token");
        let (won, lost) = use_at_once(&app, "still", &refresh).await;
        assert_eq!((won.len(), lost.len()), (100, 0));
        assert_eq!(generation(&app), (1, 0));
        app.client("still").refresh(&refresh).await.assert_tokens();
    }
}
