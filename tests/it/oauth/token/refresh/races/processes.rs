//! Two servers on one database: a refresh token is used at both at once.
use super::super::newest;
use crate::app::{Answer, App};
use grantor_tests::covers;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Uses at each of the two servers.
const CALLERS: usize = 50;

async fn two_servers() -> [Arc<App>; 2] {
    let first = App::start_with(|settings| {
        settings.server.workers = 2;
        settings.database.readers = 2;
    });
    let first = first.await;
    let second = App::start_beside(&first).await;
    [Arc::new(first), Arc::new(second)]
}

/// Everybody at once, half of them at each server; the answers with tokens, and the others.
async fn use_at_both(servers: &[Arc<App>; 2], id: &'static str, token: &str) -> (Vec<Answer>, Vec<Answer>) {
    let barrier = Arc::new(Barrier::new(2 * CALLERS));
    let mut tasks = JoinSet::new();
    for number in 0..2 * CALLERS {
        let (app, token, barrier) = (servers[number % 2].clone(), token.to_owned(), barrier.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            app.client(id).refresh(&token).await
        });
    }
    tasks.join_all().await.into_iter().partition(|a| a.status == 200)
}

fn families(app: &App) -> (i64, i64, i64) {
    let sql = "SELECT COUNT(*), MAX(generation), COUNT(revoked_at) FROM authorization_grant";
    app.sql(|db| db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_family_has_one_tip_however_many_servers_renew_it() {
    covers!("O-127", "O-128");
    for _ in 0..3 {
        for (id, winners, expected) in [
            ("keep", 100, (1, 1, 0)),
            ("strict", 1, (1, 1, 1)),
            ("still", 100, (1, 0, 0)),
        ] {
            let servers = two_servers().await;
            let [first, second] = &servers;
            let tokens = first.tokens_for(id, "alice", "read").await;
            let refresh = tokens.assert_tokens().member("refresh_token");
            let (won, lost) = use_at_both(&servers, id, &refresh).await;
            assert_eq!((won.len(), lost.len()), (winners, 100 - winners), "{id}");
            for answer in &lost {
                answer.assert_json_error(400, "invalid_grant");
            }
            assert!(
                won.iter()
                    .all(|a| a.member("refresh_token") == won[0].member("refresh_token"))
            );
            assert_eq!(families(first), expected, "{id}");
            // What the two hold in memory agrees once each has read the feed.
            for app in [first, second] {
                app.catch_up().await;
                let seen = app
                    .resource_server("r1-api")
                    .introspect(&won[0].member("access_token"))
                    .await;
                assert_eq!(seen.json()["active"] == true, id != "strict", "{id}");
            }
            let tip = newest(&won[0], &refresh);
            for app in [second, first] {
                let answer = app.client(id).refresh(&tip).await;
                assert_eq!(answer.status == 200, id != "strict", "{id}");
            }
        }
    }
}

#[tokio::test]
async fn what_one_server_ends_no_other_renews() {
    covers!("O-179");
    for id in ["keep", "strict", "still"] {
        let servers = two_servers().await;
        let [first, second] = &servers;
        let tokens = first.tokens_for(id, "alice", "read").await;
        let refresh = tokens.assert_tokens().member("refresh_token");
        let renewed = second.client(id).refresh(&refresh).await;
        let tip = newest(&renewed, &refresh);
        first.client(id).revoke(&refresh).await.assert_revoked();
        // The other has not read the feed; a refresh token is judged by the row all the same.
        for token in [&tip, &refresh] {
            let answer = second.client(id).refresh(token).await;
            answer.assert_json_error(400, "invalid_grant");
        }
        second.catch_up().await;
        for answer in [&tokens, &renewed] {
            let seen = second
                .resource_server("r1-api")
                .introspect(&answer.member("access_token"))
                .await;
            seen.assert_inactive();
        }
    }
}
