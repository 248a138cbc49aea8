use crate::database::Database;
use crate::records::{at, key, other_keys};
use grantor_protocol::management::group::Group;
use grantor_protocol::management::role::Role;
use grantor_store::StoreError;
use grantor_store::roles::Holder;

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

pub(crate) async fn a_role_is_held_directly_and_by_a_group(database: &Database) {
    let store = &database.store;
    let role = Role {
        key: key(),
        id: "role".into(),
        resource_server: "api".into(),
        display_name: "Readers".into(),
        description: String::new(),
        is_managed: false,
        scopes: vec!["read".into(), "write".into()],
    };
    let group = Group {
        key: key(),
        id: "group".into(),
        display_name: "Group".into(),
        description: String::new(),
    };
    let management = store.manage(at(2)).await.unwrap();
    management.save_role(&role).await.unwrap();
    management.save_group(&group).await.unwrap();
    let add = async |holder| management.add_to_role(&role, holder).await.unwrap();
    assert!(add(Holder::User("u")).await && !add(Holder::User("u")).await);
    assert!(add(Holder::Group("group")).await);
    assert!(management.add_to_group(&group, "v").await.unwrap());
    management.commit().await.unwrap();
    let holds = async |holder| !store.list_roles_of(&key(), holder).await.unwrap().is_empty();
    for (holder, expected) in [
        (Holder::User("u"), true),
        (Holder::User("v"), true),
        (Holder::User("w"), false),
        (Holder::Group("group"), true),
        (Holder::Group("other"), false),
    ] {
        assert_eq!(holds(holder).await, expected, "{holder:?}");
    }
    // Another role of that name would be two things to whoever reads a list.
    let management = store.manage(at(3)).await.unwrap();
    let twin = Role {
        id: "twin".into(),
        ..role.clone()
    };
    assert!(matches!(
        management.save_role(&twin).await,
        Err(StoreError::Conflict(_))
    ));
    drop(management);
    let management = store.manage(at(4)).await.unwrap();
    management.delete_group(&group).await.unwrap();
    assert!(management.remove_from_role(&role, Holder::User("u")).await.unwrap());
    management.commit().await.unwrap();
    assert!(!holds(Holder::User("u")).await && !holds(Holder::User("v")).await);
    assert_eq!(database.number("SELECT COUNT(*) FROM role_member"), 0);
    assert_eq!(database.number("SELECT COUNT(*) FROM role_group"), 0);
}
