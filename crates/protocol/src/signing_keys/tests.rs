use super::*;
use KeyState::{Active, Next, Retired, Retiring, Revoked};

const DAY: i64 = 86_400;

fn at(seconds: i64) -> UnixMillis {
    UnixMillis::from_seconds(seconds)
}

/// A key that signs from `active_from` on and whose tokens end at `tokens_end_at`, in seconds.
fn key(kid: &str, active_from: i64, tokens_end_at: i64) -> KeyFacts {
    KeyFacts {
        kid: kid.into(),
        algorithm: SigningAlgorithm::ES256,
        predecessor: String::new(),
        created_at: at(active_from),
        active_from: at(active_from),
        tokens_end_at: at(tokens_end_at),
        retired_at: None,
        revoked: false,
    }
}

fn retired(key: KeyFacts, when: i64) -> KeyFacts {
    KeyFacts {
        retired_at: Some(at(when)),
        ..key
    }
}

fn following(key: KeyFacts, predecessor: &str) -> KeyFacts {
    KeyFacts {
        predecessor: predecessor.into(),
        ..key
    }
}

fn states(keys: &[KeyFacts], now: i64) -> Vec<KeyState> {
    keys.iter().map(|k| state(k, keys, at(now))).collect()
}

#[test]
fn a_state_follows_from_rows_and_time_alone() {
    let revoked = KeyFacts {
        revoked: true,
        ..retired(key("z", 0, 900), 50)
    };
    let keys = [
        key("a", 0, 700),
        key("b", 100, 200),
        key("c", 300, 300),
        retired(key("r", 10, 20), 30),
        revoked,
    ];
    for (now, expected) in [
        (0, [Active, Next, Next]),
        (99, [Active, Next, Next]),
        (100, [Retiring, Active, Next]),
        (299, [Retiring, Active, Next]),
        (300, [Retiring, Retiring, Active]),
        (100_000, [Retiring, Retiring, Active]),
        // The clock was set back: what verifiers know signs.
        (-50, [Active, Next, Next]),
    ] {
        let expected = [&expected[..], &[Retired, Revoked]].concat();
        assert_eq!(states(&keys, now), expected, "at {now}");
        let signer = signs(&keys, at(now)).unwrap();
        assert_eq!(state(signer, &keys, at(now)), Active, "at {now}");
    }
}

#[test]
fn exactly_one_live_key_signs_whatever_the_rows() {
    assert_eq!(signs::<KeyFacts>(&[], at(0)), None);
    assert_eq!(signs(&[retired(key("a", 0, 0), 1)], at(5)), None);
    // Made in the same instant: everybody chooses the same.
    let twins = [key("a", 0, 0), key("b", 0, 0)];
    let other_way = [key("b", 0, 0), key("a", 0, 0)];
    assert_eq!(signs(&twins, at(0)).unwrap().kid, "b");
    assert_eq!(signs(&other_way, at(0)).unwrap().kid, "b");
    // The one that signed was taken back and nothing replaced it: its predecessor signs again.
    let taken_back = [key("a", 0, 0), retired(key("b", 10, 10), 20)];
    assert_eq!(signs(&taken_back, at(30)).unwrap().kid, "a");
}

#[test]
fn only_superseded_keys_without_living_tokens_are_over() {
    let kids = |keys: &[KeyFacts], now: i64| -> Vec<String> {
        over(keys, at(now)).into_iter().map(|k| k.kid.clone()).collect()
    };
    let keys = [key("a", 0, 700), key("b", 100, 200), key("c", 300, 300)];
    for (now, expected) in [
        (250, vec![]),
        (300, vec![]),
        // Another process may have a slower clock.
        (359, vec![]),
        (360, vec!["b"]),
        (699, vec!["b"]),
        (700, vec!["a", "b"]),
        (9_000_000, vec!["a", "b"]),
        (-1, vec![]),
    ] {
        assert_eq!(kids(&keys, now), expected, "at {now}");
    }
    // However fast keys follow each other, each goes in its turn.
    let quick: Vec<_> = (0..20).map(|n| key(&format!("{n:02}"), n * 30, n * 30 + 100)).collect();
    assert_eq!(kids(&quick, 200), ["00", "01", "02", "03"]);
    assert_eq!(kids(&quick[..5], 200), ["00", "01", "02", "03"]);
    assert_eq!(kids(&quick, 1_000_000).len(), 19);
    // The one that signs stays, however old its last token; what is retired is not retired again.
    assert!(kids(&[key("a", 0, 10)], 1_000).is_empty());
    assert!(kids(&[retired(key("a", 0, 10), 20), key("b", 15, 20)], 1_000).is_empty());
    // The time of the next one has no say.
    assert!(kids(&[key("a", 0, 10), key("b", 2_000, 2_000)], 1_000).is_empty());
}

#[test]
fn the_next_key_is_due_when_the_last_one_ends_within_the_time_of_publication() {
    let schedule = |publish_seconds, rotate_days| Schedule {
        publish_seconds,
        rotate_days,
    };
    let hour = schedule(3600, 90);
    let end = 90 * DAY;
    let one = [key("a", 0, 0)];
    for (keys, schedule, now, expected) in [
        (&one[..], hour, 0, None),
        (&one, hour, end - 3606, None),
        (&one, hour, end - 3605, Some(end)),
        // The server was off: never without its time of publication.
        (&one, hour, end + 1000, Some(end + 1000 + 3605)),
        (&one, schedule(3600, 0), end * 100, None),
        (&[], hour, end, None),
        (&[retired(key("a", 0, 0), 5)], hour, end, None),
        // One waits already.
        (&[key("a", 0, 0), key("b", end, end)], hour, end - 10, None),
        (&[key("a", 0, 0), key("b", end, end)], hour, end + 10, None),
        // One that waited was taken back.
        (
            &[key("a", 0, 0), retired(key("b", end, end), 7)],
            hour,
            end - 10,
            Some(end - 10 + 3605),
        ),
    ] {
        assert_eq!(due(keys, &schedule, at(now)), expected.map(at), "{keys:?} at {now}");
    }
}

#[test]
fn a_new_key_follows_the_one_nobody_follows() {
    assert_eq!(last::<KeyFacts>(&[]), "");
    let chain = [
        key("a", 0, 0),
        following(key("b", 500, 0), "a"),
        following(key("c", 100, 0), "b"),
    ];
    assert_eq!(last(&chain), "c");
    assert_eq!(last(&chain[..2]), "b");
    // What became of it does not matter: its place in the chain is taken.
    let ended = [key("a", 0, 0), retired(following(key("b", 500, 0), "a"), 6)];
    assert_eq!(last(&ended), "b");
    // Rows are missing: the last of the ends.
    assert_eq!(last(&[key("a", 0, 0), following(key("c", 9, 0), "lost")]), "c");
}

#[test]
fn a_key_answers_for_an_eighth_longer_than_its_token_lives() {
    for (exp, now, expected) in [
        (3600, 0, 4_050_000),
        (60, 0, 67_500),
        (1, 0, 1_125),
        // Not in the past, never less than the token.
        (10, 20, 10_000),
    ] {
        assert_eq!(tokens_end_at(exp, at(now)), UnixMillis(expected), "{exp}");
    }
    assert_eq!(tokens_end_at(i64::MAX, at(0)), UnixMillis(i64::MAX));
}
