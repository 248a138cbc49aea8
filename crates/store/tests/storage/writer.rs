use crate::database::Database;
use crate::records::{at, code, insert_code, key, redeem, session, user};
use grantor_store::changes::FeedPosition;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, NewReference, Outcome, StoreError};
use tokio::task::JoinSet;

/// Runs all commands while the database is held shut, so that they wait and share a commit; their answers in order.
async fn together(database: &Database, commands: Vec<Command>) -> Vec<Result<Outcome, StoreError>> {
    let hold = database.hold();
    let before = database.store.writes();
    let mut tasks = JoinSet::new();
    for (number, command) in commands.into_iter().enumerate() {
        let store = database.store.clone();
        tasks.spawn(async move { (number, store.write(command).await) });
    }
    // Each is counted as it is handed over.
    while database.store.writes() < before + tasks.len() as u64 {
        tokio::task::yield_now().await;
    }
    hold.release();
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn reference(id: &str) -> Command {
    let row = NewReference {
        id: id.into(),
        client: "app-a".into(),
        user: None,
        grant: None,
        subject: "a".into(),
        scope: String::new(),
        suffix: String::new(),
        issued_at: at(0),
        expires_at: at(1),
    };
    Command::InsertReference(key(), Box::new(row))
}

pub(crate) async fn a_failing_command_fails_alone(database: &Database) {
    database.store.write(insert_code(0)).await.unwrap();
    // Every third is there already.
    let commands = (1..=90u8).map(|number| insert_code(if number % 3 == 0 { 0 } else { number }));
    let answers = together(database, commands.collect()).await;
    for (number, answer) in (1..=90u8).zip(answers) {
        match number % 3 {
            0 => assert!(matches!(answer, Err(StoreError::Conflict(_))), "{number}: {answer:?}"),
            _ => assert_eq!(answer.unwrap(), Outcome::Done),
        }
        let found = database.store.find_code(&key(), &[number; 32]).await.unwrap();
        assert_eq!(found.is_some(), number % 3 != 0, "{number}");
    }
}

pub(crate) async fn an_error_that_is_no_constraint_writes_nothing_of_its_group(database: &Database) {
    let store = &database.store;
    database.execute("ALTER TABLE reference_token RENAME TO away");
    let fails = |number: u8| number % 10 == 5;
    let commands = (1..=50u8).map(|number| match fails(number) {
        true => reference("x"),
        false => insert_code(number),
    });
    let answers = together(database, commands.collect()).await;
    for (number, answer) in (1..=50u8).zip(&answers) {
        if fails(number) {
            assert!(
                matches!(answer, Err(StoreError::Unavailable(_))),
                "{number}: {answer:?}"
            );
            continue;
        }
        // What was answered with an error is not there, what was acknowledged is.
        let found = store.find_code(&key(), &[number; 32]).await.unwrap().is_some();
        assert_eq!(found, answer.is_ok(), "{number}: {answer:?}");
    }
    assert!(
        answers.iter().filter(|answer| answer.is_err()).count() >= 5,
        "{answers:?}"
    );
    // It goes on without a restart, and works again when the cause is gone.
    store.write(insert_code(100)).await.unwrap();
    assert!(matches!(
        store.write(reference("x")).await,
        Err(StoreError::Unavailable(_))
    ));
    database.execute("ALTER TABLE away RENAME TO reference_token");
    store.write(reference("x")).await.unwrap();
    assert_eq!(database.number("SELECT COUNT(*) FROM reference_token"), 1);
}

pub(crate) async fn a_full_queue_refuses_at_once(database: &Database) {
    let store = &database.store;
    let hold = database.hold();
    // More than the queue and the group that waits for the database hold.
    let mut waiting = Vec::new();
    for _ in 0..10_000 {
        let mut write = Box::pin(store.write(touch()));
        // Handed over when it is first asked.
        let refused = std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_ready()));
        if !refused.await {
            waiting.push(write);
        }
    }
    assert!(waiting.len() < 10_000);
    let refused = store.write(insert_code(1)).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    hold.release();
    while let Err(StoreError::Busy) = store.write(insert_code(2)).await {
        tokio::task::yield_now().await;
    }
    assert!(store.find_code(&key(), &[1; 32]).await.unwrap().is_none());
    assert!(store.find_code(&key(), &[2; 32]).await.unwrap().is_some());
}

fn expire() -> Command {
    Command::DeleteExpired {
        now: at(0),
        events_before: at(0),
    }
}

fn touch() -> Command {
    Command::TouchSession {
        key: key(),
        id_mac: [0; 32],
        now: at(0),
    }
}

pub(crate) async fn background_writes_leave_room_for_others(database: &Database) {
    let store = &database.store;
    let hold = database.hold();
    for number in 0..3_000 {
        store.write_later(reference(&format!("row {number}")));
    }
    let refused = store.write_for_job(expire()).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    // What requests wait for is taken all the same, and done once the database is free.
    let mut revoked = JoinSet::new();
    for number in 0..1500u32 {
        let store = store.clone();
        let revocation = NewRevocation {
            revoked: Revoked::Token(number.to_string()),
            at: at(0),
            expires_at: at(1),
        };
        revoked.spawn(async move { store.write(Command::Revoke(key(), revocation)).await });
    }
    while store.writes() < 1500 {
        tokio::task::yield_now().await;
    }
    hold.release();
    for outcome in revoked.join_all().await {
        assert_eq!(outcome.unwrap(), Outcome::Done);
    }
    assert_eq!(database.number("SELECT COUNT(*) FROM revocation"), 1500);
    // Their share is theirs again when it is done.
    store.write_for_job(reference("after")).await.unwrap();
    let kept = database.number("SELECT COUNT(*) FROM reference_token");
    assert!((2..2500).contains(&kept), "{kept}");
}

pub(crate) async fn a_write_is_done_though_its_caller_went_away(database: &Database) {
    let store = &database.store;
    store.write(insert_code(1)).await.unwrap();
    tokio::select! {
        biased;
        _ = store.write(redeem(1, at(1))) => {}
        () = std::future::ready(()) => {}
    }
    // The queue is first in, first out.
    let late = store.write(redeem(1, at(2))).await.unwrap();
    assert!(matches!(late, Outcome::Revoked(_)), "{late:?}");
    assert_eq!(database.number("SELECT created_at FROM authorization_grant"), 1000);
    store.write_later(insert_code(2));
    store.write(insert_code(3)).await.unwrap();
    assert!(store.find_code(&key(), &[2; 32]).await.unwrap().is_some());
}

pub(crate) async fn a_half_done_command_is_undone(database: &Database) {
    let store = &database.store;
    for number in [1, 2] {
        store.write(insert_code(number)).await.unwrap();
    }
    store.write(redeem(1, at(1))).await.unwrap();
    // The code would be consumed, but its grant is there already.
    let mut clash = redeem(1, at(1));
    if let Command::RedeemCode { code_mac, .. } = &mut clash {
        *code_mac = code(2).code_mac;
    }
    let answers = together(database, vec![insert_code(3), clash, insert_code(4)]).await;
    assert!(matches!(answers[1], Err(StoreError::Conflict(_))), "{answers:?}");
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    let found = store.find_code(&key(), &[2; 32]).await.unwrap().unwrap();
    assert!(!found.redeemed);
    assert_eq!(store.write(redeem(2, at(3))).await.unwrap(), Outcome::Won);
}

pub(crate) async fn every_round_trip_is_counted(database: &Database) {
    let store = &database.store;
    let spent = || (store.statements() - store.writes(), store.writes());
    assert_eq!(spent(), (0, 0));
    store.write(insert_code(1)).await.unwrap();
    store.find_code(&key(), &[1; 32]).await.unwrap();
    store.find_revocation_now(&key(), "jti:x").await.unwrap();
    store.find_root_realm().await.unwrap();
    assert_eq!(spent(), (3, 1));
    // What no request waits for.
    let revocation = NewRevocation {
        revoked: Revoked::Token("x".into()),
        at: at(0),
        expires_at: at(1),
    };
    store.write_later(Command::Revoke(key(), revocation));
    store.feed_position().await.unwrap();
    store.list_revocations(at(0), None).await.unwrap();
    let changes = store.read_feed(&mut FeedPosition::default()).await.unwrap().changes;
    store
        .find_revocations(&changes.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    store.write_for_job(expire()).await.unwrap();
    assert_eq!(spent(), (3, 1));
}

/// On PostgreSQL: whoever manages holds up who is managed, and nobody else. On SQLite there is one writer.
pub(crate) async fn a_long_management_write_does_not_stand_before_applications(database: &Database) {
    let store = &database.store;
    if database.sqlite().is_some() {
        return;
    }
    let management = store.manage(at(1)).await.unwrap();
    management.save_user(&user("u1", "name"), None).await.unwrap();
    let started = Command::StartSession {
        key: key(),
        session: Box::new(grantor_store::sessions::NewSession {
            user: "u1".into(),
            proven_by: Some("hash".into()),
            ..session(1, at(1))
        }),
        replaces: None,
        account: None,
    };
    let (other, waiting) = (store.clone(), started.clone());
    let waiting = tokio::spawn(async move { other.write(waiting).await });
    for number in 1..=20 {
        store.write(insert_code(number)).await.unwrap();
        assert_eq!(store.write(redeem(number, at(2))).await.unwrap(), Outcome::Won);
    }
    management.commit().await.unwrap();
    // Its password is not that one.
    assert_eq!(waiting.await.unwrap().unwrap(), Outcome::Lost);
}
