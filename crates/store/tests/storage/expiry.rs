use crate::database::Database;
use crate::records::{at, event, insert_code, key, redeem, session};
use grantor_protocol::events::EventKind;
use grantor_protocol::sign_in::Patience;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, NewAttempt, NewReference, Outcome, Store};

const DAY: i64 = 86_400;

fn reference(id: &str, expires: i64) -> Command {
    let row = NewReference {
        id: id.into(),
        client: "app-a".into(),
        user: Some("u".into()),
        grant: None,
        subject: "u".into(),
        scope: "read".into(),
        suffix: "abcdefgh".into(),
        issued_at: at(0),
        expires_at: at(expires),
    };
    Command::InsertReference(key(), Box::new(row))
}

/// Events are kept for two days.
fn delete(seconds: i64) -> Command {
    Command::DeleteExpired {
        now: at(seconds),
        events_before: at(seconds - 2 * DAY),
    }
}

/// After which its account waits for 30 seconds.
fn attempt() -> Command {
    let patience = Patience {
        attempts: 1,
        longest_wait_seconds: 60,
    };
    let attempt = NewAttempt {
        account: [1; 32],
        patience,
        now: at(0),
    };
    Command::ReserveSignIn(key(), attempt)
}

async fn store_one_of_each(store: &Store) {
    let revoked = NewRevocation {
        revoked: Revoked::Token("j".into()),
        at: at(0),
        expires_at: at(3600),
    };
    let started = Command::StartSession {
        key: key(),
        session: Box::new(session(1, at(0))),
        replaces: None,
        account: None,
    };
    for command in [
        insert_code(1),
        redeem(1, at(1)),
        insert_code(2),
        reference("short", 100),
        reference("long", 200),
        Command::Revoke(key(), revoked),
        started,
        attempt(),
    ] {
        store.write(command).await.unwrap();
    }
    store
        .write(Command::RecordEvent(
            key(),
            Box::new(event(EventKind::CodeReplayed, at(0))),
        ))
        .await
        .unwrap();
}

pub(crate) async fn what_is_over_is_deleted_and_nothing_else(database: &Database) {
    let store = &database.store;
    store_one_of_each(store).await;
    let rows = [
        "authorization_code",
        "reference_token",
        "browser_session",
        "revocation",
        "authorization_grant",
        "change",
        "event",
        "sign_in_attempt",
    ];
    let check = async |seconds: i64, expected: [i64; 8]| {
        let outcome = store.write(delete(seconds)).await;
        assert_eq!(outcome.unwrap(), Outcome::Done);
        let found = rows.map(|table| database.number(&format!("SELECT COUNT(*) FROM {table}")));
        assert_eq!(found, expected, "{rows:?} after {seconds} s");
    };
    check(59, [2, 2, 1, 1, 1, 1, 1, 1]).await;
    // Used or not, a code stays to its end, so that a replay is seen.
    check(60, [0, 2, 1, 1, 1, 1, 1, 1]).await;
    check(199, [0, 1, 1, 1, 1, 1, 1, 1]).await;
    check(3599, [0, 0, 1, 1, 1, 1, 1, 1]).await;
    check(3600, [0, 0, 1, 0, 1, 1, 1, 1]).await;
    // That a session was ended is known for as long as a code of it may be redeemed.
    check(4199, [0, 0, 1, 0, 1, 1, 1, 1]).await;
    check(4200, [0, 0, 0, 0, 1, 1, 1, 1]).await;
    // A grant stays as long as its refresh tokens, so that a replay of one is seen.
    check(4600, [0, 0, 0, 0, 1, 1, 1, 1]).await;
    check(4601, [0, 0, 0, 0, 0, 1, 1, 1]).await;
    check(DAY - 1, [0, 0, 0, 0, 0, 1, 1, 1]).await;
    // The last change stays, so that whoever was away sees how far the feed has got.
    check(DAY, [0, 0, 0, 0, 0, 1, 1, 1]).await;
    // A day after the wait of 30 seconds.
    check(DAY + 29, [0, 0, 0, 0, 0, 1, 1, 1]).await;
    check(DAY + 30, [0, 0, 0, 0, 0, 1, 1, 0]).await;
    check(2 * DAY, [0, 0, 0, 0, 0, 1, 0, 0]).await;
    // The sequence goes on where it was: nobody who followed it reads a number twice.
    let again = NewRevocation {
        revoked: Revoked::Token("k".into()),
        at: at(2 * DAY),
        expires_at: at(3 * DAY),
    };
    store.write(Command::Revoke(key(), again)).await.unwrap();
    assert_eq!(database.number("SELECT COALESCE(MAX(seq), 0) FROM change"), 2);
}

pub(crate) async fn much_that_is_over_is_deleted_some_at_a_time(database: &Database) {
    let store = &database.store;
    for number in 0..1001 {
        store.write_later(reference(&number.to_string(), 100));
    }
    // What was handed over before it is written when it is.
    store.write(insert_code(1)).await.unwrap();
    for (expected, left) in [(Outcome::More, 1), (Outcome::Done, 0)] {
        assert_eq!(store.write(delete(100)).await.unwrap(), expected);
        assert_eq!(database.number("SELECT COUNT(*) FROM reference_token"), left);
    }
}

pub(crate) async fn of_old_changes_the_last_one_stays(database: &Database) {
    let store = &database.store;
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO change (tenant, realm, kind, subject, at) SELECT 't', 'r', 'client', i, i FROM n",
    );
    for (outcome, left) in [
        (Outcome::More, 1500),
        (Outcome::More, 500),
        (Outcome::Done, 1),
        (Outcome::Done, 1),
    ] {
        assert_eq!(store.write(delete(2 * DAY)).await.unwrap(), outcome);
        assert_eq!(database.number("SELECT COUNT(*) FROM change"), left);
    }
    assert_eq!(database.number("SELECT seq FROM change"), 2500);
}
