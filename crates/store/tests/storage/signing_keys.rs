use crate::database::Database;
use crate::records::{at, key, other_keys};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::signing_keys::KeyFacts;
use grantor_protocol::words::SigningAlgorithm::{self, ES256, RS256};
use grantor_store::changes::FeedPosition;
use grantor_store::events::By;
use grantor_store::signing_keys::{KeyWrite, Replacement, SigningKeyRecord};
use grantor_store::{Command, Outcome, StoreError};
use tokio::task::JoinSet;

const NOTHING: Replacement<'_> = Replacement::None { signing: None };

/// A key that signs from the second of `active_from` on.
pub(crate) fn signing_key(
    kid: &str,
    algorithm: SigningAlgorithm,
    predecessor: &str,
    active_from: i64,
) -> SigningKeyRecord {
    SigningKeyRecord {
        facts: KeyFacts {
            kid: kid.into(),
            algorithm,
            predecessor: predecessor.into(),
            created_at: at(1),
            active_from: at(active_from),
            tokens_end_at: at(active_from),
            retired_at: None,
            revoked: false,
        },
        public_jwk: format!("{{\"kid\":\"{kid}\"}}"),
        sealed: vec![1, 255, 0],
    }
}

async fn insert(database: &Database, record: SigningKeyRecord) {
    let written = database
        .store
        .insert_signing_key(&key(), &record, &[1], &By::default())
        .await;
    assert_eq!(written.unwrap(), KeyWrite::Done);
}

async fn facts(database: &Database, kid: &str) -> KeyFacts {
    let all = database.store.list_signing_keys(&key()).await.unwrap();
    all.into_iter().find(|k| k.facts.kid == kid).unwrap().facts
}

async fn announced(database: &Database) -> Vec<String> {
    let changes = database
        .store
        .read_feed(&mut FeedPosition::default())
        .await
        .unwrap()
        .changes;
    let keys = changes.into_iter().filter(|c| c.kind == "signing_key");
    keys.map(|c| c.subject).collect()
}

pub(crate) async fn a_key_follows_one_that_no_other_follows(database: &Database) {
    let store = &database.store;
    insert(database, signing_key("k2", RS256, "", 1)).await;
    insert(database, signing_key("k1", ES256, "", 2)).await;
    insert(database, signing_key("k3", RS256, "k2", 9)).await;
    for (kid, algorithm, predecessor) in [("k4", ES256, ""), ("k4", RS256, "k2"), ("k1", RS256, "k3")] {
        let record = signing_key(kid, algorithm, predecessor, 3);
        let result = store.insert_signing_key(&key(), &record, &[1], &By::default()).await;
        assert!(matches!(result, Err(StoreError::Conflict(_))), "{kid}: {result:?}");
    }
    let found = store.list_signing_keys(&key()).await.unwrap();
    let kids: Vec<_> = found.iter().map(|k| k.facts.kid.as_str()).collect();
    assert_eq!(kids, ["k2", "k1", "k3"], "in the order in which they sign");
    let stored = signing_key("k3", RS256, "k2", 9);
    assert_eq!(
        (&found[2].facts, &found[2].public_jwk),
        (&stored.facts, &stored.public_jwk)
    );
    assert_eq!(found[2].sealed, stored.sealed);
    for other in other_keys() {
        assert!(store.list_signing_keys(&other).await.unwrap().is_empty());
    }
    let live = store.list_live_signing_keys(at(1_000)).await.unwrap();
    assert_eq!(live.len(), 3);
    assert!(live.iter().all(|(realm, _)| *realm == key()));
    // There is nothing to do about the only one of its algorithm while it is young.
    let followed = store.list_live_signing_keys(at(1)).await.unwrap();
    let kids: Vec<_> = followed.iter().map(|(_, k)| k.kid.as_str()).collect();
    assert_eq!(kids, ["k2", "k3"]);
    // What did not come about is not announced.
    assert_eq!(announced(database).await, ["k2", "k1", "k3"]);
}

pub(crate) async fn of_a_hundred_tasks_that_make_the_next_key_one_does(database: &Database) {
    insert(database, signing_key("first", ES256, "", 1)).await;
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let store = database.store.clone();
        tasks.spawn(async move {
            let record = signing_key(&format!("next-{number}"), ES256, "first", 5);
            store.insert_signing_key(&key(), &record, &[1], &By::default()).await
        });
    }
    let mut made = 0;
    for result in tasks.join_all().await {
        match result {
            Ok(written) => {
                assert_eq!(written, KeyWrite::Done);
                made += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "{error}"),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(database.store.list_signing_keys(&key()).await.unwrap().len(), 2);
    assert_eq!(announced(database).await.len(), 2);
}

async fn extend(database: &Database, kid: &str, until: i64) -> Outcome {
    let command = Command::ExtendSigningKey {
        key: key(),
        kid: kid.into(),
        tokens_end_at: at(until),
    };
    database.store.write(command).await.unwrap()
}

async fn retire(database: &Database, kid: &str, now: UnixMillis) -> Outcome {
    let command = Command::RetireSigningKey {
        key: key(),
        kid: kid.into(),
        now,
    };
    database.store.write(command).await.unwrap()
}

pub(crate) async fn a_key_answers_for_its_tokens_until_it_is_retired(database: &Database) {
    insert(database, signing_key("k", ES256, "", 1)).await;
    insert(database, signing_key("untouched", RS256, "", 1)).await;
    assert_eq!(extend(database, "k", 100).await, Outcome::Won);
    // Never shortened: another process knows less.
    assert_eq!(extend(database, "k", 50).await, Outcome::Won);
    assert_eq!(facts(database, "k").await.tokens_end_at, at(100));
    assert_eq!(extend(database, "nobody", 100).await, Outcome::Lost);
    let early = UnixMillis(at(100).0 - 1);
    assert_eq!(retire(database, "k", early).await, Outcome::Lost);
    assert_eq!(facts(database, "k").await.retired_at, None);
    assert_eq!(retire(database, "k", at(100)).await, Outcome::Won);
    assert_eq!(retire(database, "k", at(101)).await, Outcome::Lost);
    assert_eq!(extend(database, "k", 200).await, Outcome::Lost, "it signs nothing more");
    let retired = facts(database, "k").await;
    assert_eq!((retired.retired_at, retired.tokens_end_at), (Some(at(100)), at(100)));
    assert!(!retired.revoked);
    let all = database.store.list_signing_keys(&key()).await.unwrap();
    let sealed: Vec<_> = all.iter().map(|k| (k.facts.kid.as_str(), k.sealed.len())).collect();
    assert_eq!(sealed, [("k", 0), ("untouched", 3)], "the private half is gone");
    let live = database.store.list_live_signing_keys(at(1_000)).await.unwrap();
    assert_eq!(
        live.iter().map(|(_, k)| k.kid.as_str()).collect::<Vec<_>>(),
        ["untouched"]
    );
    // Made, made, retired; extending concerns nobody else.
    assert_eq!(announced(database).await, ["k", "untouched", "k"]);
    let told = database.store.list_events(&key(), 10).await.unwrap();
    let told: Vec<_> = told.iter().map(|e| (e.kind, e.detail.as_str())).collect();
    let made = EventKind::SigningKeyCreated;
    let expected = [(EventKind::SigningKeyRetired, "k"), (made, "untouched"), (made, "k")];
    assert_eq!(told, expected);
}

pub(crate) async fn a_revoked_key_is_gone_at_once_and_its_replacement_there(database: &Database) {
    let store = &database.store;
    for record in [
        signing_key("old", ES256, "", 1),
        signing_key("waits", ES256, "old", 500),
    ] {
        insert(database, record).await;
    }
    extend(database, "old", 1000).await;
    let revoke = async |kid: &str, replacement: Replacement<'_>, now| {
        store
            .revoke_signing_key(&key(), kid, replacement, (at(now), &By::default()))
            .await
    };
    // A replacement that cannot be had undoes everything.
    let lost = revoke("old", Replacement::Waiting("nobody"), 10).await;
    assert!(matches!(lost, Err(StoreError::Conflict(_))), "{lost:?}");
    let taken = signing_key("new", ES256, "old", 10);
    let lost = revoke("old", Replacement::New(&taken, &[1]), 10).await;
    assert!(matches!(lost, Err(StoreError::Conflict(_))), "{lost:?}");
    assert!(facts(database, "old").await.is_live());
    assert_eq!(announced(database).await, ["old", "waits"]);

    assert_eq!(
        revoke("old", Replacement::Waiting("waits"), 20).await.unwrap(),
        KeyWrite::Done
    );
    let old = facts(database, "old").await;
    assert_eq!((old.revoked, old.retired_at), (true, Some(at(20))));
    assert_eq!(facts(database, "waits").await.active_from, at(20));
    assert_eq!(revoke("old", NOTHING, 21).await.unwrap(), KeyWrite::Gone);
    assert_eq!(revoke("nobody", NOTHING, 21).await.unwrap(), KeyWrite::Gone);

    let new = signing_key("new", ES256, "waits", 30);
    assert_eq!(
        revoke("waits", Replacement::New(&new, &[1]), 30).await.unwrap(),
        KeyWrite::Done
    );
    assert!(facts(database, "new").await.is_live());
    // One that was retired in its time can still be distrusted; when it was retired stays.
    assert_eq!(retire(database, "new", at(40)).await, Outcome::Won);
    assert_eq!(revoke("new", NOTHING, 50).await.unwrap(), KeyWrite::Done);
    let distrusted = facts(database, "new").await;
    assert_eq!((distrusted.revoked, distrusted.retired_at), (true, Some(at(40))));
    let all = store.list_signing_keys(&key()).await.unwrap();
    assert!(all.iter().all(|k| k.sealed.is_empty()));
    for other in other_keys() {
        let result = store
            .revoke_signing_key(&other, "new", NOTHING, (at(60), &By::default()))
            .await;
        assert_eq!(result.unwrap(), KeyWrite::Gone);
    }
}

pub(crate) async fn of_two_revocations_at_once_neither_makes_a_followed_key_sign(database: &Database) {
    let store = &database.store;
    for record in [
        signing_key("followed", ES256, "", 1),
        signing_key("signs", ES256, "followed", 5),
        signing_key("waits", ES256, "signs", 500),
        signing_key("other", RS256, "", 400),
    ] {
        insert(database, record).await;
    }
    let revoke = async |kid: &str, replacement: Replacement<'_>, now| {
        store
            .revoke_signing_key(&key(), kid, replacement, (at(now), &By::default()))
            .await
    };
    let signing = |kid| Replacement::None { signing: Some(kid) };
    // Both have seen that "signs" signs and "waits" waits; the first puts "waits" in its place.
    let first = revoke("signs", Replacement::Waiting("waits"), 20).await;
    assert_eq!(first.unwrap(), KeyWrite::Done);
    // The second one's clock may be a little behind, or ahead.
    for now in [19, 20, 21] {
        for seen in [signing("signs"), signing("waits"), NOTHING] {
            let lost = revoke("waits", seen, now).await;
            assert!(matches!(lost, Err(StoreError::Conflict(_))), "{now}: {lost:?}");
        }
    }
    let waits = facts(database, "waits").await;
    assert!(waits.is_live() && !waits.revoked, "{waits:?}");
    // Judged again it gets a key in its place, and what was followed goes without one.
    let lost = revoke("followed", signing("signs"), 21).await;
    assert!(matches!(lost, Err(StoreError::Conflict(_))), "{lost:?}");
    assert_eq!(revoke("followed", signing("waits"), 21).await.unwrap(), KeyWrite::Done);
    let new = signing_key("new", ES256, "waits", 22);
    let second = revoke("waits", Replacement::New(&new, &[1]), 22).await;
    assert_eq!(second.unwrap(), KeyWrite::Done);
    assert!(facts(database, "new").await.is_live() && facts(database, "other").await.is_live());
}
