use crate::database::Database;
use crate::records::at;
use grantor_protocol::UnixMillis;
use grantor_store::{Command, Outcome};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

fn take(job: &'static str, holder: &str, (now, until): (UnixMillis, UnixMillis)) -> Command {
    let holder = holder.to_owned();
    Command::TakeLease {
        job,
        holder,
        now,
        until,
    }
}

pub(crate) async fn a_lease_is_kept_by_its_holder_until_it_is_over(database: &Database) {
    for (job, holder, now, until, expected) in [
        ("a", "one", 0, 50, Outcome::Won),
        ("a", "other", 1, 51, Outcome::Lost),
        ("a", "other", 49, 99, Outcome::Lost),
        // One job is not another.
        ("b", "other", 1, 51, Outcome::Won),
        ("b", "one", 1, 51, Outcome::Lost),
        ("a", "one", 40, 90, Outcome::Won),
        ("a", "other", 89, 99, Outcome::Lost),
        ("a", "other", 90, 140, Outcome::Won),
        ("a", "one", 91, 141, Outcome::Lost),
    ] {
        let command = take(job, holder, (at(now), at(until)));
        let outcome = database.store.write(command).await.unwrap();
        assert_eq!(outcome, expected, "{job} {holder} at {now}");
    }
}

pub(crate) async fn of_a_hundred_holders_one_gets_the_lease(database: &Database) {
    // Free, and over: taken anew each time.
    for round in 0..3 {
        let barrier = Arc::new(Barrier::new(100));
        let mut tasks = JoinSet::new();
        for number in 0..100 {
            let (store, barrier) = (database.store.clone(), barrier.clone());
            tasks.spawn(async move {
                let command = take("a", &format!("h{number}"), (at(50 * round), at(50 * (round + 1))));
                barrier.wait().await;
                (number, store.write(command).await.unwrap())
            });
        }
        let outcomes = tasks.join_all().await;
        let won: Vec<_> = outcomes.iter().filter(|(_, o)| *o == Outcome::Won).collect();
        assert_eq!(won.len(), 1, "round {round}");
        assert!(outcomes.iter().all(|(_, o)| matches!(o, Outcome::Won | Outcome::Lost)));
        let held = format!(
            "SELECT COUNT(*) FROM job_lease WHERE job = 'a' AND holder = 'h{}'",
            won[0].0
        );
        assert_eq!(database.number(&held), 1);
    }
}
