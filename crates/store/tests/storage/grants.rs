use crate::database::Database;
use crate::records::{allow, at, grant, insert_code, key, other_keys, redeem, revoke_grant, session};
use grantor_protocol::issuer::IssuerKind;
use grantor_store::revocations::Revoked;
use grantor_store::{Command, Outcome, RefreshUse};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

async fn granted(database: &Database, number: u8) {
    database.store.write(insert_code(number)).await.unwrap();
    assert_eq!(database.store.write(redeem(number, at(1))).await.unwrap(), Outcome::Won);
}

/// Using the newest token of `g1` after `seconds`, for an access token of a hundred seconds.
fn use_newest(generation: i64, rotate: bool, seconds: i64) -> Command {
    let used = RefreshUse {
        grant: "g1".into(),
        generation,
        rotate,
        newest: true,
        now: at(seconds),
        tokens_end_at: at(seconds + 100),
    };
    Command::UseRefresh(key(), Box::new(used))
}

pub(crate) async fn a_grant_is_found_as_it_was_stored_and_only_in_its_realm(database: &Database) {
    let store = &database.store;
    granted(database, 1).await;
    let found = store.find_family(&key(), "g1").await.unwrap().unwrap();
    let stored = grant(1, at(1));
    let mut authorization = stored.authorization;
    // A nonce belongs to one sign-in.
    authorization.nonce = None;
    assert_eq!(found.authorization, authorization);
    assert_eq!((found.client.as_str(), found.issuer), ("app-a", IssuerKind::Realm));
    assert_eq!(
        (found.revoked, found.consent_stands, found.generation),
        (false, true, 0)
    );
    assert_eq!((found.created_at, found.ends_at), (at(1), at(4601)));
    assert_eq!((found.rotated_at, found.last_used_at), (at(1), at(1)));
    for other in other_keys() {
        assert!(store.find_family(&other, "g1").await.unwrap().is_none());
    }
    assert!(store.find_family(&key(), "g2").await.unwrap().is_none());
    // A grant without refresh tokens has no family.
    store.write(insert_code(2)).await.unwrap();
    let mut without = redeem(2, at(1));
    if let Command::RedeemCode { grant, .. } = &mut without {
        grant.refresh = None;
    }
    assert_eq!(store.write(without).await.unwrap(), Outcome::Won);
    assert!(store.find_family(&key(), "g2").await.unwrap().is_none());
}

pub(crate) async fn a_grant_stands_on_the_consent_it_needs(database: &Database) {
    let store = &database.store;
    store.write(insert_code(1)).await.unwrap();
    let mut needing = redeem(1, at(1));
    if let Command::RedeemCode { grant, .. } = &mut needing {
        grant.consent_needed = true;
    }
    store.write(needing).await.unwrap();
    for (scope, expected) in [("openid", false), ("read", true)] {
        store.write(allow(key(), "u", "app-a", scope, at(1))).await.unwrap();
        let found = store.find_family(&key(), "g1").await.unwrap().unwrap();
        assert_eq!(found.consent_stands, expected, "{scope}");
    }
}

pub(crate) async fn a_generation_is_used_while_it_is_the_newest(database: &Database) {
    let store = &database.store;
    granted(database, 1).await;
    let [generation, rotated, used, end, row] = [
        "generation",
        "rotated_at",
        "last_used_at",
        "tokens_end_at",
        "expires_at",
    ]
    .map(|column| format!("SELECT {column} FROM authorization_grant"));
    let state = || [&generation, &rotated, &used, &end, &row].map(|sql| database.number(sql));
    let before = state();
    for wrong in [
        use_newest(1, true, 10),
        use_newest(-1, true, 10),
        use_newest(0, true, 4601),
    ] {
        assert_eq!(store.write(wrong).await.unwrap(), Outcome::Lost);
    }
    for other in other_keys() {
        let Command::UseRefresh(_, used) = use_newest(0, true, 10) else {
            unreachable!()
        };
        assert_eq!(
            store.write(Command::UseRefresh(other, used)).await.unwrap(),
            Outcome::Lost
        );
    }
    assert_eq!(state(), before);
    assert_eq!(store.write(use_newest(0, false, 10)).await.unwrap(), Outcome::Won);
    assert_eq!(state(), [0, 1000, 10_000, 3_601_000, 4_601_000]);
    assert_eq!(store.write(use_newest(0, true, 4600)).await.unwrap(), Outcome::Won);
    // What hangs on a grant keeps its row.
    assert_eq!(state(), [1, 4_600_000, 4_600_000, 4_700_000, 4_700_000]);
    assert_eq!(store.write(use_newest(0, true, 20)).await.unwrap(), Outcome::Lost);
    // A repeated predecessor neither rotates nor keeps the family from idling.
    let Command::UseRefresh(key, mut used) = use_newest(1, false, 4600) else {
        unreachable!()
    };
    used.newest = false;
    used.now = at(4600);
    used.tokens_end_at = at(5000);
    assert_eq!(store.write(Command::UseRefresh(key, used)).await.unwrap(), Outcome::Won);
    assert_eq!(state(), [1, 4_600_000, 4_600_000, 5_000_000, 5_000_000]);
    let ended = store
        .write(revoke_grant(crate::records::key(), "g1", at(4600)))
        .await
        .unwrap();
    let Outcome::Revoked(ended) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(ended[0].expires_at, at(5000));
    assert_eq!(store.write(use_newest(1, true, 4600)).await.unwrap(), Outcome::Lost);
}

pub(crate) async fn of_a_hundred_tasks_that_use_one_generation_one_wins(database: &Database) {
    granted(database, 1).await;
    for generation in 0..3 {
        let barrier = Arc::new(Barrier::new(100));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (store, barrier) = (database.store.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                store.write(use_newest(generation, true, 10)).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Won).count(), 1);
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Lost).count(), 99);
        assert_eq!(
            database.number("SELECT generation FROM authorization_grant"),
            generation + 1
        );
    }
}

pub(crate) async fn what_hangs_on_a_session_dies_with_it(database: &Database) {
    let store = &database.store;
    let start = |number: u8, sid: &str, replaces: Option<u8>| {
        let mut new = session(number, at(2));
        new.sid = sid.into();
        Command::StartSession {
            key: key(),
            session: Box::new(new),
            replaces: replaces.map(|n| [n; 32]),
            account: None,
        }
    };
    // Two grants of the session, one of them without the session's fate, and one of another session.
    for (number, sid, bound) in [(1, "sid", true), (2, "sid", false), (3, "other", true)] {
        store.write(insert_code(number)).await.unwrap();
        let mut command = redeem(number, at(1));
        if let Command::RedeemCode { grant, .. } = &mut command {
            grant.authorization.sid = sid.into();
            grant.refresh.as_mut().unwrap().session_bound = bound;
        }
        store.write(command).await.unwrap();
    }
    store.write(start(1, "sid", None)).await.unwrap();
    // The same person signs in again: the session goes on under the same sid.
    assert_eq!(store.write(start(2, "sid", Some(1))).await.unwrap(), Outcome::Done);
    let live = async |grant: &str| !store.find_family(&key(), grant).await.unwrap().unwrap().revoked;
    assert!(live("g1").await && live("g2").await && live("g3").await);
    // Somebody else signs in in the same browser.
    let ended = store.write(start(3, "new", Some(2))).await.unwrap();
    let Outcome::Revoked(ended) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].revoked, Revoked::Grant("g1".into()));
    assert!(!live("g1").await && live("g2").await && live("g3").await);
    let end = Command::EndSession {
        key: key(),
        id_mac: [3; 32],
        now: at(3),
    };
    assert_eq!(store.write(end.clone()).await.unwrap(), Outcome::Done);
    assert_eq!(store.write(end).await.unwrap(), Outcome::Done);
    assert!(live("g2").await && live("g3").await);
}
