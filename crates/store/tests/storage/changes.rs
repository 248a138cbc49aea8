use crate::database::Database;
use crate::records::{at, client, key, resource_server, user};
use grantor_store::changes::{Change, FeedPosition};
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, Store};
use std::collections::HashSet;
use tokio::task::JoinSet;

fn revoke(number: usize) -> Command {
    let revocation = NewRevocation {
        revoked: Revoked::Token(number.to_string()),
        at: at(0),
        expires_at: at(10),
    };
    Command::Revoke(key(), revocation)
}

/// Everything behind a position.
async fn rest(store: &Store, position: &mut FeedPosition) -> Vec<Change> {
    let mut all = Vec::new();
    loop {
        let page = store.read_feed(position).await.unwrap();
        assert!(!page.missed);
        all.extend(page.changes);
        if !page.more {
            return all;
        }
    }
}

pub(crate) async fn the_feed_tells_every_change_once(database: &Database) {
    let store = &database.store;
    let mut position = store.feed_position().await.unwrap();
    assert!(rest(store, &mut position).await.is_empty());
    // Whoever follows the feed while others write sees every change, once.
    const WRITERS: usize = 30;
    const EACH: usize = 50;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0..EACH {
                store.write(revoke(writer * EACH + number)).await.unwrap();
            }
        });
    }
    let mut seen = Vec::new();
    while seen.len() < WRITERS * EACH {
        seen.extend(rest(store, &mut position).await);
        tokio::task::yield_now().await;
    }
    writers.join_all().await;
    assert!(rest(store, &mut position).await.is_empty());
    let numbers = || seen.iter().map(|change| change.subject[4..].parse::<usize>().unwrap());
    assert_eq!(numbers().collect::<HashSet<_>>(), (0..WRITERS * EACH).collect());
    // Each writer waited for its commits, so its own are in order.
    for writer in 0..WRITERS {
        let own: Vec<usize> = numbers().filter(|number| number / EACH == writer).collect();
        assert_eq!(own, (writer * EACH..(writer + 1) * EACH).collect::<Vec<_>>());
    }
    // From the beginning it is the same, and from where it stands now it is nothing.
    let again = rest(store, &mut FeedPosition::default()).await;
    assert_eq!(again.len(), seen.len());
    assert!(rest(store, &mut store.feed_position().await.unwrap()).await.is_empty());
}

/// A transaction that began first and commits last is in nobody's way, and is not missed.
pub(crate) async fn a_change_that_is_committed_late_is_told(database: &Database) {
    let store = &database.store;
    let mut position = store.feed_position().await.unwrap();
    let slow = store.manage(at(1)).await.unwrap();
    slow.save_resource_server(&resource_server("slow")).await.unwrap();
    let subjects = async |position: &mut FeedPosition| -> Vec<String> {
        rest(store, position)
            .await
            .into_iter()
            .map(|change| change.subject)
            .collect()
    };
    if database.sqlite().is_none() {
        for number in 0..3 {
            store.write(revoke(number)).await.unwrap();
            assert_eq!(subjects(&mut position).await, [format!("jti:{number}")]);
        }
        // Who begins to follow the feed now hears of the slow one too.
        let mut late = store.feed_position().await.unwrap();
        store.write(revoke(3)).await.unwrap();
        slow.commit().await.unwrap();
        let mut heard = subjects(&mut late).await;
        heard.sort();
        assert_eq!(heard, ["jti:3", "slow"]);
        let mut heard = subjects(&mut position).await;
        heard.sort();
        assert_eq!(heard, ["jti:3", "slow"]);
    } else {
        slow.commit().await.unwrap();
        assert_eq!(subjects(&mut position).await, ["slow"]);
    }
    assert!(subjects(&mut position).await.is_empty());
}

/// Who was away while changes were deleted is told that there were some.
pub(crate) async fn what_was_deleted_unread_is_missed(database: &Database) {
    let store = &database.store;
    store.write(revoke(0)).await.unwrap();
    let mut away = store.feed_position().await.unwrap();
    let mut there = away.clone();
    for number in 1..5 {
        store.write(revoke(number)).await.unwrap();
    }
    assert_eq!(rest(store, &mut there).await.len(), 4);
    let expired = Command::DeleteExpired {
        now: at(200_000),
        events_before: at(0),
    };
    store.write(expired).await.unwrap();
    assert_eq!(database.number("SELECT COUNT(*) FROM change"), 1);
    let page = store.read_feed(&mut away).await.unwrap();
    assert!(page.missed);
    assert_eq!(page.changes.len(), 1);
    assert!(rest(store, &mut away).await.is_empty());
    // Whoever had read them misses nothing, nor does who begins.
    store.write(revoke(9)).await.unwrap();
    assert_eq!(rest(store, &mut there).await.len(), 1);
    assert_eq!(rest(store, &mut FeedPosition::default()).await.len(), 2);
}

/// A dump of another server holds numbers of transactions that this one has not come to: a start puts them in order.
pub(crate) async fn numbers_of_another_server_are_put_in_order(database: &Database) {
    for number in 0..3 {
        database.store.write(revoke(number)).await.unwrap();
    }
    if database.sqlite().is_none() {
        database.execute(
            "UPDATE change SET xact = 9000000000000; INSERT INTO known (name, value) VALUES ('changes_deleted', '8000000000000')",
        );
    }
    let store = database.reopened().await;
    let mut position = store.feed_position().await.unwrap();
    assert!(rest(&store, &mut position).await.is_empty());
    store.write(revoke(4)).await.unwrap();
    assert_eq!(rest(&store, &mut position).await.len(), 1);
    assert!(rest(&store, &mut position).await.is_empty());
    assert_eq!(rest(&store, &mut FeedPosition::default()).await.len(), 4);
}

pub(crate) async fn undone_writes_announce_nothing(database: &Database) {
    let store = &database.store;
    let management = store.manage(at(5)).await.unwrap();
    management.save_client(&client("a")).await.unwrap();
    drop(management);
    let management = store.manage(at(6)).await.unwrap();
    management.save_resource_server(&resource_server("api")).await.unwrap();
    management.save_user(&user("u", "name"), None).await.unwrap();
    management.commit().await.unwrap();
    let changes = rest(store, &mut FeedPosition::default()).await;
    let names: Vec<_> = changes.iter().map(|c| (c.kind.as_str(), c.subject.as_str())).collect();
    assert_eq!(names, [("resource_server", "api"), ("user", "u")]);
    assert!(store.find_client_by_client_id(&key(), "a").await.unwrap().is_none());
}
