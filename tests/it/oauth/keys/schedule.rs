//! Who makes keys, and when: the schedule, operators, first requests, and several of them at once.
use super::{NOBODY, WAITS, jwks, kid, kids, look_after, main_realm, rotate, start, states, token, words};
use crate::app::App;
use grantor_flows::keys;
use grantor_flows::signing_keys::{rotate as rotate_in, tend};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::SigningAlgorithm::{self, ES256, RS256};
use grantor_server::config::Settings;
use grantor_tests::covers;
use std::collections::BTreeSet;
use std::sync::Arc;

const DAY: i64 = 86_400;

#[tokio::test]
async fn the_schedule_makes_each_next_key_once_and_in_time() {
    let app = App::start().await;
    let first = kid(&token(&app).await);
    let life = 90 * DAY;
    look_after(&app).await;
    assert_eq!(words(&app).await, ["active"]);
    app.advance_seconds(life - 3605 - 1);
    look_after(&app).await;
    assert_eq!(words(&app).await, ["active"], "not yet");
    app.advance_seconds(1);
    // Several processes look at the same minute.
    let others = [
        Arc::new(app.second_process().await),
        Arc::new(app.second_process().await),
    ];
    let (a, b, c) = tokio::join!(tend(app.deps.clone()), tend(others[0].clone()), tend(others[1].clone()));
    for result in [a, b, c] {
        result.unwrap();
    }
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    for algorithm in SigningAlgorithm::ALL {
        let states: Vec<_> = states(&app, *algorithm).await.into_iter().map(|(_, s)| s).collect();
        assert_eq!(states, ["active", "next"], "{algorithm}");
    }
    assert_eq!(kid(&token(&app).await), first);
    app.advance_seconds(3605);
    let second = kid(&token(&app).await);
    assert_ne!(second, first);
    assert_eq!(kids(&jwks(&app).await, ES256), [first, second.clone()]);
    // The year goes on; keys come and go.
    for _ in 0..8 {
        app.advance_seconds(life / 2);
        look_after(&app).await;
        token(&app).await;
    }
    let words = words(&app).await;
    assert!(
        words.len() > 4 && words[..3] == ["retired", "retired", "retired"],
        "{words:?}"
    );
    assert!(kids(&jwks(&app).await, ES256).len() <= 3, "{words:?}");
}

#[tokio::test]
async fn an_emergency_key_signs_at_once() {
    let app = start().await;
    let before = token(&app).await;
    let new = rotate(&app, ES256, true).await;
    let after = token(&app).await;
    assert_eq!(kid(&after), new);
    assert_ne!(kid(&before), new);
    for token in [before, after] {
        app.client("m").introspect(&token).await.assert_active();
    }
}

#[tokio::test]
async fn many_who_rotate_at_once_each_get_a_key_and_its_place() {
    covers!("O-191");
    let app = start().await;
    token(&app).await;
    let processes = [
        app.second_process().await,
        app.second_process().await,
        app.second_process().await,
    ];
    let realm = main_realm();
    let one = |deps| rotate_in(deps, &realm, &[ES256], false, &NOBODY);
    let (a, b, c) = tokio::join!(one(&processes[0]), one(&processes[1]), one(&processes[2]));
    let made: BTreeSet<String> = [a, b, c].into_iter().map(|r| r.unwrap().remove(0).kid).collect();
    assert_eq!(made.len(), 3);
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    assert_eq!(words(&app).await, ["active", "next", "next", "next"]);
    let followed = "SELECT COUNT(DISTINCT predecessor) FROM signing_key WHERE tenant = 'default' AND realm = 'main' AND algorithm = 'ES256'";
    assert_eq!(app.sql(|on| on.query_row(followed, [], |row| row.get::<i64>(0))), 4);
    app.advance_seconds(WAITS);
    assert!(made.contains(&kid(&token(&app).await)));
    assert_eq!(words(&app).await.iter().filter(|w| **w == "active").count(), 1);
}

#[tokio::test]
async fn first_needs_in_several_processes_make_one_key() {
    let app = start().await;
    app.sql(|on| on.execute("DELETE FROM signing_key", []));
    let processes = [
        app.second_process().await,
        app.second_process().await,
        app.second_process().await,
    ];
    let realm = main_realm();
    let now = processes[0].clock.now();
    let need = async |deps| {
        let key = keys::signing(deps, &realm, ES256, now.seconds() + 60, now)
            .await
            .unwrap();
        key.kid().to_owned()
    };
    let (a, b, c) = tokio::join!(need(&processes[0]), need(&processes[1]), need(&processes[2]));
    assert!(a == b && b == c, "{a} {b} {c}");
    assert_eq!(states(&app, ES256).await, [(a, "active")]);
    assert!(states(&app, RS256).await.is_empty(), "nobody needed one");
    let none = RealmKey::new("default", "none");
    let unknown = rotate_in(&processes[0], &none, &[ES256], false, &NOBODY)
        .await
        .unwrap_err();
    assert!(format!("{unknown:?}").contains("no realm default/none"));
}

#[tokio::test]
async fn a_first_key_that_another_process_made_is_found_before_the_feed_tells_of_it() {
    covers!("O-191");
    let slow = |s: &mut Settings| s.feed.poll_milliseconds = 3_600_000;
    // One that signs and one that publishes, both with the realm's other keys in memory.
    let signing = App::start_with(slow).await;
    let none = "DELETE FROM signing_key WHERE tenant = 'default' AND realm = 'main' AND algorithm = 'ES256'";
    assert_eq!(signing.sql(|on| on.execute(none, [])), 1);
    let publishing = App::start_beside(&signing).await;
    for app in [&signing, &publishing] {
        app.client("alone").machine_token().await;
        app.catch_up().await;
        let known = keys::of_realm(&app.deps, &main_realm()).await.unwrap();
        assert!(kids(str::from_utf8(&known.jwks().body).unwrap(), ES256).is_empty());
    }
    let elsewhere = signing.second_process().await;
    let now = elsewhere.clock.now();
    let made = keys::signing(&elsewhere, &main_realm(), ES256, now.seconds() + 60, now).await;
    let made = made.unwrap().kid().to_owned();
    assert_eq!(kid(&token(&signing).await), made);
    assert_eq!(kids(&jwks(&publishing).await, ES256), [made]);
}
