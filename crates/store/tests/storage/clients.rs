use crate::database::Database;
use crate::records::{at, client, key, other_keys, resource_server};
use grantor_protocol::client::Client;
use grantor_store::{Command, StoreError};

async fn save(database: &Database, clients: &[&Client]) -> Result<(), StoreError> {
    let management = database.store.manage(at(0)).await?;
    for client in clients {
        management.save_client(client).await?;
    }
    management.commit().await.map(drop)
}

pub(crate) async fn a_client_is_found_by_both_names_with_secrets_and_resource_server(database: &Database) {
    let store = &database.store;
    let (server, mut bounded) = (resource_server("api"), client("a"));
    bounded.resource_server = Some("api".into());
    let management = store.manage(at(0)).await.unwrap();
    management.save_resource_server(&server).await.unwrap();
    management.save_client(&bounded).await.unwrap();
    management.save_client(&client("b")).await.unwrap();
    management
        .save_client_secret(&bounded, "s1", [1; 32], "cret")
        .await
        .unwrap();
    management
        .save_client_secret(&client("b"), "s2", [2; 32], "cret")
        .await
        .unwrap();
    management.commit().await.unwrap();
    for found in [
        store.find_client_by_client_id(&key(), "a").await.unwrap().unwrap(),
        store.find_client_by_id(&key(), "app-a").await.unwrap().unwrap(),
    ] {
        assert_eq!(found.client, bounded);
        assert_eq!(found.resource_server.as_ref(), Some(&server));
        let secrets: Vec<_> = found
            .secrets
            .iter()
            .map(|s| (s.id.as_str(), s.mac.as_slice()))
            .collect();
        assert_eq!(secrets, [("s1", &[1; 32][..])]);
    }
}

pub(crate) async fn a_name_is_nothing_in_another_realm_or_in_another_place(database: &Database) {
    let (store, server) = (&database.store, resource_server("api"));
    save(database, &[&client("a"), &client("b")]).await.unwrap();
    let management = store.manage(at(0)).await.unwrap();
    management.save_resource_server(&server).await.unwrap();
    management.commit().await.unwrap();
    assert!(store.find_client_by_client_id(&key(), "app-a").await.unwrap().is_none());
    assert!(store.find_client_by_client_id(&key(), "A").await.unwrap().is_none());
    assert!(store.find_client_by_id(&key(), "a").await.unwrap().is_none());
    for other in other_keys() {
        assert!(store.find_client_by_client_id(&other, "a").await.unwrap().is_none());
        assert!(store.find_client_by_id(&other, "app-a").await.unwrap().is_none());
        assert!(store.find_resource_server(&other, "api").await.unwrap().is_none());
        assert!(store.list_resource_servers(&other).await.unwrap().is_empty());
    }
    assert_eq!(store.list_resource_servers(&key()).await.unwrap(), [server]);
    let id = |client_id: &str| ["t", "r", client_id].map(str::to_owned);
    assert_eq!(store.list_client_ids(&id("")).await.unwrap(), [id("a"), id("b")]);
    assert_eq!(store.list_client_ids(&id("a")).await.unwrap(), [id("b")]);
    assert!(store.list_client_ids(&id("b")).await.unwrap().is_empty());
}

pub(crate) async fn saving_again_replaces_and_never_takes_another_s_name(database: &Database) {
    let store = &database.store;
    save(database, &[&client("a"), &client("b")]).await.unwrap();
    let mut changed = client("a");
    changed.client_id = "renamed".into();
    changed.enabled = false;
    changed.display_name = "Robert'); DROP TABLE client;--".into();
    save(database, &[&changed]).await.unwrap();
    assert!(store.find_client_by_client_id(&key(), "a").await.unwrap().is_none());
    let found = store
        .find_client_by_client_id(&key(), "renamed")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.client, changed);
    assert_eq!(database.number("SELECT version FROM client WHERE id = 'app-a'"), 2);
    // The name of another is a conflict, and what stood before it in the transaction is gone with it.
    let mut thief = client("a");
    thief.client_id = "b".into();
    let result = save(database, &[&client("c"), &thief]).await;
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
    assert!(store.find_client_by_client_id(&key(), "c").await.unwrap().is_none());
    // The same name in another realm is another client.
    for other in other_keys() {
        let mut foreign = client("b");
        foreign.key = other.clone();
        save(database, &[&foreign]).await.unwrap();
        let found = store.find_client_by_client_id(&other, "b").await.unwrap().unwrap();
        assert_eq!(found.client, foreign);
    }
}

pub(crate) async fn secrets_are_kept_expired_and_marked_as_used(database: &Database) {
    let (store, a) = (&database.store, client("a"));
    save(database, &[&a]).await.unwrap();
    let management = store.manage(at(10)).await.unwrap();
    for (id, mac) in [("s1", [1; 32]), ("s2", [2; 32]), ("s1", [9; 32])] {
        management.save_client_secret(&a, id, mac, "hint").await.unwrap();
    }
    management.expire_client_secrets(&a, "s2", at(100)).await.unwrap();
    management.expire_client_secrets(&a, "s2", at(200)).await.unwrap();
    management.commit().await.unwrap();
    let found = store.find_client_by_client_id(&key(), "a").await.unwrap().unwrap();
    let mut secrets = found.secrets;
    secrets.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(
        (secrets[0].mac.as_slice(), secrets[0].expires_at),
        (&[1; 32][..], Some(at(100)))
    );
    assert_eq!((secrets[1].mac.as_slice(), secrets[1].expires_at), (&[2; 32][..], None));
    assert!(secrets[0].is_live(at(99)) && !secrets[0].is_live(at(100)));
    assert!(secrets.iter().all(|secret| secret.enabled));
    let mut used = vec![(key(), "s2".to_owned()), (key(), "unheard-of".to_owned())];
    used.extend(other_keys().map(|other| (other, "s1".to_owned())));
    store.write(Command::TouchSecrets { used, now: at(50) }).await.unwrap();
    let last_used = |id: &str| format!("SELECT COALESCE(last_used_at, 0) FROM client_secret WHERE id = '{id}'");
    assert_eq!(database.number(&last_used("s1")), 0);
    assert_eq!(database.number(&last_used("s2")), 50_000);
}

pub(crate) async fn a_credential_comes_with_its_resource_server(database: &Database) {
    let store = &database.store;
    let (first, second) = (resource_server("one"), resource_server("two"));
    let management = store.manage(at(0)).await.unwrap();
    management.save_resource_server(&first).await.unwrap();
    management.save_resource_server(&second).await.unwrap();
    management.save_credential(&first, "c", [1; 32]).await.unwrap();
    management.commit().await.unwrap();
    let found = store.find_credential(&key(), "c").await.unwrap().unwrap();
    assert_eq!((found.mac.as_slice(), &found.resource_server), (&[1; 32][..], &first));
    for other in other_keys() {
        assert!(store.find_credential(&other, "c").await.unwrap().is_none());
    }
    assert!(store.find_credential(&key(), "one").await.unwrap().is_none());
    let management = store.manage(at(1)).await.unwrap();
    management.save_credential(&second, "c", [2; 32]).await.unwrap();
    management.commit().await.unwrap();
    let found = store.find_credential(&key(), "c").await.unwrap().unwrap();
    assert_eq!((found.mac.as_slice(), &found.resource_server), (&[2; 32][..], &second));
    // Two resource servers never share an identifier, which is an audience.
    let mut thief = resource_server("three");
    thief.identifier = first.identifier.clone();
    let management = store.manage(at(2)).await.unwrap();
    let result = management.save_resource_server(&thief).await;
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
}

pub(crate) async fn origins_are_those_of_the_record(database: &Database) {
    let store = &database.store;
    let check = async |origin: &str, expected: bool| {
        let found = store.is_client_origin(&key(), origin).await.unwrap();
        assert_eq!(found, expected, "{origin}");
        for other in other_keys() {
            assert!(!store.is_client_origin(&other, origin).await.unwrap());
        }
    };
    save(database, &[&client("a")]).await.unwrap();
    check("https://a.test", true).await;
    check("https://b.test:8443", true).await;
    check("https://a.test:443", false).await;
    check("https://a.tes_", false).await;
    let mut fewer = client("a");
    fewer.config.allowed_cors_origins = vec!["https://c.test".into()];
    save(database, &[&fewer]).await.unwrap();
    check("https://a.test", false).await;
    check("https://c.test", true).await;
}
