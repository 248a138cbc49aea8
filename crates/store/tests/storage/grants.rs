use crate::database::Database;
use crate::records::{allow, at, client, event, grant, insert_code, key, other_keys, redeem, session, user};
use grantor_protocol::client::{Client, RefreshTokens};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::IssuerKind;
use grantor_protocol::token::refresh_token::Refresh;
use grantor_protocol::user::User;
use grantor_protocol::words::RefreshRotation;
use grantor_store::revocations::Revoked;
use grantor_store::{Command, Judged, Outcome, RefreshUse};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

async fn granted(database: &Database, number: u8) {
    let management = database.store.manage(at(0)).await.unwrap();
    management.save_user(&user("u", "u"), None).await.unwrap();
    management.commit().await.unwrap();
    database.store.write(insert_code(number)).await.unwrap();
    assert_eq!(database.store.write(redeem(number, at(1))).await.unwrap(), Outcome::Won);
}

/// Using a token of `g1` after `seconds`, for an access token of a hundred seconds.
fn used(generation: i64, rotation: RefreshRotation, seconds: i64) -> RefreshUse {
    let mut client = client("a");
    client.config.refresh_tokens = RefreshTokens {
        enabled: true,
        rotation,
        ..RefreshTokens::default()
    };
    RefreshUse {
        client: Arc::new(client),
        issuer: IssuerKind::Realm,
        grant: "g1".into(),
        generation,
        asked: None,
        now: at(seconds),
        tokens_end_at: at(seconds + 100),
        event: event(EventKind::RefreshRepeated, at(seconds)),
        tell: true,
    }
}

/// What came of it; `None` when there is no such family.
async fn judged(database: &Database, used: RefreshUse) -> Option<Judged> {
    match database.store.write(Command::UseRefresh(Box::new(used))).await.unwrap() {
        Outcome::Judged(judged) => Some(*judged),
        Outcome::Lost => None,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_grant_is_found_as_it_was_stored_and_only_in_its_realm(database: &Database) {
    let store = &database.store;
    granted(database, 1).await;
    let found = store.find_family(&key(), "g1").await.unwrap().unwrap();
    let stored = grant(1, at(1));
    let mut authorization = stored.authorization;
    // A nonce belongs to one sign-in.
    authorization.nonce = None;
    assert_eq!(found.authorization, authorization);
    assert_eq!((found.client.as_str(), found.issuer), ("app-a", IssuerKind::Realm));
    assert_eq!(
        (found.revoked, found.consent_stands, found.generation),
        (false, true, 0)
    );
    assert_eq!((found.created_at, found.ends_at), (at(1), at(4601)));
    assert_eq!((found.rotated_at, found.last_used_at), (at(1), at(1)));
    for other in other_keys() {
        assert!(store.find_family(&other, "g1").await.unwrap().is_none());
    }
    assert!(store.find_family(&key(), "g2").await.unwrap().is_none());
    // A grant without refresh tokens has no family.
    store.write(insert_code(2)).await.unwrap();
    let mut without = redeem(2, at(1));
    if let Command::RedeemCode { grant, .. } = &mut without {
        grant.refresh = None;
    }
    assert_eq!(store.write(without).await.unwrap(), Outcome::Won);
    assert!(store.find_family(&key(), "g2").await.unwrap().is_none());
}

pub(crate) async fn a_grant_stands_on_the_consent_it_needs(database: &Database) {
    let store = &database.store;
    store.write(insert_code(1)).await.unwrap();
    let mut needing = redeem(1, at(1));
    if let Command::RedeemCode { grant, .. } = &mut needing {
        grant.consent_needed = true;
    }
    store.write(needing).await.unwrap();
    for (scope, expected) in [("openid", false), ("read", true)] {
        store.write(allow(key(), "u", "app-a", scope, at(1))).await.unwrap();
        let found = store.find_family(&key(), "g1").await.unwrap().unwrap();
        assert_eq!(found.consent_stands, expected, "{scope}");
    }
}

pub(crate) async fn a_use_is_judged_and_written_in_one_unit(database: &Database) {
    use RefreshRotation::{Off, Strict, UntilReceipt};
    let store = &database.store;
    granted(database, 1).await;
    let [generation, rotated, last, end, row] = [
        "generation",
        "rotated_at",
        "last_used_at",
        "tokens_end_at",
        "expires_at",
    ]
    .map(|column| format!("SELECT {column} FROM authorization_grant"));
    let state = || [&generation, &rotated, &last, &end, &row].map(|sql| database.number(sql));
    let check = async |used: RefreshUse, verdict: &str, event: Option<EventKind>, expected: [i64; 5]| {
        let text = format!("{used:?}");
        let judged = judged(database, used).await.unwrap();
        let found = format!("{:?}", judged.verdict);
        assert!(found.starts_with(verdict), "{found} of {text}");
        assert_eq!((judged.event, state()), (event, expected), "{text}");
        assert_eq!(judged.revoked.is_some(), verdict == "RefuseAndRevoke");
    };
    let fresh = state();
    check(used(1, UntilReceipt, 10), "Refuse(", None, fresh).await;
    check(used(0, UntilReceipt, 4601), "Refuse(", None, fresh).await;
    check(used(0, Off, 10), "Keep", None, [0, 1000, 10_000, 3_601_000, 4_601_000]).await;
    let rotated = [1, 4_600_000, 4_600_000, 4_700_000, 4_700_000];
    // What hangs on a grant keeps its row.
    check(used(0, Strict, 4600), "Rotate", None, rotated).await;
    // A repeated predecessor neither rotates nor keeps the family from idling.
    let mut raced = used(0, UntilReceipt, 4600);
    raced.tokens_end_at = at(5000);
    let kept = [1, 4_600_000, 4_600_000, 5_000_000, 5_000_000];
    check(raced, "Repeat", Some(EventKind::RefreshRaced), kept).await;
    check(
        used(0, Strict, 4600),
        "RefuseAndRevoke",
        Some(EventKind::RefreshReplayed),
        kept,
    )
    .await;
    check(used(1, Strict, 4600), "Refuse(", None, kept).await;
    let revocation = store.find_revocation_now(&key(), "grant:g1").await.unwrap().unwrap();
    assert_eq!(revocation.expires_at, at(5000));
    let events = store.list_events(&key(), 9).await.unwrap();
    let events: Vec<_> = events.into_iter().map(|e| e.kind).collect();
    assert_eq!(events, [EventKind::RefreshReplayed, EventKind::RefreshRaced]);
}

pub(crate) async fn a_use_means_one_realm_s_grant_of_a_user_who_is_there(database: &Database) {
    granted(database, 1).await;
    for other in other_keys() {
        let mut used = used(0, RefreshRotation::Strict, 10);
        let client = Client {
            key: other,
            ..client("a")
        };
        used.client = Arc::new(client);
        assert!(judged(database, used).await.is_none());
    }
    let mut unknown = used(0, RefreshRotation::Strict, 10);
    unknown.grant = "g2".into();
    assert!(judged(database, unknown).await.is_none());
    for enabled in [false, true] {
        let management = database.store.manage(at(1)).await.unwrap();
        let user = User {
            enabled,
            ..user("u", "u")
        };
        management.save_user(&user, None).await.unwrap();
        management.commit().await.unwrap();
        let found = judged(database, used(0, RefreshRotation::Strict, 10)).await.unwrap();
        assert_eq!(found.verdict == Refresh::Rotate, enabled);
    }
}

pub(crate) async fn of_a_hundred_tasks_that_use_one_token_one_moves_the_family(database: &Database) {
    granted(database, 1).await;
    for generation in 0..3 {
        let barrier = Arc::new(Barrier::new(100));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (store, barrier) = (database.store.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                let used = used(generation, RefreshRotation::UntilReceipt, 10);
                store.write(Command::UseRefresh(Box::new(used))).await.unwrap()
            });
        }
        let outcomes = tasks.join_all().await;
        let count = |wanted: Refresh| {
            let is = |o: &&Outcome| matches!(o, Outcome::Judged(j) if j.verdict == wanted);
            outcomes.iter().filter(is).count()
        };
        assert_eq!((count(Refresh::Rotate), count(Refresh::Repeat)), (1, 99));
        assert_eq!(
            database.number("SELECT generation FROM authorization_grant"),
            generation + 1
        );
    }
}

/// A session that begins at 2 under `sid`, in a browser that held the session `replaces`.
fn start(number: u8, sid: &str, replaces: Option<u8>) -> Command {
    let mut new = session(number, at(2));
    new.sid = sid.into();
    Command::StartSession {
        key: key(),
        session: Box::new(new),
        replaces: replaces.map(|n| [n; 32]),
        account: None,
    }
}

pub(crate) async fn what_hangs_on_a_session_dies_with_it(database: &Database) {
    let store = &database.store;
    // Two grants of the session, one of them without the session's fate, and one of another session.
    for (number, sid, bound) in [(1, "sid", true), (2, "sid", false), (3, "other", true)] {
        store.write(insert_code(number)).await.unwrap();
        let mut command = redeem(number, at(1));
        if let Command::RedeemCode { grant, .. } = &mut command {
            grant.authorization.sid = sid.into();
            grant.refresh.as_mut().unwrap().session_bound = bound;
        }
        store.write(command).await.unwrap();
    }
    store.write(start(1, "sid", None)).await.unwrap();
    // The same person signs in again: the session goes on under the same sid.
    assert_eq!(store.write(start(2, "sid", Some(1))).await.unwrap(), Outcome::Done);
    let live = async |grant: &str| !store.find_family(&key(), grant).await.unwrap().unwrap().revoked;
    assert!(live("g1").await && live("g2").await && live("g3").await);
    // Somebody else signs in in the same browser.
    let ended = store.write(start(3, "new", Some(2))).await.unwrap();
    let Outcome::Revoked(ended) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].revoked, Revoked::Grant("g1".into()));
    assert!(!live("g1").await && live("g2").await && live("g3").await);
    let end = Command::EndSession {
        key: key(),
        id_mac: [3; 32],
        now: at(3),
    };
    assert_eq!(store.write(end.clone()).await.unwrap(), Outcome::Done);
    assert_eq!(store.write(end).await.unwrap(), Outcome::Done);
    assert!(live("g2").await && live("g3").await);
}

pub(crate) async fn nothing_hangs_on_a_session_that_was_ended_before(database: &Database) {
    let store = &database.store;
    let redeem = |number: u8, bound: Option<bool>| {
        let mut command = redeem(number, at(4));
        if let Command::RedeemCode { grant, .. } = &mut command {
            grant.refresh.as_mut().unwrap().session_bound = bound == Some(true);
            grant.refresh = grant.refresh.take().filter(|_| bound.is_some());
        }
        store.write(command)
    };
    for number in 1..=6 {
        store.write(insert_code(number)).await.unwrap();
    }
    // Nothing is known of a session of this sid, or it lives, or it goes on after the same person signed in again.
    assert_eq!(redeem(1, Some(true)).await.unwrap(), Outcome::Won);
    store.write(start(1, "sid", None)).await.unwrap();
    assert_eq!(redeem(2, Some(true)).await.unwrap(), Outcome::Won);
    store.write(start(2, "sid", Some(1))).await.unwrap();
    assert_eq!(redeem(3, Some(true)).await.unwrap(), Outcome::Won);
    let end = Command::EndSession {
        key: key(),
        id_mac: [2; 32],
        now: at(3),
    };
    store.write(end).await.unwrap();
    assert_eq!(redeem(4, Some(true)).await.unwrap(), Outcome::Lost);
    assert!(store.find_family(&key(), "g4").await.unwrap().is_none());
    // What does not hang on it is given.
    assert_eq!(redeem(5, Some(false)).await.unwrap(), Outcome::Won);
    assert_eq!(redeem(6, None).await.unwrap(), Outcome::Won);
    assert!(!store.find_family(&key(), "g5").await.unwrap().unwrap().revoked);
}
