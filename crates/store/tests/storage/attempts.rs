use crate::database::Database;
use crate::records::{at, key, other_keys, session};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::sign_in::Patience;
use grantor_store::{Command, NewAttempt, Outcome};

const PATIENCE: Patience = Patience {
    attempts: 3,
    longest_wait_seconds: 100,
};

fn attempt(key: RealmKey, account: u8, now: UnixMillis) -> Command {
    let attempt = NewAttempt {
        account: [account; 32],
        patience: PATIENCE,
        now,
    };
    Command::ReserveSignIn(key, attempt)
}

fn waits(until: i64, won: bool) -> Outcome {
    let until = at(until);
    Outcome::Waits { until, won }
}

pub(crate) async fn an_account_takes_so_many_attempts_and_then_waits_longer_and_longer(database: &Database) {
    let attempt_at = async |seconds| database.store.write(attempt(key(), 1, at(seconds))).await.unwrap();
    for (seconds, expected) in [
        (0, Outcome::Won),
        (0, Outcome::Won),
        (1, waits(31, true)),
        (1, waits(31, false)),
        (30, waits(31, false)),
        (31, waits(91, true)),
        (90, waits(91, false)),
        (91, waits(191, true)),
        (191, waits(291, true)),
        // A clock that was put back does not make it wait for longer than anybody waits.
        (100, waits(200, true)),
        (200 + 86_399, waits(200 + 86_499, true)),
        // A day after the wait it begins anew, whether the row was deleted or not.
        (200 + 2 * 86_400 + 100, Outcome::Won),
    ] {
        assert_eq!(attempt_at(seconds).await, expected, "at {seconds} s");
    }
    for other in other_keys() {
        assert_eq!(
            database.store.write(attempt(other, 1, at(1))).await.unwrap(),
            Outcome::Won
        );
    }
    assert_eq!(
        database.store.write(attempt(key(), 2, at(1))).await.unwrap(),
        Outcome::Won
    );
}

pub(crate) async fn of_two_hundred_tasks_as_many_as_the_limit_may_try(database: &Database) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let store = database.store.clone();
        tasks.spawn(async move { store.write(attempt(key(), 1, at(0))).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let count = |wanted: Outcome| outcomes.iter().filter(|o| **o == wanted).count();
    assert_eq!(
        [count(Outcome::Won), count(waits(30, true)), count(waits(30, false))],
        [2, 1, 197]
    );
}

pub(crate) async fn a_session_gives_back_the_attempts_of_its_account_alone(database: &Database) {
    let store = &database.store;
    for account in [1, 1, 1, 2] {
        store.write(attempt(key(), account, at(0))).await.unwrap();
    }
    let start = |number: u8, account| Command::StartSession {
        key: key(),
        session: Box::new(session(number, at(0))),
        replaces: None,
        account,
    };
    store.write(start(1, Some([1; 32]))).await.unwrap();
    let count = || database.number("SELECT COUNT(*) FROM sign_in_attempt");
    assert_eq!(count(), 1);
    assert_eq!(store.write(attempt(key(), 1, at(0))).await.unwrap(), Outcome::Won);
    // One unit: no session, nothing given back.
    assert!(store.write(start(1, Some([1; 32]))).await.is_err());
    store.write(start(2, None)).await.unwrap();
    assert_eq!(count(), 2);
}

pub(crate) async fn a_name_is_a_user_name_before_it_is_an_address(database: &Database) {
    let store = &database.store;
    let mut owner = crate::records::user("u1", "owner");
    owner.email = Some("Name@example.test".into());
    let mut namesake = crate::records::user("u2", "NAME@example.test");
    namesake.email = None;
    let management = store.manage(at(0)).await.unwrap();
    management.save_user(&owner, None).await.unwrap();
    management.commit().await.unwrap();
    let found = async |name: &str| {
        let found = store.find_credential_by_name(&key(), name).await.unwrap();
        found.map(|f| f.user.id)
    };
    for name in ["owner", "OWNER", "name@example.test", "NAME@EXAMPLE.TEST"] {
        assert_eq!(found(name).await.as_deref(), Some("u1"), "{name}");
    }
    for name in ["", "%", "name", "u1", "name@example.tes"] {
        assert_eq!(found(name).await, None, "{name}");
    }
    let management = store.manage(at(0)).await.unwrap();
    management.save_user(&namesake, None).await.unwrap();
    management.commit().await.unwrap();
    assert_eq!(found("name@example.test").await.as_deref(), Some("u2"));
    assert_eq!(found("owner").await.as_deref(), Some("u1"));
    let Some(connection) = database.sqlite() else { return };
    // Both ways are by an index, however many users there are.
    let plan = "EXPLAIN QUERY PLAN SELECT * FROM user WHERE tenant = 't' AND realm = 'r' AND (username_key = 'x' OR email_key = 'x')";
    let mut statement = connection.prepare(plan).unwrap();
    let lines = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(lines.iter().any(|l| l.contains("MULTI-INDEX OR")), "{lines:?}");
    assert!(lines.iter().all(|l| !l.starts_with("SCAN")), "{lines:?}");
}
