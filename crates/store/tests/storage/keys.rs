use crate::database::Database;
use crate::records::{at, key, other_keys};
use grantor_protocol::words::SigningAlgorithm;
use grantor_store::StoreError;
use grantor_store::keys::{DataKeyRecord, SigningKeyRecord};

fn signing_key(kid: &str, algorithm: SigningAlgorithm) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.into(),
        algorithm,
        public_jwk: format!("{{\"kid\":\"{kid}\"}}"),
        sealed: vec![0, 255, 1],
    }
}

pub(crate) async fn a_realm_has_one_active_key_of_an_algorithm(database: &Database) {
    use SigningAlgorithm::{ES256, RS256};
    let store = &database.store;
    store
        .insert_signing_key(&key(), &signing_key("k2", RS256), at(1))
        .await
        .unwrap();
    store
        .insert_signing_key(&key(), &signing_key("k1", ES256), at(2))
        .await
        .unwrap();
    for (kid, algorithm) in [("k3", ES256), ("k1", RS256)] {
        let result = store
            .insert_signing_key(&key(), &signing_key(kid, algorithm), at(3))
            .await;
        assert!(matches!(result, Err(StoreError::Conflict(_))), "{kid}: {result:?}");
    }
    let found = store.list_signing_keys(&key()).await.unwrap();
    let names: Vec<_> = found.iter().map(|k| (k.kid.as_str(), k.algorithm)).collect();
    assert_eq!(names, [("k2", RS256), ("k1", ES256)]);
    assert_eq!(
        (found[0].sealed.as_slice(), found[0].public_jwk.as_str()),
        (&[0, 255, 1][..], "{\"kid\":\"k2\"}")
    );
    for other in other_keys() {
        assert!(store.list_signing_keys(&other).await.unwrap().is_empty());
    }
    // What did not come about is not announced.
    let announced: Vec<_> = store
        .list_changes(0)
        .await
        .unwrap()
        .into_iter()
        .map(|c| c.subject)
        .collect();
    assert_eq!(announced, ["k2", "k1"]);
}

pub(crate) async fn a_purpose_has_one_data_key(database: &Database) {
    let store = &database.store;
    let record = |purpose: &str, id: &str| DataKeyRecord {
        purpose: purpose.into(),
        id: id.into(),
        sealed: vec![7],
    };
    store.insert_data_key(&record("lookup", "one"), at(0)).await.unwrap();
    store
        .insert_data_key(&record("referential", "two"), at(0))
        .await
        .unwrap();
    let again = store.insert_data_key(&record("lookup", "three"), at(0)).await;
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
