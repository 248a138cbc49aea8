use crate::database::Database;
use crate::records::{allow, at, code, event, insert_code, key, other_keys, redeem};
use grantor_protocol::events::EventKind;
use grantor_protocol::scope::ScopeSet;
use grantor_store::changes::FeedPosition;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, Outcome, StoreError};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const LIVE_GRANTS: &str = "SELECT COUNT(*) FROM authorization_grant WHERE revoked_at IS NULL";
const GRANTS: &str = "SELECT COUNT(*) FROM authorization_grant";
const REVOCATIONS: &str = "SELECT COUNT(*) FROM revocation";

async fn redeemed(database: &Database, number: u8) -> bool {
    let found = database.store.find_code(&key(), &[number; 32]).await.unwrap();
    found.unwrap().redeemed
}

pub(crate) async fn a_code_is_found_as_it_was_stored_and_only_in_its_realm(database: &Database) {
    let store = &database.store;
    let mut bare = code(2);
    bare.code_challenge = None;
    bare.authorization.nonce = None;
    bare.authorization.amr = vec![];
    for stored in [code(1), bare] {
        let command = Command::InsertCode(key(), Box::new(stored.clone()));
        assert_eq!(store.write(command.clone()).await.unwrap(), Outcome::Done);
        let found = store.find_code(&key(), &stored.code_mac).await.unwrap().unwrap();
        assert_eq!(found.authorization, stored.authorization);
        assert_eq!((found.client, found.issuer), (stored.client, stored.issuer));
        assert_eq!(found.redirect_uri, stored.redirect_uri);
        assert_eq!(found.code_challenge, stored.code_challenge);
        assert_eq!(
            (found.issued_at, found.expires_at),
            (stored.issued_at, stored.expires_at)
        );
        assert_eq!((found.redeemed, found.failed_attempts), (false, 0));
        for other in other_keys() {
            assert!(store.find_code(&other, &stored.code_mac).await.unwrap().is_none());
        }
        let again = store.write(command).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    }
    assert!(store.find_code(&key(), &[9; 32]).await.unwrap().is_none());
}

pub(crate) async fn a_code_that_is_not_live_here_makes_and_ends_nothing(database: &Database) {
    let store = &database.store;
    store.write(insert_code(1)).await.unwrap();
    // A code that is over, one that never was, and one of another realm: nothing is made and nothing is ended.
    assert_eq!(store.write(redeem(1, at(60))).await.unwrap(), Outcome::Lost);
    assert_eq!(store.write(redeem(9, at(1))).await.unwrap(), Outcome::Lost);
    for other in other_keys() {
        let mut foreign = redeem(1, at(1));
        if let Command::RedeemCode { key, .. } = &mut foreign {
            *key = other;
        }
        assert_eq!(store.write(foreign).await.unwrap(), Outcome::Lost);
    }
    assert!(!redeemed(database, 1).await);
    assert_eq!((database.number(GRANTS), database.number(REVOCATIONS)), (0, 0));
}

pub(crate) async fn a_code_is_redeemed_once_and_a_replay_revokes(database: &Database) {
    let store = &database.store;
    for number in 1..=2 {
        store.write(insert_code(number)).await.unwrap();
    }
    assert_eq!(store.write(redeem(1, at(59))).await.unwrap(), Outcome::Won);
    assert_eq!(store.write(redeem(2, at(1))).await.unwrap(), Outcome::Won);
    assert!(redeemed(database, 1).await);
    assert_eq!((database.number(LIVE_GRANTS), database.number(REVOCATIONS)), (2, 0));
    // The replay ends its own grant and no other, even after the code is over.
    for now in [59, 59, 61] {
        let ended = NewRevocation {
            revoked: Revoked::Grant("g1".into()),
            at: at(now),
            // As long as its one access token lives.
            expires_at: at(59 + 3600),
        };
        assert_eq!(
            store.write(redeem(1, at(now))).await.unwrap(),
            Outcome::Revoked(vec![ended.clone()])
        );
        assert_eq!((database.number(LIVE_GRANTS), database.number(GRANTS)), (1, 2));
        assert_eq!(
            store.find_revocation_now(&key(), "grant:g1").await.unwrap(),
            Some(ended)
        );
    }
    let events = store.list_events(&key(), 10).await.unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0], event(EventKind::CodeReplayed, at(61)));
    assert!(store.find_revocation_now(&key(), "grant:g2").await.unwrap().is_none());
    let changes = store.read_feed(&mut FeedPosition::default()).await.unwrap().changes;
    assert!(
        changes
            .iter()
            .all(|c| c.kind == "revocation" && c.subject == "grant:g1")
    );
    assert!(!changes.is_empty());
}

pub(crate) async fn of_a_hundred_tasks_that_redeem_one_code_one_wins(database: &Database) {
    for round in 1..=3 {
        database.store.write(insert_code(round)).await.unwrap();
        let barrier = Arc::new(Barrier::new(100));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (store, barrier) = (database.store.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                store.write(redeem(round, at(1))).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        let won = outcomes.iter().filter(|o| **o == Outcome::Won).count();
        let revoked = outcomes.iter().filter(|o| matches!(o, Outcome::Revoked(_))).count();
        assert_eq!((won, revoked), (1, 99));
        assert_eq!(
            (database.number(GRANTS), database.number(LIVE_GRANTS)),
            (round.into(), 0)
        );
    }
}

pub(crate) async fn wrong_verifiers_count_until_the_code_is_redeemed(database: &Database) {
    let store = &database.store;
    store.write(insert_code(1)).await.unwrap();
    store.write(insert_code(2)).await.unwrap();
    let count = |key| Command::CountFailedRedemption { key, code_mac: [1; 32] };
    let attempts = async |number: u8| {
        let found = store.find_code(&key(), &[number; 32]).await.unwrap();
        found.unwrap().failed_attempts
    };
    for expected in 1..=3 {
        store.write(count(key())).await.unwrap();
        assert_eq!(attempts(1).await, expected);
    }
    for other in other_keys() {
        store.write(count(other)).await.unwrap();
    }
    assert_eq!((attempts(1).await, attempts(2).await), (3, 0));
    // A code that was guessed at too often is dead, also for who read it before (O-077).
    let mut strict = redeem(1, at(1));
    if let Command::RedeemCode { max_attempts, .. } = &mut strict {
        *max_attempts = 3;
    }
    assert_eq!(store.write(strict).await.unwrap(), Outcome::Lost);
    assert_eq!(store.write(redeem(1, at(1))).await.unwrap(), Outcome::Won);
    store.write(count(key())).await.unwrap();
    assert_eq!(attempts(1).await, 3);
}

pub(crate) async fn a_code_stands_on_the_consent_it_needs(database: &Database) {
    let store = &database.store;
    let mut needing = code(1);
    needing.consent_needed = true;
    store
        .write(Command::InsertCode(key(), Box::new(needing)))
        .await
        .unwrap();
    store.write(insert_code(2)).await.unwrap();
    let stands = async |number: u8| {
        let found = store.find_code(&key(), &[number; 32]).await.unwrap();
        found.unwrap().consent_stands
    };
    assert_eq!((stands(1).await, stands(2).await), (false, true));
    let allow = |key, user, client, scope| allow(key, user, client, scope, at(0));
    let [other_tenant, other_realm, swapped] = other_keys();
    for (consent, expected) in [
        (allow(other_tenant, "u", "app-a", "openid read"), false),
        (allow(other_realm, "u", "app-a", "openid read"), false),
        (allow(swapped, "u", "app-a", "openid read"), false),
        (allow(key(), "v", "app-a", "openid read"), false),
        (allow(key(), "u", "app-b", "openid read"), false),
        (allow(key(), "u", "app-a", "openid reader"), false),
        (allow(key(), "u", "app-a", "read more"), true),
    ] {
        store.write(consent.clone()).await.unwrap();
        assert_eq!(stands(1).await, expected, "{consent:?}");
    }
    let consented = store.find_consent(&key(), "u", "app-a").await.unwrap();
    assert_eq!(consented, Some(ScopeSet::from_stored("openid reader read more")));
}
