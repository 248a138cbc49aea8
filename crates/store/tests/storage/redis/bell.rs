//! The bell between processes: a change of one rings at the others, and at none of them twice.
use super::Place;
use crate::database::{Database, sqlite};
use crate::records::{at, key};
use grantor_store::Command;
use grantor_store::bell::carry_by_redis;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_tests::proxy::Proxy;
use grantor_tests::redis::ask;
use std::time::Duration;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(10);
/// As long as one waits for what does not come.
const SHORT: Duration = Duration::from_millis(100);

/// A process that has begun to listen, on `address`.
async fn process(place: &Place, address: &str, name: &str) -> Database {
    let database = sqlite().await;
    carry_by_redis(&database.store, place.link(&[address], Duration::from_secs(5)), name);
    // It looks once when it begins.
    assert!(rung(&database, LONG).await);
    database
}

async fn rung(database: &Database, limit: Duration) -> bool {
    timeout(limit, database.store.bell().notified()).await.is_ok()
}

async fn revoke(database: &Database) {
    let revocation = NewRevocation {
        revoked: Revoked::User("u".into()),
        at: at(0),
        expires_at: at(100),
    };
    database.store.write(Command::Revoke(key(), revocation)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_here_rings_elsewhere_and_its_echo_nowhere() {
    let Some(place) = Place::new() else { return };
    let a = process(&place, &place.address, "a").await;
    let b = process(&place, &place.address, "b").await;
    revoke(&a).await;
    assert!(rung(&b, LONG).await);
    assert!(!rung(&a, SHORT).await, "it knows its own revocation");
    assert!(!rung(&b, SHORT).await, "an echo");
    // Management is read by every process, the one that did it too.
    let management = b.store.manage(at(0)).await.unwrap();
    management.insert_tenant("t", "T").await.unwrap();
    management.commit().await.unwrap();
    assert!(rung(&a, LONG).await);
    assert!(rung(&b, LONG).await);
    assert!(!rung(&a, SHORT).await && !rung(&b, SHORT).await, "an echo");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_installations_on_the_same_redis_hear_nothing() {
    let (Some(ours), Some(theirs)) = (Place::new(), Place::new()) else {
        return;
    };
    let a = process(&ours, &ours.address, "a").await;
    let b = process(&ours, &ours.address, "b").await;
    let c = process(&theirs, &theirs.address, "c").await;
    revoke(&a).await;
    assert!(rung(&b, LONG).await);
    assert!(!rung(&c, SHORT).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_cut_off_listens_again_and_nobody_s_write_waited() {
    let Some(place) = Place::new() else { return };
    let proxy = Proxy::to(&place.address).unwrap();
    let a = process(&place, &place.address, "a").await;
    let b = process(&place, &proxy.address().to_string(), "b").await;
    proxy.hang();
    timeout(LONG, revoke(&b)).await.unwrap();
    proxy.cut();
    timeout(LONG, revoke(&b)).await.unwrap();
    revoke(&a).await;
    proxy.forward();
    assert!(rung(&b, LONG).await, "what it missed");
    revoke(&a).await;
    assert!(rung(&b, LONG).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_are_few_messages() {
    let Some(place) = Place::new() else { return };
    let a = process(&place, &place.address, "a").await;
    let published = || {
        let stats = ask(&place.address, &["INFO", "commandstats"]).unwrap();
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_publish:calls="));
        line.and_then(|line| line.split(',').next()?.parse::<u64>().ok())
            .unwrap_or(0)
    };
    let before = published();
    for _ in 0..500 {
        revoke(&a).await;
    }
    // Others publish on the same Redis meanwhile, though not by the hundred.
    assert!(published() - before < 250, "{}", published() - before);
}
