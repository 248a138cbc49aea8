use crate::database::Database;
use crate::records::{at, insert_code, key, other_keys, redeem, revoke_grant};
use grantor_store::changes::FeedPosition;
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
            let found = store.find_revocation_now(&key(), name).await.unwrap().unwrap();
            assert_eq!(found.revoked, revoked);
            assert_eq!((found.at, found.expires_at), (at(expected.0), at(expected.1)));
        }
        for other in other_keys() {
            assert!(store.find_revocation_now(&other, name).await.unwrap().is_none());
        }
    }
    // Every one is announced, by the name it is found under.
    let changes = store.read_feed(&mut FeedPosition::default()).await.unwrap().changes;
    assert_eq!(changes.len(), 16);
    for (change, (_, name)) in changes.iter().step_by(4).zip(&kinds) {
        assert_eq!(
            (change.kind.as_str(), change.subject.as_str(), &change.key),
            ("revocation", *name, &key())
        );
    }
    let listed = async |now| store.list_revocations(now, None).await.unwrap().revocations.len();
    assert_eq!((listed(at(199)).await, listed(at(200)).await), (4, 0));
}

pub(crate) async fn all_of_them_are_listed_a_page_at_a_time(database: &Database) {
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
         INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at)
         SELECT 't' || (i % 3), 'r' || (i % 2), CASE i % 5 WHEN 0 THEN 'grant' ELSE 'jti' END, 's' || i, i, i FROM n",
    );
    let mut seen = std::collections::HashSet::new();
    let (mut pages, mut after) = (0, None);
    loop {
        let page = database.store.list_revocations(at(1), after.as_ref()).await.unwrap();
        for (key, revocation) in page.revocations {
            let number: i64 = revocation.revoked.subject()[1..].parse().unwrap();
            assert_eq!(revocation.expires_at.0, number);
            assert!(seen.insert((key, revocation.revoked)), "{number} twice");
        }
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // Those that are over are left out.
    assert_eq!((seen.len(), pages), (11_000, 3));
}

pub(crate) async fn changes_find_theirs_all_at_once(database: &Database) {
    let store = &database.store;
    for number in 0..450 {
        let revoked = match number % 2 {
            0 => Revoked::Token(format!("x:{number}")),
            _ => Revoked::Grant(format!("x:{number}")),
        };
        let key = if number % 3 == 0 {
            other_keys()[0].clone()
        } else {
            key()
        };
        let command = Command::Revoke(key, revocation(revoked, number, 1000 + number));
        store.write(command).await.unwrap();
    }
    database.execute("DELETE FROM revocation WHERE subject = 'x:7'");
    let changes = store.read_feed(&mut FeedPosition::default()).await.unwrap().changes;
    let found = store
        .find_revocations(&changes.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    assert_eq!(found.len(), 449);
    for (key, revocation) in &found {
        let named = |c: &&grantor_store::changes::Change| {
            c.key == *key && c.subject == format!("{}:{}", revocation.revoked.kind(), revocation.revoked.subject())
        };
        assert_eq!(changes.iter().filter(named).count(), 1, "{revocation:?}");
    }
    assert!(store.find_revocations(&[]).await.unwrap().is_empty());
    let Some(connection) = database.sqlite() else { return };
    // By the primary key, not by looking at every row.
    let plan: Vec<String> = {
        let places = ["('t', 'r', 'jti', 'a')"; 200].join(", ");
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT * FROM revocation
             WHERE (revocation.tenant, revocation.realm, revocation.kind, revocation.subject) IN (VALUES {places})"
        );
        let mut statement = connection.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| row.get(3)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert!(plan[0].starts_with("SEARCH revocation USING INDEX"), "{plan:?}");
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
    let before = database.number("SELECT COALESCE(MAX(seq), 0) FROM change");
    assert_eq!(
        store.write(revoke_grant(key(), "g9", at(30))).await.unwrap(),
        Outcome::Lost
    );
    assert_eq!(database.number("SELECT COALESCE(MAX(seq), 0) FROM change"), before);
}
