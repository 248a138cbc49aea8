use crate::database::Database;
use crate::records::{at, insert_code, key, other_keys, redeem, revoke_grant};
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, Outcome};

fn revocation(revoked: Revoked, seconds: i64, until: i64) -> NewRevocation {
    NewRevocation {
        revoked,
        at: at(seconds),
        expires_at: at(until),
    }
}

pub(crate) async fn a_revocation_is_widened_and_never_narrowed(database: &Database) {
    let store = &database.store;
    let kinds = [
        (Revoked::Token("x:y".into()), "jti:x:y"),
        (Revoked::Grant("x".into()), "grant:x"),
        (Revoked::User("x".into()), "user:x"),
        (Revoked::Client("x".into()), "client:x"),
    ];
    for (revoked, name) in kinds.clone() {
        for (seconds, until, expected) in [
            (10, 100, (10, 100)),
            (20, 90, (20, 100)),
            (5, 200, (20, 200)),
            (5, 50, (20, 200)),
        ] {
            let new = revocation(revoked.clone(), seconds, until);
            store.write(Command::Revoke(key(), new)).await.unwrap();
            for found in [
                store.find_revocation(&key(), name).await.unwrap().unwrap(),
                store.find_revocation_now(&key(), name).await.unwrap().unwrap(),
            ] {
                assert_eq!(found.revoked, revoked);
                assert_eq!((found.at, found.expires_at), (at(expected.0), at(expected.1)));
            }
        }
        for other in other_keys() {
            assert!(store.find_revocation(&other, name).await.unwrap().is_none());
        }
    }
    // Every one is announced, by the name it is found under.
    let changes = store.list_changes(0).await.unwrap();
    assert_eq!(changes.len(), 16);
    for (change, (_, name)) in changes.iter().step_by(4).zip(&kinds) {
        assert_eq!(
            (change.kind.as_str(), change.subject.as_str(), &change.key),
            ("revocation", *name, &key())
        );
    }
    assert_eq!(store.list_revocations(at(199)).await.unwrap().len(), 4);
    assert_eq!(store.list_revocations(at(200)).await.unwrap().len(), 0);
}

pub(crate) async fn revoking_a_grant_marks_it(database: &Database) {
    let store = &database.store;
    for number in [1, 2] {
        store.write(insert_code(number)).await.unwrap();
        store.write(redeem(number, at(1))).await.unwrap();
    }
    for key in other_keys() {
        assert_eq!(
            store.write(revoke_grant(key, "g1", at(5))).await.unwrap(),
            Outcome::Lost
        );
    }
    // A token or a user of the same name is not the grant.
    for revoked in [
        Revoked::Token("g1".into()),
        Revoked::User("g1".into()),
        Revoked::Client("g1".into()),
    ] {
        let new = revocation(revoked, 5, 100);
        store.write(Command::Revoke(key(), new)).await.unwrap();
    }
    let live = "SELECT COUNT(*) FROM authorization_grant WHERE revoked_at IS NULL";
    assert_eq!(database.number(live), 2);
    for seconds in [10, 20] {
        let ended = revocation(Revoked::Grant("g1".into()), seconds, 3601);
        let outcome = store.write(revoke_grant(key(), "g1", at(seconds))).await.unwrap();
        assert_eq!(outcome, Outcome::Revoked(vec![ended]));
        let first = "SELECT revoked_at FROM authorization_grant WHERE id = 'g1'";
        assert_eq!((database.number(live), database.number(first)), (1, 10_000));
    }
    // A grant that was never there has nothing to lose, and nothing is said of it.
    let before = store.last_change().await.unwrap();
    assert_eq!(
        store.write(revoke_grant(key(), "g9", at(30))).await.unwrap(),
        Outcome::Lost
    );
    assert_eq!(store.last_change().await.unwrap(), before);
}
