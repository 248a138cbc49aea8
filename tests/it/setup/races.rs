//! Several people with one link: one of them sets the password.
use super::{filled, lets_in, link};
use crate::app::App;
use grantor_tests::covers;
use std::sync::Arc;
use tokio::sync::Barrier;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_posts_at_once_exactly_one_sets_the_password() {
    covers!("O-258", "O-274");
    for _ in 0..3 {
        let first = App::start_with(|s| {
            s.server.workers = 2;
            s.limits.password_hash_queue = 100;
        })
        .await;
        let second = Arc::new(App::start_beside(&first).await);
        let (path, first) = (link(&first).await, Arc::new(first));
        let barrier = Arc::new(Barrier::new(10));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..10 {
            let (app, barrier, path) = ([&first, &second][number % 2].clone(), barrier.clone(), path.clone());
            tasks.spawn(async move {
                let password = format!("the password of {number}");
                let mut browser = app.browser();
                let form = filled(&mut browser, &path)
                    .await
                    .set("new-password", &password)
                    .set("repeated-password", &password);
                barrier.wait().await;
                (browser.submit_with(&form, &[]).await.status, password)
            });
        }
        let answers = tasks.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 303);
        assert_eq!(won.len(), 1, "{won:?} {lost:?}");
        assert!(lost.iter().all(|(status, _)| *status == 409), "{lost:?}");
        assert!(lets_in(&first, &won[0].1).await);
        assert!(!lets_in(&second, &lost[0].1).await);
        let sql = "SELECT COUNT(*) FROM browser_session WHERE user = 'admin' AND ended_at IS NULL AND realm = 'admin'";
        let live: i64 = first.sql(|c| c.query_row(sql, [], |row| row.get(0)));
        assert_eq!(live, 2, "the winner's, and the one that was just begun");
    }
}
