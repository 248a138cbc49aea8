//! A code that one server gave, at another one and at both at once.
use super::grants;
use crate::app::{Answer, App, Authorize};
use grantor_tests::covers;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Redemptions at each of the two servers.
const CALLERS: usize = 50;

async fn code_of(app: &App, client: &str) -> (String, String) {
    let request = Authorize::of(client);
    let code = app.browser().code_as(&request, "alice").await;
    (code, request.value("redirect_uri").to_owned())
}

#[tokio::test]
async fn a_code_of_one_server_is_redeemed_at_the_other_and_once() {
    covers!("O-352");
    let first = App::start().await;
    let second = App::start_beside(&first).await;
    // A self-contained token, a referential one, and one of a public application; each way.
    for (client, from, to) in [
        ("a", &first, &second),
        ("first", &second, &first),
        ("p", &first, &second),
    ] {
        let before = grants(&first);
        let (code, uri) = code_of(from, client).await;
        let token = to.client(client).redeem(&code, &uri).await;
        let token = token.assert_tokens().member("access_token");
        for app in [&first, &second] {
            assert_eq!(app.client(client).userinfo(&token).await.status, 200, "{client}");
        }
        assert_eq!(grants(&first), (before.0 + 1, before.1 + 1), "{client}");
        // The replay comes to the server that did not see the first use.
        let replay = from.client(client).redeem(&code, &uri).await;
        replay.assert_json_error(400, "invalid_grant");
        assert_eq!(grants(&first), (before.0 + 1, before.1), "{client}");
        to.catch_up().await;
        for app in [from, to] {
            let seen = app.client(client).userinfo(&token).await;
            seen.assert_bearer_error(401, "invalid_token");
        }
    }
}

/// Everybody at once, half of them at each server.
async fn redeem_at_both(servers: &[Arc<App>; 2], code: &str, uri: &str) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(2 * CALLERS));
    let mut tasks = JoinSet::new();
    for number in 0..2 * CALLERS {
        let (app, barrier) = (servers[number % 2].clone(), barrier.clone());
        let (code, uri) = (code.to_owned(), uri.to_owned());
        tasks.spawn(async move {
            barrier.wait().await;
            app.client("a").redeem(&code, &uri).await
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_at_two_servers_one_wins_and_no_grant_is_left_alive() {
    covers!("O-352", "O-080");
    let first = App::start_with(|settings| {
        settings.server.workers = 2;
        settings.database.readers = 2;
    });
    let first = first.await;
    let second = App::start_beside(&first).await;
    let servers = [Arc::new(first), Arc::new(second)];
    for round in 1..=3 {
        let (code, uri) = code_of(&servers[0], "a").await;
        let answers = redeem_at_both(&servers, &code, &uri).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 2 * CALLERS - 1), "round {round}");
        for answer in lost {
            answer.assert_json_error(400, "invalid_grant");
        }
        // The others were replays, so that the one grant is over.
        assert_eq!(grants(&servers[0]), (round, 0), "round {round}");
        let token = won[0].assert_tokens().member("access_token");
        for app in &servers {
            app.catch_up().await;
            app.client("a").introspect(&token).await.assert_inactive();
        }
    }
}
