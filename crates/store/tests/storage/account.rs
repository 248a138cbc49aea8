use crate::database::Database;
use crate::records::{allow, at, event, insert_code, key, other_keys, redeem, session, user};
use grantor_protocol::account::{Field, ProfileEdit};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::links::NewLink;
use grantor_store::{AccountChange, Command, Ended, Outcome};

async fn change(database: &Database, key: &RealmKey, change: AccountChange) -> Outcome {
    let command = Command::ChangeAccount(key.clone(), Box::new(change));
    database.store.write(command).await.unwrap()
}

async fn start(database: &Database, number: u8, whose: &str) {
    let mut new = session(number, at(0));
    new.user = whose.into();
    let command = Command::StartSession {
        key: key(),
        session: Box::new(new),
        replaces: None,
        account: None,
    };
    database.store.write(command).await.unwrap();
}

async fn save_user(database: &Database, hash: &str) {
    let management = database.store.manage(at(0)).await.unwrap();
    management.save_user(&user("u", "u"), Some(hash.into())).await.unwrap();
    management.commit().await.unwrap();
}

fn told(seconds: i64) -> grantor_store::events::Event {
    grantor_store::events::Event {
        user: Some("u".into()),
        ..event(EventKind::OwnSessionsEnded, at(seconds))
    }
}

/// Stores a link by its number.
async fn save_link(database: &Database, number: u8, expires: i64) {
    let management = database.store.manage(at(0)).await.unwrap();
    let link = NewLink {
        token_mac: [number; 32],
        purpose: "p",
        user: "u".into(),
        expires_at: at(expires),
    };
    management.save_link(&key(), link).await.unwrap();
    management.commit().await.unwrap();
}

fn use_link(number: u8, purpose: &'static str, seconds: i64) -> AccountChange {
    AccountChange::UseLink {
        link: ([number; 32], purpose),
        hash: "new".into(),
        edit: ProfileEdit::parse([(Field::Name, "N")].into_iter()).unwrap(),
        session: Box::new(session(number, at(seconds))),
        replaces: None,
        account: [0; 32],
        event: told(seconds),
    }
}

pub(crate) async fn sessions_end_for_their_user_alone(database: &Database) {
    let live = || database.number("SELECT COUNT(*) FROM browser_session WHERE ended_at IS NULL");
    for number in 1..=4 {
        start(database, number, if number == 4 { "other" } else { "u" }).await;
    }
    let end = |sid: &str| AccountChange::EndSessions {
        user: "u".into(),
        ended: Ended::One(sid.into()),
        event: told(10),
    };
    for other in other_keys() {
        assert_eq!(change(database, &other, end("sid1")).await, Outcome::Lost);
    }
    for sid in ["sid4", "sid9", ""] {
        assert_eq!(change(database, &key(), end(sid)).await, Outcome::Lost, "{sid}");
    }
    assert_eq!((live(), database.number("SELECT COUNT(*) FROM event")), (4, 0));
    assert_eq!(change(database, &key(), end("sid1")).await, Outcome::Done);
    assert_eq!(change(database, &key(), end("sid1")).await, Outcome::Lost);
    assert_eq!((live(), database.number("SELECT COUNT(*) FROM event")), (3, 1));
    let others = AccountChange::EndSessions {
        user: "u".into(),
        ended: Ended::AllBut {
            id_mac: [2; 32],
            sid: "sid2".into(),
            offline: false,
        },
        event: told(11),
    };
    assert_eq!(change(database, &key(), others).await, Outcome::Done);
    assert_eq!(live(), 2);
    let listed = database
        .store
        .list_sessions(&key(), "u", (at(-1), at(12)))
        .await
        .unwrap();
    assert_eq!(
        listed.iter().map(|s| s.session.sid.as_str()).collect::<Vec<_>>(),
        ["sid2"]
    );
    assert_eq!(
        (listed[0].address.as_str(), listed[0].agent.as_str()),
        ("192.0.2.1", "agent")
    );
}

pub(crate) async fn a_withdrawn_consent_takes_codes_and_grants_along(database: &Database) {
    let store = &database.store;
    let withdraw = |client: &str| AccountChange::WithdrawConsent {
        user: "u".into(),
        client: client.into(),
        event: told(5),
    };
    for number in [1, 2] {
        store.write(insert_code(number)).await.unwrap();
    }
    store.write(redeem(1, at(1))).await.unwrap();
    store.write(allow(key(), "u", "app-a", "read", at(0))).await.unwrap();
    for client in ["app-b", "", "nobody"] {
        assert_eq!(
            change(database, &key(), withdraw(client)).await,
            Outcome::Lost,
            "{client}"
        );
    }
    let Outcome::Revoked(revoked) = change(database, &key(), withdraw("app-a")).await else {
        panic!("a grant was alive")
    };
    assert_eq!(revoked.len(), 1);
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM consent", 0),
        ("SELECT COUNT(*) FROM authorization_code WHERE redeemed_at IS NULL", 0),
        ("SELECT COUNT(*) FROM authorization_code", 1),
        ("SELECT COUNT(*) FROM authorization_grant WHERE revoked_at IS NULL", 0),
        ("SELECT COUNT(*) FROM revocation WHERE kind = 'grant'", 1),
        ("SELECT COUNT(*) FROM event", 1),
    ] {
        assert_eq!(database.number(sql), expected, "{sql}");
    }
    assert_eq!(change(database, &key(), withdraw("app-a")).await, Outcome::Lost);
}

pub(crate) async fn a_link_is_used_once_in_its_time_for_its_purpose(database: &Database) {
    save_user(database, "old").await;
    start(database, 8, "u").await;
    save_link(database, 1, 100).await;
    save_link(database, 2, 100).await;
    for other in other_keys() {
        assert_eq!(change(database, &other, use_link(2, "p", 5)).await, Outcome::Lost);
        assert!(database.store.find_link(&other, &[2; 32]).await.unwrap().is_none());
    }
    let lost = [
        use_link(1, "p", 5),
        use_link(2, "q", 5),
        use_link(2, "p", 100),
        use_link(3, "p", 5),
    ];
    for attempt in lost {
        assert_eq!(change(database, &key(), attempt).await, Outcome::Lost);
    }
    let password = || database.number("SELECT COUNT(*) FROM user WHERE password_hash = 'new' AND profile LIKE '%N%'");
    let live = || database.number("SELECT COUNT(*) FROM browser_session WHERE ended_at IS NULL");
    assert_eq!((password(), live()), (0, 1));
    assert!(!database.store.find_link(&key(), &[2; 32]).await.unwrap().unwrap().used);
    assert_eq!(change(database, &key(), use_link(2, "p", 99)).await, Outcome::Done);
    assert_eq!(
        (password(), live()),
        (1, 1),
        "the former session ended, the new one began"
    );
    assert_eq!(change(database, &key(), use_link(2, "p", 99)).await, Outcome::Lost);
    assert!(database.store.find_link(&key(), &[2; 32]).await.unwrap().unwrap().used);
}

pub(crate) async fn a_password_is_changed_from_the_one_that_was_looked_at(database: &Database) {
    save_user(database, "old").await;
    start(database, 1, "u").await;
    let from = |was: &str, number: u8| AccountChange::ChangePassword {
        was: was.into(),
        hash: format!("new {number}"),
        session: Box::new(session(number, at(1))),
        replaces: [1; 32],
        account: [0; 32],
        event: told(1),
    };
    assert_eq!(change(database, &key(), from("other", 2)).await, Outcome::Lost);
    let live = || {
        database.number("SELECT id_mac = X'0101010101010101010101010101010101010101010101010101010101010101' FROM browser_session WHERE ended_at IS NULL")
    };
    assert_eq!(live(), 1);
    assert_eq!(change(database, &key(), from("old", 3)).await, Outcome::Done);
    assert_eq!(live(), 0, "another session than before");
    assert_eq!(change(database, &key(), from("old", 4)).await, Outcome::Lost);
    let kept = database
        .store
        .find_credential_by_id(&key(), "u")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.password_hash.as_deref(), Some("new 3"));
}
