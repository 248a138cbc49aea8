use crate::database::Database;
use crate::records::{at, key, other_keys};
use grantor_store::StoreError;
use grantor_store::management::NewRole;

pub(crate) async fn a_realm_is_found_by_its_key_and_by_the_root(database: &Database) {
    let store = &database.store;
    assert!(!store.is_installed().await.unwrap());
    assert!(store.find_root_realm().await.unwrap().is_none());
    let management = store.manage(at(0)).await.unwrap();
    management.insert_tenant("t", "Tenant").await.unwrap();
    management.insert_realm(&key(), "Realm", true).await.unwrap();
    management
        .insert_realm(&other_keys()[1], "Second", false)
        .await
        .unwrap();
    management.commit().await.unwrap();
    assert!(store.is_installed().await.unwrap());
    let found = store.find_realm(&key()).await.unwrap().unwrap();
    assert_eq!(
        (&found.key, found.display_name.as_str(), found.serves_root),
        (&key(), "Realm", true)
    );
    assert_eq!(store.find_root_realm().await.unwrap(), Some(found));
    assert!(!store.find_realm(&other_keys()[1]).await.unwrap().unwrap().serves_root);
    assert!(store.find_realm(&other_keys()[0]).await.unwrap().is_none());
    let management = store.manage(at(1)).await.unwrap();
    let again = management.insert_realm(&key(), "Again", false).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    drop(management);
}

pub(crate) async fn a_role_is_stored_with_its_first_members_or_not_at_all(database: &Database) {
    let store = &database.store;
    let role = NewRole {
        key: key(),
        id: "role".into(),
        resource_server: "api".into(),
        name: "Readers".into(),
        description: String::new(),
        is_managed: false,
        scopes: vec!["read".into(), "write".into()],
    };
    for (id, members, accepted) in [("one", &["u", "v"][..], true), ("two", &["u"], false)] {
        let role = NewRole {
            id: id.into(),
            ..role.clone()
        };
        let management = store.manage(at(2)).await.unwrap();
        let result = management.insert_role(&role, members).await;
        assert_eq!(result.is_ok(), accepted, "{id}: {result:?}");
        if accepted {
            management.commit().await.unwrap();
        }
    }
    assert_eq!(
        database.number("SELECT COUNT(*) FROM role WHERE scopes = 'read write'"),
        1
    );
    assert_eq!(database.number("SELECT COUNT(*) FROM role_member"), 2);
}
