//! Floods: what one address may do in a minute, and that no number of sign-ins takes the server from others.
use super::sign_in::{spent, told};
use crate::app::{Answer, App, Authorize, form_of};
use grantor_tests::covers;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

const REQUESTS: usize = 1000;
const AT_ONCE: usize = 100;
/// Failures one address may cause in a minute, by default.
const LIMIT: usize = 60;

/// Behind a proxy, which the test plays: it appends the address it saw to whatever the client put there.
async fn behind_a_proxy(queue: usize) -> Arc<App> {
    let app = App::start_with(|s| {
        s.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        s.limits.password_hash_queue = queue;
        s.limits.stored_requests_per_minute = 10_000;
    });
    Arc::new(app.await)
}

/// A token request of machine `m` from an address.
async fn token(app: &App, forwarded: &str, right: bool) -> Answer {
    let client = app.client("m");
    let client = if right { client } else { client.with_secret("wrong") };
    let basic = client.basic();
    let headers = [("authorization", basic.as_str()), ("x-forwarded-for", forwarded)];
    app.post("/token", &headers, &[("grant_type", "client_credentials")])
        .await
}

/// A sign-in from an address, by a browser of its own.
async fn sign_in(app: &App, forwarded: &str, username: &str, password: &str) -> Answer {
    let mut browser = app.browser();
    let form = form_of(&browser.open(&Authorize::of("a").url()).await)
        .set("username", username)
        .set("password", password);
    browser.submit_with(&form, &[("x-forwarded-for", forwarded)]).await
}

/// How many were judged; the others were told to wait, and how long.
fn judged(answers: &[Answer], judged: u16) -> usize {
    let refused = answers.iter().filter(|a| a.status != judged);
    for answer in refused {
        assert!(matches!(answer.status, 429 | 503), "{}", answer.status);
        let wait: u32 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    answers.iter().filter(|a| a.status == judged).count()
}

/// Sends a flood of requests, some at once, and whatever `beside` does meanwhile.
async fn flood<F>(
    app: &Arc<App>,
    request: impl Fn(Arc<App>, usize) -> F,
    beside: impl Future<Output = ()>,
) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut answers = Vec::new();
    let mut running = JoinSet::new();
    for number in 0..AT_ONCE {
        running.spawn(request(app.clone(), number));
    }
    beside.await;
    for number in AT_ONCE..REQUESTS {
        answers.push(running.join_next().await.unwrap().unwrap());
        running.spawn(request(app.clone(), number));
    }
    answers.extend(running.join_all().await);
    answers
}

#[tokio::test]
async fn an_address_that_floods_waits_and_others_are_served() {
    covers!("O-280");
    let app = behind_a_proxy(64).await;
    app.client("m").machine_token().await;
    let others = async || {
        for address in ["203.0.113.10", "2001:db8::1"] {
            token(&app, address, true).await.assert_tokens();
        }
    };
    let answers = flood(
        &app,
        |app, number| async move { token(&app, &format!("198.51.100.{number}, 203.0.113.9"), false).await },
        others(),
    )
    .await;
    // Those that were under way when the last failure was counted were judged as well.
    assert!((LIMIT..=LIMIT + AT_ONCE).contains(&judged(&answers, 401)));
    assert_eq!(token(&app, "203.0.113.9", true).await.status, 429);
    let answers = flood(
        &app,
        |app, number| async move {
            let forwarded = format!("198.51.100.{number}, 203.0.113.9");
            // Many names, so that no account waits.
            sign_in(&app, &forwarded, &format!("nobody-{number}"), "wrong").await
        },
        others(),
    )
    .await;
    assert!((LIMIT..=LIMIT + AT_ONCE).contains(&judged(&answers, 422)));
    let refused = sign_in(&app, "203.0.113.9", "alice", "alice-password").await;
    refused.assert_page(429);
    others().await;
    let elsewhere = sign_in(&app, "203.0.113.10", "alice", "alice-password").await;
    assert_eq!(elsewhere.status, 303);
    app.advance_seconds(60);
    let later = sign_in(&app, "203.0.113.9", "alice", "alice-password").await;
    assert_eq!(later.status, 303);
}

#[tokio::test]
async fn a_stranger_s_header_changes_nothing_at_the_sign_in() {
    covers!("O-280");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 3).await;
    for number in 0..3 {
        let forwarded = format!("198.51.100.{number}");
        let answer = sign_in(&app, &forwarded, &format!("nobody-{number}"), "wrong").await;
        assert_eq!(answer.status, 422);
    }
    for forwarded in ["198.51.100.9", "127.0.0.1", "::1", ""] {
        let answer = sign_in(&app, forwarded, "alice", "alice-password").await;
        assert_eq!(answer.status, 429, "{forwarded}");
    }
}

#[tokio::test]
async fn an_ipv6_network_of_64_bits_is_one_address() {
    covers!("O-280");
    let app = behind_a_proxy(64).await;
    for number in 0..LIMIT {
        let forwarded = format!("2001:db8:1:2:{number:x}::{number:x}");
        token(&app, &forwarded, false).await.assert_invalid_client();
    }
    for (forwarded, status) in [
        ("2001:db8:1:2::ffff", 429),
        ("2001:0DB8:1:2:ffff:ffff:ffff:ffff", 429),
        ("2001:db8:1:3::1", 200),
        ("2001:db8:0:2::1", 200),
        ("203.0.113.9", 200),
    ] {
        assert_eq!(token(&app, forwarded, true).await.status, status, "{forwarded}");
    }
    for number in 0..LIMIT {
        let name = format!("nobody-{number}");
        let answer = sign_in(&app, &format!("2001:db8:1:2::{number:x}"), &name, "wrong").await;
        assert_eq!(answer.status, 422);
    }
    let same = sign_in(&app, "2001:db8:1:2:a::", "alice", "alice-password").await;
    assert_eq!(same.status, 429);
    let next = sign_in(&app, "2001:db8:1:3::", "alice", "alice-password").await;
    assert_eq!(next.status, 303);
}

#[tokio::test]
async fn when_the_queue_is_full_sign_ins_come_back_later_and_machines_notice_nothing() {
    covers!("O-275", "O-281");
    const QUEUE: usize = 3;
    let app = App::start_with(|s| {
        s.limits.password_hashes_at_once = 1;
        s.limits.password_hash_queue = QUEUE;
    })
    .await;
    app.client("m").machine_token().await;
    let mut browser = app.browser();
    let form = form_of(&browser.open(&Authorize::of("a").url()).await);
    let places: Vec<_> = (0..QUEUE)
        .map(|_| app.deps.passwords.place().map_err(|_| "full").unwrap())
        .collect();
    let mut expected = None;
    for (username, password) in [
        ("alice", "alice-password"),
        ("alice", "wrong"),
        ("nobody", "wrong"),
        ("disabled", "disabled-password"),
    ] {
        let before = spent(&app);
        let form = form.clone().set("username", username).set("password", password);
        let answer = browser.submit_with(&form, &[]).await;
        assert_eq!(spent(&app), before, "{username}");
        assert_eq!(answer.assert_page(503).header("retry-after"), "5");
        let seen = told(&answer, username);
        assert_eq!(*expected.get_or_insert(seen.clone()), seen, "{username}");
    }
    for _ in 0..20 {
        let machine = app.client("m");
        timeout(Duration::from_secs(5), machine.machine_token()).await.unwrap();
    }
    drop(places);
    // Whoever found no place has used up no attempt.
    let counted = "SELECT COUNT(*) FROM sign_in_attempt";
    assert_eq!(app.sql(|c| c.query_row(counted, [], |row| row.get::<i64>(0))), 0);
    let right = form.set("username", "alice").set("password", "alice-password");
    assert_eq!(browser.submit_with(&right, &[]).await.status, 303);
}
