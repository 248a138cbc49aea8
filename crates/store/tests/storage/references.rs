use crate::database::Database;
use crate::records::{at, key, other_keys};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::token_list::{Position, Principal};
use grantor_store::references::ReferenceQuery;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, NewReference};

const NOW: UnixMillis = at(100);

fn token(id: &str, issued_at: UnixMillis) -> NewReference {
    NewReference {
        id: id.into(),
        client: "app-a".into(),
        user: None,
        grant: None,
        subject: "a".into(),
        scope: "read write".into(),
        suffix: "abcdefgh".into(),
        issued_at,
        expires_at: at(1000),
    }
}

async fn insert(database: &Database, key: RealmKey, row: NewReference) {
    let command = Command::InsertReference(key, Box::new(row));
    database.store.write(command).await.unwrap();
}

async fn page(database: &Database, principal: &Principal, after: Option<&Position>, limit: u64) -> Vec<Position> {
    let query = ReferenceQuery {
        client: "app-a",
        client_id: "a",
        principal,
        after,
        limit,
    };
    let rows = database.store.list_references(&key(), &query, NOW).await.unwrap();
    let place = |row: grantor_store::references::ReferenceRecord| {
        assert_eq!((row.scope.as_str(), row.suffix.as_str()), ("read write", "abcdefgh"));
        Position {
            issued_at: row.issued_at,
            id: row.id,
        }
    };
    rows.into_iter().map(place).collect()
}

async fn ids(database: &Database, principal: &Principal) -> String {
    let all = page(database, principal, None, 100).await;
    all.iter().map(|p| p.id.as_str()).collect::<Vec<_>>().join(" ")
}

pub(crate) async fn a_list_holds_what_lives_newest_first_and_page_by_page(database: &Database) {
    // Three of one millisecond; ids are in no order of time.
    for (id, milliseconds) in [("e", 1), ("b", 5), ("d", 5), ("c", 5), ("a", 9)] {
        insert(database, key(), token(id, UnixMillis(milliseconds))).await;
    }
    let expired = NewReference {
        expires_at: NOW,
        ..token("x1", at(9))
    };
    let of_another = NewReference {
        client: "app-b".into(),
        ..token("x2", at(9))
    };
    insert(database, key(), expired).await;
    insert(database, key(), of_another).await;
    for other in other_keys() {
        insert(database, other, token("x3", at(9))).await;
    }
    assert_eq!(ids(database, &Principal::Any).await, "a d c b e");
    for size in 1..=6 {
        let (mut seen, mut after) = (String::new(), None);
        loop {
            let page = page(database, &Principal::Any, after.as_ref(), size).await;
            assert!(page.len() as u64 <= size);
            seen.extend(page.iter().map(|p| p.id.as_str()));
            match page.last() {
                Some(last) => after = Some(last.clone()),
                None => break,
            }
        }
        assert_eq!(seen, "adcbe", "{size}");
    }
}

pub(crate) async fn what_a_revocation_ends_is_listed_no_more(database: &Database) {
    let revoke = async |revoked: Revoked, at_second: i64, key: RealmKey| {
        let revocation = NewRevocation {
            revoked,
            at: at(at_second),
            expires_at: at(2000),
        };
        database.store.write(Command::Revoke(key, revocation)).await.unwrap();
    };
    for (id, user, grant, second) in [
        ("a", None, None, 10),
        ("b", Some("u"), Some("g"), 11),
        ("c", Some("u"), Some("h"), 12),
        ("d", Some("v"), Some("i"), 13),
        ("e", None, None, 14),
    ] {
        let row = NewReference {
            user: user.map(str::to_owned),
            grant: grant.map(str::to_owned),
            ..token(id, at(second))
        };
        insert(database, key(), row).await;
    }
    // Of other realms, of other kinds, of other names.
    for other in other_keys() {
        revoke(Revoked::Token("a".into()), 50, other.clone()).await;
        revoke(Revoked::Client("a".into()), 50, other).await;
    }
    revoke(Revoked::Grant("a".into()), 50, key()).await;
    revoke(Revoked::User("g".into()), 50, key()).await;
    revoke(Revoked::Client("app-a".into()), 50, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e d c b a");
    revoke(Revoked::Token("a".into()), 50, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e d c b");
    revoke(Revoked::Grant("g".into()), 50, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e d c");
    // What was issued in the second of the epoch ends with it, later ones do not.
    revoke(Revoked::User("u".into()), 11, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e d c");
    revoke(Revoked::User("u".into()), 12, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e d");
    revoke(Revoked::Client("a".into()), 13, key()).await;
    assert_eq!(ids(database, &Principal::Any).await, "e");
    // A row that comes after its revocation, from a process whose queue was long, is not listed either.
    revoke(Revoked::Token("late".into()), 50, key()).await;
    insert(database, key(), token("late", at(60))).await;
    assert_eq!(ids(database, &Principal::Any).await, "e");
}

pub(crate) async fn a_principal_narrows_the_list(database: &Database) {
    for (id, user) in [("a", None), ("b", Some("u")), ("c", Some("v")), ("d", Some("u"))] {
        let row = NewReference {
            user: user.map(str::to_owned),
            ..token(id, at(1))
        };
        insert(database, key(), row).await;
    }
    for (principal, expected) in [
        (Principal::Any, "d c b a"),
        (Principal::Application, "a"),
        (Principal::Users, "d c b"),
        (Principal::User("u".into()), "d b"),
        (Principal::User("' OR 1 = 1 --".into()), ""),
        (Principal::User("%".into()), ""),
        (Principal::User("\0".into()), ""),
    ] {
        assert_eq!(ids(database, &principal).await, expected, "{principal:?}");
    }
}
