//! Short-lived data: the same for every implementation of the trait.
use crate::database::{Database, sqlite};
use crate::records::at;
use grantor_store::ephemeral::{Ephemeral, MemoryEphemeral};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// An implementation, with the database it lives in.
pub(crate) struct Opened {
    data: Arc<dyn Ephemeral>,
    _database: Option<Database>,
}

fn of(database: Database) -> Opened {
    Opened {
        data: database.ephemeral.clone(),
        _database: Some(database),
    }
}

pub(crate) async fn sql() -> Opened {
    of(sqlite().await)
}

pub(crate) async fn postgres() -> Opened {
    of(crate::database::postgres().await)
}

pub(crate) async fn memory() -> Opened {
    Opened {
        data: Arc::new(MemoryEphemeral::default()),
        _database: None,
    }
}

/// Nothing, where there is no Redis.
pub(crate) async fn redis() -> Option<Opened> {
    Some(Opened {
        data: Arc::new(crate::redis::Place::new()?.ephemeral()),
        _database: None,
    })
}

pub(crate) async fn a_value_lives_until_its_end_and_is_replaced_whole(of: &Opened) {
    let data = &of.data;
    let all_bytes: Vec<u8> = (0..=255).collect();
    data.put("a", all_bytes.clone(), at(10), at(0)).await.unwrap();
    data.put("", b"empty name".to_vec(), at(10), at(0)).await.unwrap();
    assert_eq!(data.get("a", at(0)).await.unwrap(), Some(all_bytes.clone()));
    assert_eq!(data.get("a", at(9)).await.unwrap(), Some(all_bytes));
    assert_eq!(data.get("a", at(10)).await.unwrap(), None);
    assert_eq!(data.get("", at(0)).await.unwrap(), Some(b"empty name".to_vec()));
    for other in ["A", "a ", "a%", "_", "a\0", "a\n"] {
        assert_eq!(data.get(other, at(0)).await.unwrap(), None, "{other:?}");
    }
    data.put("a", b"2".to_vec(), at(5), at(0)).await.unwrap();
    assert_eq!(data.get("a", at(4)).await.unwrap(), Some(b"2".to_vec()));
    assert_eq!(data.get("a", at(5)).await.unwrap(), None);
    // A value that is over can be put again.
    data.put("a", b"3".to_vec(), at(20), at(10)).await.unwrap();
    assert_eq!(data.get("a", at(15)).await.unwrap(), Some(b"3".to_vec()));
}

/// Runs `ask` in fifty tasks at once.
async fn fifty<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    data: &Arc<dyn Ephemeral>,
    ask: impl Fn(Arc<dyn Ephemeral>) -> F,
) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(50));
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (barrier, asking) = (barrier.clone(), ask(data.clone()));
        tasks.spawn(async move {
            barrier.wait().await;
            asking.await
        });
    }
    tasks.join_all().await
}

pub(crate) async fn a_value_is_taken_by_one(of: &Opened) {
    let data = &of.data;
    data.put("a", b"1".to_vec(), at(10), at(0)).await.unwrap();
    data.put("b", b"2".to_vec(), at(10), at(0)).await.unwrap();
    let taken = fifty(data, |data| async move { data.take("a", at(1)).await.unwrap() }).await;
    let winners: Vec<_> = taken.into_iter().flatten().collect();
    assert_eq!(winners, [b"1".to_vec()]);
    assert_eq!(data.get("a", at(1)).await.unwrap(), None);
    // What is over is taken by nobody, and what nobody stored neither.
    assert_eq!(data.take("b", at(10)).await.unwrap(), None);
    assert_eq!(data.take("c", at(1)).await.unwrap(), None);
}

pub(crate) async fn a_free_place_is_had_by_one(of: &Opened) {
    let data = &of.data;
    for (now, until) in [(0, 10), (10, 20)] {
        let put = move |data: Arc<dyn Ephemeral>| async move {
            let value = now.to_string().into_bytes();
            data.put_if_absent("a", value, at(until), at(now)).await.unwrap()
        };
        let had = fifty(data, put).await;
        assert_eq!(had.into_iter().filter(|had| *had).count(), 1, "at {now}");
        let found = data.get("a", at(now)).await.unwrap();
        assert_eq!(found, Some(now.to_string().into_bytes()));
    }
    assert!(!data.put_if_absent("a", vec![], at(99), at(19)).await.unwrap());
    assert_eq!(data.get("a", at(20)).await.unwrap(), None, "its end was moved");
}

pub(crate) async fn a_counter_counts_every_caller_and_begins_again(of: &Opened) {
    let data = &of.data;
    for start in [0, 10] {
        let count =
            move |data: Arc<dyn Ephemeral>| async move { data.incr("a", at(start + 10), at(start)).await.unwrap() };
        let mut counts = fifty(data, count).await;
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<i64>>(), "from {start}");
    }
    // Later callers do not move the end.
    assert_eq!(data.incr("a", at(99), at(19)).await.unwrap(), 51);
    assert_eq!(data.incr("a", at(99), at(20)).await.unwrap(), 1);
    assert_eq!(data.incr("b", at(99), at(20)).await.unwrap(), 1);
}

pub(crate) async fn a_counter_and_a_value_have_one_place(of: &Opened) {
    let data = &of.data;
    data.put("a", b"1 2 3\n\0".to_vec(), at(10), at(0)).await.unwrap();
    assert_eq!(data.incr("a", at(99), at(1)).await.unwrap(), 1);
    assert_eq!(data.incr("a", at(99), at(1)).await.unwrap(), 2);
    // Counting moves neither the value nor its end.
    assert_eq!(data.get("a", at(9)).await.unwrap(), Some(b"1 2 3\n\0".to_vec()));
    assert_eq!(data.get("a", at(10)).await.unwrap(), None);
    assert_eq!(data.incr("b", at(10), at(0)).await.unwrap(), 1);
    assert_eq!(data.get("b", at(0)).await.unwrap(), Some(Vec::new()));
    assert!(!data.put_if_absent("b", b"2".to_vec(), at(20), at(9)).await.unwrap());
    assert!(data.put_if_absent("b", b"2".to_vec(), at(20), at(10)).await.unwrap());
    assert_eq!(data.incr("b", at(99), at(11)).await.unwrap(), 1, "counted anew");
}

pub(crate) async fn what_is_over_is_deleted_and_the_rest_stays(of: &Opened) {
    let data = &of.data;
    data.put("over", b"1".to_vec(), at(10), at(0)).await.unwrap();
    data.put("live", b"2".to_vec(), at(11), at(0)).await.unwrap();
    data.delete_expired(at(10)).await.unwrap();
    // Asked as of a time when both were good.
    assert_eq!(data.get("over", at(0)).await.unwrap(), None);
    assert_eq!(data.get("live", at(0)).await.unwrap(), Some(b"2".to_vec()));
}
