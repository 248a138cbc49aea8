//! Guessing: what an answer gives away, how often an address may try, and which address that is.
use super::{M, WRONG, basic, check, everywhere, patient};
use crate::app::{Answer, App};
use grantor_tests::covers;

/// Failures one address may cause in a minute, by default.
const LIMIT: usize = 60;
const REQUEST: (&str, &str) = ("grant_type", "client_credentials");

/// A server behind a proxy on the loopback address.
async fn behind_a_proxy() -> App {
    App::start_with(|s| s.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await
}

/// One token request of `m` that says where it comes from.
async fn from(app: &App, forwarded: &str, user_and_password: &str) -> Answer {
    let header = basic(user_and_password);
    let headers = [("authorization", header.as_str()), ("x-forwarded-for", forwarded)];
    app.post("/token", &headers, &[REQUEST]).await
}

fn wrong() -> String {
    format!("m:{WRONG}")
}

#[tokio::test]
async fn an_unknown_client_cannot_be_told_from_a_wrong_secret() {
    covers!("O-113", "T-01");
    let app = patient().await;
    let refused = everywhere(&app, &[&basic(&wrong())], &[]).await;
    for id in ["nobody", "off", "mref", "r1-apix", "app-m", "M", "m ", "p"] {
        let same = everywhere(&app, &[&basic(&format!("{id}:{WRONG}"))], &[]).await;
        for (one, other) in refused.iter().zip(&same) {
            one.assert_invalid_client();
            assert_eq!((one.status, &one.body), (other.status, &other.body), "{id}");
            let headers = |a: &Answer| {
                let mut all = a.headers.clone();
                all.remove("date");
                all.remove("x-request-id");
                all
            };
            assert_eq!(headers(one), headers(other), "{id}");
        }
    }
}

#[tokio::test]
async fn an_unknown_name_costs_the_database_no_more_than_a_known_one() {
    covers!("O-113");
    let app = patient().await;
    // The names are listed beside the first requests, so the first few may still ask the database.
    let unknown = basic(&format!("nobody:{WRONG}"));
    for _ in 0..500 {
        let before = app.deps.store.statements();
        everywhere(&app, &[&unknown], &[]).await;
        if app.deps.store.statements() == before {
            break;
        }
    }
    // Known names are in memory now; then the tables are taken away.
    check(&app, &[&basic(M)], &[], 200).await;
    app.resource_server("r1-api").introspect("x").await.assert_inactive();
    app.sql(|c| {
        c.execute_batch(
            "ALTER TABLE client RENAME TO client_away;
             ALTER TABLE resource_server_credential RENAME TO credential_away;",
        )
    });
    check(&app, &[&basic(&wrong())], &[], 401).await;
    // While the feed stands still longer than a second the database is asked, so one late answer proves nothing.
    for _ in 0..500 {
        let answers = everywhere(&app, &[&unknown], &[]).await;
        if answers.iter().all(|a| a.status == 401) {
            return;
        }
    }
    panic!("an unknown client makes the server ask the database");
}

#[tokio::test]
async fn an_address_that_guesses_waits_and_the_client_is_served_elsewhere() {
    covers!("O-114");
    let app = behind_a_proxy().await;
    let guesser = "203.0.113.9";
    for attempt in 0..100 {
        let answer = from(&app, guesser, &wrong()).await;
        let expected = if attempt < LIMIT { 401 } else { 429 };
        assert_eq!(answer.status, expected, "attempt {attempt}");
    }
    let refused = from(&app, guesser, M).await;
    refused.assert_json_error(429, "temporarily_unavailable");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // Changing the endpoint or the name does not help it.
    let header = app.resource_server("r1-api").basic();
    let headers = [("authorization", header.as_str()), ("x-forwarded-for", guesser)];
    assert_eq!(app.post("/introspect", &headers, &[("token", "x")]).await.status, 429);
    // The client itself is not locked out, and the address not for ever.
    from(&app, "203.0.113.10", M).await.assert_tokens();
    from(&app, "2001:db8::1", M).await.assert_tokens();
    app.client("m").machine_token().await;
    app.advance_seconds(wait);
    from(&app, guesser, M).await.assert_tokens();
}

#[tokio::test]
async fn a_header_of_a_stranger_does_not_change_its_address() {
    covers!("O-222", "O-223");
    let app = App::start().await;
    let zone = "fe80::1%eth0, 127.0.0.1";
    let many = "198.51.100.7, ".repeat(5000) + "198.51.100.8";
    for attempt in 0..LIMIT {
        let other = format!("198.51.100.{attempt}");
        let claim = match attempt % 5 {
            0 => "127.0.0.1",
            1 => "localhost",
            2 => zone,
            3 => many.as_str(),
            _ => other.as_str(),
        };
        from(&app, claim, &wrong()).await.assert_invalid_client();
    }
    for claim in ["203.0.113.10", "127.0.0.1", "a", zone, &many] {
        assert_eq!(from(&app, claim, M).await.status, 429, "{claim:.20}");
    }
    let header = basic(M);
    let forwarded = [("authorization", header.as_str()), ("forwarded", "for=203.0.113.77")];
    assert_eq!(app.post("/token", &forwarded, &[REQUEST]).await.status, 429);
}

#[tokio::test]
async fn behind_a_proxy_the_right_most_untrusted_address_counts() {
    covers!("O-223", "O-224");
    let app = behind_a_proxy().await;
    for attempt in 0..LIMIT {
        // The client put something in front; the proxy appended what it saw.
        let forwarded = format!("10.0.0.{attempt}, 203.0.113.9");
        from(&app, &forwarded, &wrong()).await.assert_invalid_client();
    }
    for forwarded in [
        "203.0.113.9",
        "203.0.113.10, 203.0.113.9",
        "203.0.113.10, 203.0.113.9, 127.0.0.1",
        "localhost, 203.0.113.9",
        "::ffff:203.0.113.9",
        &("198.51.100.7, ".repeat(5000) + "203.0.113.9"),
    ] {
        assert_eq!(from(&app, forwarded, M).await.status, 429, "{forwarded:.40}");
    }
    from(&app, "203.0.113.9, 203.0.113.10", M).await.assert_tokens();
    from(&app, "10.0.0.1", M).await.assert_tokens();
    // What is no address is not looked up and not believed: the proxy itself is counted.
    for attempt in 0..LIMIT {
        let claim = ["a", "proxy.example", "fe80::1%eth0", "203.0.113.5:443", "unknown", ""][attempt % 6];
        from(&app, claim, &wrong()).await.assert_invalid_client();
    }
    assert_eq!(from(&app, "b", M).await.status, 429);
    assert_eq!(app.client("m").token(&[REQUEST]).await.status, 429);
}
