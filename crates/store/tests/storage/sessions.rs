use crate::database::Database;
use crate::records::{at, insert_code, key, other_keys, redeem, session};
use grantor_protocol::issuer::RealmKey;
use grantor_store::sessions::SessionRecord;
use grantor_store::{Command, Outcome};

async fn find(database: &Database, key: &RealmKey, number: u8) -> Option<SessionRecord> {
    database.store.find_session(key, &[number; 32]).await.unwrap()
}

fn start(number: u8, created: i64, replaces: Option<[u8; 32]>) -> Command {
    Command::StartSession {
        key: key(),
        session: Box::new(session(number, at(created))),
        replaces,
        account: None,
    }
}

pub(crate) async fn a_session_ends_once_and_is_not_touched_afterwards(database: &Database) {
    let store = &database.store;
    store.write(start(1, 0, None)).await.unwrap();
    let found = find(database, &key(), 1).await.unwrap();
    assert_eq!((found.session.sid.as_str(), found.session.user.as_str()), ("sid1", "u"));
    assert_eq!(
        (found.session.amr, found.session.auth_time),
        (vec!["pwd".to_owned()], at(0))
    );
    assert_eq!(
        (found.last_seen_at, found.expires_at, found.ended),
        (at(0), at(3600), false)
    );
    let touch = |key, seconds| Command::TouchSession {
        key,
        id_mac: [1; 32],
        now: at(seconds),
    };
    let end = |key, seconds| Command::EndSession {
        key,
        id_mac: [1; 32],
        now: at(seconds),
    };
    store.write(touch(key(), 10)).await.unwrap();
    for other in other_keys() {
        assert!(find(database, &other, 1).await.is_none());
        store.write(touch(other.clone(), 20)).await.unwrap();
        store.write(end(other, 20)).await.unwrap();
    }
    let found = find(database, &key(), 1).await.unwrap();
    assert_eq!((found.last_seen_at, found.ended), (at(10), false));
    for seconds in [30, 40] {
        store.write(end(key(), seconds)).await.unwrap();
        store.write(touch(key(), seconds)).await.unwrap();
    }
    let found = find(database, &key(), 1).await.unwrap();
    assert_eq!((found.last_seen_at, found.ended), (at(10), true));
    assert_eq!(database.number("SELECT ended_at FROM browser_session"), 30_000);
}

pub(crate) async fn a_session_begins_while_the_password_it_was_proven_by_is_the_stored_one(database: &Database) {
    let store = &database.store;
    let save = async |enabled: bool, hash: &str| {
        let management = store.manage(at(0)).await.unwrap();
        let person = grantor_protocol::user::User {
            enabled,
            ..crate::records::user("u", "u")
        };
        management.save_user(&person, Some(hash.to_owned())).await.unwrap();
        management.commit().await.unwrap();
    };
    let begin = async |number: u8, hash: &str| {
        let mut command = start(number, 0, Some([9; 32]));
        if let Command::StartSession { session, .. } = &mut command {
            session.proven_by = Some(hash.to_owned());
        }
        store.write(command).await.unwrap()
    };
    store.write(start(9, 0, None)).await.unwrap();
    assert_eq!(begin(1, "hash").await, Outcome::Lost, "there is no such user");
    save(true, "hash").await;
    assert_eq!(begin(1, "former").await, Outcome::Lost);
    save(false, "hash").await;
    assert_eq!(begin(1, "hash").await, Outcome::Lost, "disabled meanwhile");
    assert!(find(database, &key(), 1).await.is_none());
    assert!(
        !find(database, &key(), 9).await.unwrap().ended,
        "what loses changes nothing"
    );
    save(true, "hash").await;
    assert_eq!(begin(1, "hash").await, Outcome::Done);
    assert!(find(database, &key(), 9).await.unwrap().ended);
}

pub(crate) async fn signing_in_again_ends_the_former_session(database: &Database) {
    let store = &database.store;
    store.write(start(1, 0, None)).await.unwrap();
    store.write(start(2, 0, None)).await.unwrap();
    store.write(start(3, 5, Some([1; 32]))).await.unwrap();
    let ended = async |number| find(database, &key(), number).await.unwrap().ended;
    assert_eq!((ended(1).await, ended(2).await, ended(3).await), (true, false, false));
    // One unit: a session whose id is taken does not end the one it would have replaced.
    assert!(store.write(start(3, 6, Some([2; 32]))).await.is_err());
    assert!(!ended(2).await);
    // A former session that never was changes nothing.
    store.write(start(4, 7, Some([9; 32]))).await.unwrap();
    assert!(!ended(4).await);
}

pub(crate) async fn a_session_past_its_absolute_end_is_nothing_to_end(database: &Database) {
    let store = &database.store;
    let revoked = || database.number("SELECT COUNT(*) FROM authorization_grant WHERE revoked_at IS NOT NULL");
    for (number, now, expected) in [(1, 3600, 0), (2, 3599, 1)] {
        store.write(insert_code(number)).await.unwrap();
        let mut command = redeem(number, at(1));
        if let Command::RedeemCode { grant, .. } = &mut command {
            grant.authorization.sid = format!("sid{number}");
        }
        store.write(command).await.unwrap();
        store.write(start(number, 0, None)).await.unwrap();
        // Somebody else signs in in the same browser.
        store.write(start(number + 10, now, Some([number; 32]))).await.unwrap();
        assert_eq!(revoked(), expected, "at {now}");
    }
}
