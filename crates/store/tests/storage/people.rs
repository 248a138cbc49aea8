use crate::database::Database;
use crate::records::{at, key, other_keys, user};
use grantor_protocol::user::User;
use grantor_store::StoreError;

async fn save(database: &Database, user: &User, hash: Option<&str>) -> Result<(), StoreError> {
    let management = database.store.manage(at(0)).await?;
    management.save_user(user, hash.map(str::to_owned)).await?;
    management.commit().await.map(drop)
}

pub(crate) async fn a_user_is_found_by_id_and_by_name_without_case(database: &Database) {
    let store = &database.store;
    let zoe = user("u1", "Zoë");
    save(database, &zoe, None).await.unwrap();
    assert_eq!(store.find_user(&key(), "u1").await.unwrap().as_ref(), Some(&zoe));
    for name in ["Zoë", "zoë", "ZOË"] {
        let found = store.find_credential_by_username(&key(), name).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{name}"));
        assert_eq!((found.user, found.password_hash), (zoe.clone(), None));
    }
    for name in ["", "zoe", "u1", "Zoë ", "%", "Zo_"] {
        let found = store.find_credential_by_username(&key(), name).await.unwrap();
        assert!(found.is_none(), "{name}");
    }
    for other in other_keys() {
        assert!(store.find_user(&other, "u1").await.unwrap().is_none());
        assert!(
            store
                .find_credential_by_username(&other, "Zoë")
                .await
                .unwrap()
                .is_none()
        );
        let mut foreign = zoe.clone();
        foreign.key = other;
        save(database, &foreign, None).await.unwrap();
    }
    // One name, one user, whatever the case.
    let result = save(database, &user("u2", "ZOË"), None).await;
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
    assert!(store.find_user(&key(), "u2").await.unwrap().is_none());
}

pub(crate) async fn a_password_stays_until_another_is_given(database: &Database) {
    let hash = async || {
        let found = database.store.find_credential_by_username(&key(), "zoe").await.unwrap();
        found.unwrap().password_hash
    };
    let mut zoe = user("u1", "zoe");
    save(database, &zoe, Some("first")).await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("first"));
    zoe.enabled = false;
    zoe.email = None;
    save(database, &zoe, None).await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("first"));
    assert_eq!(database.store.find_user(&key(), "u1").await.unwrap(), Some(zoe.clone()));
    save(database, &zoe, Some("second")).await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("second"));
    assert_eq!(database.number("SELECT version FROM user"), 3);
}
