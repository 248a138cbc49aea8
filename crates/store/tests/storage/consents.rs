use crate::database::Database;
use crate::records::{allow, at, key, other_keys};

pub(crate) async fn a_consent_grows_and_belongs_to_one_user_and_client(database: &Database) {
    let store = &database.store;
    let save = async |scope: &str, seconds: i64| {
        let command = allow(key(), "u", "app-a", scope, at(seconds));
        store.write(command).await.unwrap();
    };
    save("openid", 1).await;
    save("read", 2).await;
    let found = store.find_consent(&key(), "u", "app-a").await.unwrap();
    assert_eq!(found.unwrap().to_string(), "openid read");
    let times = "SELECT granted_at * 100000 + updated_at FROM consent";
    assert_eq!(database.number(times), 1000 * 100_000 + 2000);
    for other in other_keys() {
        assert!(store.find_consent(&other, "u", "app-a").await.unwrap().is_none());
    }
    assert!(store.find_consent(&key(), "v", "app-a").await.unwrap().is_none());
    assert!(store.find_consent(&key(), "u", "app-b").await.unwrap().is_none());
}
