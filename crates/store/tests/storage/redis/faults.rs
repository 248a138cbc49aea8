//! A Redis that is down, slow, flushed or full: nobody waits long, nothing is had twice, and it goes on by itself.
use super::Place;
use crate::records::at;
use grantor_store::StoreError;
use grantor_store::ephemeral::{Ephemeral, RedisEphemeral};
use grantor_tests::covers;
use grantor_tests::proxy::Proxy;
use grantor_tests::redis::ask;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What a request waits: long for a busy machine, short for a server that hangs.
const PATIENCE: Duration = Duration::from_millis(500);
/// The breaker's first rest and its longest.
const REST: u64 = 500;
const LONGEST_REST: u64 = 1_000;

/// Through a proxy that can fail.
struct Behind {
    place: Place,
    proxy: Proxy,
    data: Arc<RedisEphemeral>,
}

fn behind_proxy() -> Option<Behind> {
    let place = Place::new()?;
    let proxy = Proxy::to(&place.address).unwrap();
    let link = place.link(&[&proxy.address().to_string()], PATIENCE);
    let data = Arc::new(RedisEphemeral::new(link));
    Some(Behind { place, proxy, data })
}

/// Why it is unavailable.
fn refused<T: std::fmt::Debug>(result: grantor_store::Result<T>) -> String {
    match result {
        Err(StoreError::Unavailable(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// That nobody was asked.
fn rests(text: &str) -> bool {
    text.contains("did not answer lately")
}

impl Behind {
    /// Three failures, after which nobody asks.
    async fn open_breaker(&self) {
        for _ in 0..3 {
            assert!(!rests(&refused(self.data.get("a", at(0)).await)));
        }
        assert!(rests(&refused(self.data.get("a", at(0)).await)));
    }
}

#[tokio::test]
async fn who_is_cut_off_is_refused_at_once_and_goes_on_after_the_return() {
    covers!("O-346");
    let Some(behind) = behind_proxy() else { return };
    let data = &behind.data;
    data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    behind.proxy.cut();
    behind.open_breaker().await;
    let connections = behind.proxy.accepted();
    for _ in 0..100 {
        assert!(rests(&refused(data.put_if_absent("b", vec![], at(60), at(0)).await)));
        assert!(rests(&refused(data.take("a", at(0)).await)));
        assert!(rests(&refused(data.incr("c", at(60), at(0)).await)));
        assert!(rests(&refused(data.put("a", vec![], at(60), at(0)).await)));
    }
    assert_eq!(behind.proxy.accepted(), connections, "somebody connected");
    // Trials that fail, each after a rest.
    for rest in [REST, LONGEST_REST, LONGEST_REST] {
        behind.place.advance(rest - 1);
        assert!(rests(&refused(data.get("a", at(0)).await)));
        behind.place.advance(1);
        assert!(!rests(&refused(data.get("a", at(0)).await)));
        assert!(rests(&refused(data.get("a", at(0)).await)));
    }
    behind.proxy.forward();
    behind.place.advance(LONGEST_REST);
    assert_eq!(data.take("a", at(0)).await.unwrap(), Some(b"1".to_vec()));
    assert_eq!(data.take("a", at(0)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_closed_while_nobody_asked_costs_nobody_anything() {
    let Some(behind) = behind_proxy() else { return };
    let data = &behind.data;
    data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    for _ in 0..5 {
        behind.proxy.cut();
        behind.proxy.forward();
        // As long as it takes to hear of it.
        let _ = timeout(PATIENCE / 2, std::future::pending::<()>()).await;
        assert_eq!(data.get("a", at(0)).await.unwrap(), Some(b"1".to_vec()));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_at_first_is_found_later() {
    let Some(behind) = behind_proxy() else { return };
    behind.proxy.cut();
    behind.open_breaker().await;
    behind.proxy.forward();
    behind.place.advance(REST);
    behind.data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    assert_eq!(behind.data.get("a", at(0)).await.unwrap(), Some(b"1".to_vec()));
}

#[tokio::test]
async fn of_many_who_wait_for_a_silent_server_none_waits_longer_than_the_limit() {
    let Some(behind) = behind_proxy() else { return };
    let data = &behind.data;
    data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    behind.proxy.hang();
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let data = data.clone();
        tasks.spawn(async move { data.take("a", at(0)).await });
    }
    // All at once wait as long as one; in a row it would be a hundred seconds.
    let all = timeout(PATIENCE * 5, tasks.join_all()).await.unwrap();
    for result in all {
        refused(result);
    }
    assert!(rests(&refused(data.get("a", at(0)).await)));
    // One tries, on a connection of its own, and the rest are not kept waiting.
    behind.place.advance(REST);
    let connections = behind.proxy.accepted();
    let trial = tokio::spawn({
        let data = data.clone();
        async move { data.get("a", at(0)).await }
    });
    while behind.proxy.accepted() == connections {
        tokio::task::yield_now().await;
    }
    assert!(rests(&refused(data.get("a", at(0)).await)));
    assert!(!rests(&refused(trial.await.unwrap())));
    behind.proxy.forward();
    behind.place.advance(LONGEST_REST);
    // What hung was done late, or was not: it was had by nobody, and is not had twice.
    assert!(data.take("a", at(0)).await.unwrap().is_none_or(|value| value == b"1"));
    assert_eq!(data.take("a", at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn a_caller_that_goes_away_during_the_trial_leaves_it_to_the_next() {
    let Some(behind) = behind_proxy() else { return };
    behind.proxy.cut();
    behind.open_breaker().await;
    behind.proxy.hang();
    behind.place.advance(REST);
    let connections = behind.proxy.accepted();
    let trial = tokio::spawn({
        let data = behind.data.clone();
        async move { data.get("a", at(0)).await }
    });
    while behind.proxy.accepted() == connections {
        tokio::task::yield_now().await;
    }
    trial.abort();
    assert!(trial.await.unwrap_err().is_cancelled());
    behind.proxy.forward();
    assert_eq!(behind.data.get("a", at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_flushed_is_gone_and_a_place_is_free_once() {
    let Some(mut place) = Place::new() else { return };
    let address = place.address.clone();
    // A database of its own, which nobody else loses.
    place.address = format!("{address}/15");
    let data = place.ephemeral();
    data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    assert!(data.put_if_absent("b", b"1".to_vec(), at(60), at(0)).await.unwrap());
    let flushed = "return {redis.call('SELECT', 15), redis.call('FLUSHDB')}";
    ask(&address, &["EVAL", flushed, "0"]).unwrap();
    assert_eq!(data.get("a", at(0)).await.unwrap(), None);
    assert_eq!(data.take("a", at(0)).await.unwrap(), None);
    assert!(data.put_if_absent("b", b"2".to_vec(), at(60), at(0)).await.unwrap());
    assert!(!data.put_if_absent("b", b"3".to_vec(), at(60), at(0)).await.unwrap());
}

#[tokio::test]
async fn a_server_that_says_no_is_not_one_that_is_gone() {
    let Some(place) = Place::new() else { return };
    let data = place.ephemeral();
    data.put("a", b"1".to_vec(), at(60), at(0)).await.unwrap();
    let key = grantor_tests::redis::dump(&place.address, &place.prefix)
        .unwrap()
        .remove(0)
        .0;
    ask(&place.address, &["DEL", &key]).unwrap();
    ask(&place.address, &["LPUSH", &key, "another type"]).unwrap();
    for _ in 0..5 {
        assert!(!rests(&refused(data.get("a", at(0)).await)));
    }
    data.put("b", b"1".to_vec(), at(60), at(0)).await.unwrap();
    // Nor is a value that nobody of us wrote taken for one.
    ask(&place.address, &["SET", &key, "not ours"]).unwrap();
    let corrupt = data.get("a", at(0)).await;
    assert!(
        matches!(corrupt, Err(StoreError::Corrupt { table: "redis", .. })),
        "{corrupt:?}"
    );
}
