use crate::database::Database;
use crate::records::{at, key};
use crate::signing_keys::signing_key;
use grantor_protocol::words::SigningAlgorithm::{ES256, RS256};
use grantor_store::events::By;
use grantor_store::keys::{DataKeyRecord, Holder};
use grantor_store::signing_keys::{KeyWrite, Replacement};
use grantor_store::{Command, StoreError};

fn record(purpose: &str, id: &str) -> DataKeyRecord {
    DataKeyRecord {
        purpose: purpose.into(),
        id: id.into(),
        sealed: vec![1, 7],
    }
}

pub(crate) async fn a_purpose_has_one_data_key(database: &Database) {
    let store = &database.store;
    for (purpose, id) in [("lookup", "one"), ("referential", "two")] {
        let written = store.insert_data_key(&record(purpose, id), &[1], at(0)).await;
        assert_eq!(written.unwrap(), KeyWrite::Done);
    }
    let again = store.insert_data_key(&record("lookup", "three"), &[1], at(0)).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let mut ids: Vec<_> = store
        .list_data_keys()
        .await
        .unwrap()
        .into_iter()
        .map(|k| k.id)
        .collect();
    ids.sort();
    assert_eq!(ids, ["one", "two"]);
}

/// What is sealed, in the order of its holders.
async fn sealed(database: &Database) -> Vec<Vec<u8>> {
    let data = database.store.list_data_keys().await.unwrap();
    let signing = database.store.list_signing_keys(&key()).await.unwrap();
    let data = data.into_iter().map(|k| k.sealed);
    data.chain(signing.into_iter().map(|k| k.sealed)).collect()
}

pub(crate) async fn everything_is_sealed_anew_or_nothing_is(database: &Database) {
    let store = &database.store;
    store
        .insert_data_key(&record("lookup", "one"), &[1], at(0))
        .await
        .unwrap();
    for (kid, algorithm) in [("kept", ES256), ("retired", RS256)] {
        let record = signing_key(kid, algorithm, "", 1);
        store
            .insert_signing_key(&key(), &record, &[1], &By::default())
            .await
            .unwrap();
    }
    let retire = Command::RetireSigningKey {
        key: key(),
        kid: "retired".into(),
        now: at(5),
    };
    store.write(retire).await.unwrap();
    let before = sealed(database).await;
    let changes = database.number("SELECT COALESCE(MAX(seq), 0) FROM change");
    let mut position = store.feed_position().await.unwrap();
    let failed = store
        .reseal(at(6), |holder, _| match holder {
            Holder::DataKey { .. } => Ok(vec![2, 2]),
            Holder::SigningKey { .. } => Err(StoreError::Unavailable("cannot be opened".into())),
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(sealed(database).await, before);
    assert_eq!(database.number("SELECT COALESCE(MAX(seq), 0) FROM change"), changes);

    let seal = |holder: &Holder<'_>, bytes: &[u8]| match holder {
        Holder::DataKey { purpose } => Ok([b"2", purpose.as_bytes(), bytes].concat()),
        Holder::SigningKey { key: realm, kid } => {
            assert_eq!(*realm, key());
            Ok([b"2", kid.as_bytes(), bytes].concat())
        }
    };
    assert_eq!(store.reseal(at(7), seal).await.unwrap(), 2);
    let expected = [&b"2lookup\x01\x07"[..], b"2kept\x01\xff\x00", b""];
    assert_eq!(sealed(database).await, expected);
    let announced = store.read_feed(&mut position).await.unwrap().changes;
    assert_eq!(
        announced.iter().map(|c| c.kind.as_str()).collect::<Vec<_>>(),
        ["master_key"]
    );
}

pub(crate) async fn nothing_is_stored_under_a_master_key_that_was_left_behind(database: &Database) {
    let store = &database.store;
    // Before the first data key every master key is as good.
    let first = signing_key("first", ES256, "", 1);
    assert_eq!(
        store
            .insert_signing_key(&key(), &first, &[9], &By::default())
            .await
            .unwrap(),
        KeyWrite::Done
    );
    store
        .insert_data_key(&record("lookup", "one"), &[1], at(0))
        .await
        .unwrap();
    let changes = database.number("SELECT COALESCE(MAX(seq), 0) FROM change");
    let late = signing_key("late", ES256, "first", 1);
    let refused = KeyWrite::FormerMasterKey;
    assert_eq!(
        store
            .insert_signing_key(&key(), &late, &[9], &By::default())
            .await
            .unwrap(),
        refused
    );
    let other = store.insert_data_key(&record("other", "two"), &[9], at(0)).await;
    assert_eq!(other.unwrap(), refused);
    let replacement = Replacement::New(&late, &[9]);
    let revoked = store
        .revoke_signing_key(&key(), "first", replacement, (at(3), &By::default()))
        .await;
    assert_eq!(revoked.unwrap(), refused);
    let all = store.list_signing_keys(&key()).await.unwrap();
    assert!(all.len() == 1 && all[0].facts.is_live(), "nothing was written");
    assert_eq!(store.list_data_keys().await.unwrap().len(), 1);
    assert_eq!(database.number("SELECT COALESCE(MAX(seq), 0) FROM change"), changes);
    assert_eq!(
        store
            .insert_signing_key(&key(), &late, &[1], &By::default())
            .await
            .unwrap(),
        KeyWrite::Done
    );
}
