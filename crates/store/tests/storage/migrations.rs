//! A database of an older version, brought up to date with what it holds.
use crate::database::sqlite_settings;
use crate::records::key;
use grantor_migrations::{Migrator, MigratorTrait};
use grantor_protocol::UnixMillis;
use grantor_protocol::words::SigningAlgorithm::{ES256, RS256};
use grantor_store::{DatabaseSettings, Store};

#[tokio::test]
async fn signing_keys_of_before_go_on_and_answer_for_any_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = sqlite_settings(folder.path(), "grantor.sqlite");
    let settings = DatabaseSettings::Sqlite(file.clone());
    let durable = Store::open_for_migration(&settings).await.unwrap();
    Migrator::up(&durable, Some(1)).await.unwrap();
    let before = rusqlite::Connection::open(&file.file).unwrap();
    let insert = "INSERT INTO signing_key (tenant, realm, kid, algorithm, state, public_jwk, sealed, created_at)
                  VALUES ('t', 'r', ?1, ?2, ?3, '{}', X'01', ?4)";
    for (kid, algorithm, state, created_at) in [
        ("k3", "ES256", "active", 300),
        ("k1", "ES256", "former", 100),
        ("k2", "ES256", "former", 200),
        ("r", "RS256", "active", 50),
    ] {
        before.execute(insert, (kid, algorithm, state, created_at)).unwrap();
    }
    drop(before);
    Migrator::up(&durable, None).await.unwrap();
    durable.close().await.unwrap();
    let store = Store::open(&settings).await.unwrap();
    let found = store.list_signing_keys(&key()).await.unwrap();
    let rows: Vec<_> = found
        .iter()
        .map(|k| (k.facts.kid.as_str(), k.facts.algorithm, k.facts.predecessor.as_str()))
        .collect();
    let expected = [
        ("r", RS256, ""),
        ("k1", ES256, ""),
        ("k2", ES256, "k1"),
        ("k3", ES256, "k2"),
    ];
    assert_eq!(rows, expected);
    const TEN_YEARS: i64 = 3650 * 86_400_000;
    for record in found {
        let facts = record.facts;
        assert_eq!(facts.active_from, facts.created_at);
        assert_eq!(facts.tokens_end_at, UnixMillis(facts.created_at.0 + TEN_YEARS));
        assert!(facts.is_live() && !facts.revoked);
        assert_eq!((record.public_jwk.as_str(), record.sealed.as_slice()), ("{}", &[1][..]));
    }
}
