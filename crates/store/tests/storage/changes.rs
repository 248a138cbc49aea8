use crate::database::Database;
use crate::records::{at, client, key, resource_server, user};
use grantor_store::Command;
use grantor_store::revocations::{NewRevocation, Revoked};
use tokio::task::JoinSet;

fn revoke(number: usize) -> Command {
    let revocation = NewRevocation {
        revoked: Revoked::Token(number.to_string()),
        at: at(0),
        expires_at: at(10),
    };
    Command::Revoke(key(), revocation)
}

pub(crate) async fn the_feed_is_in_the_order_of_commits_and_read_in_batches(database: &Database) {
    let store = &database.store;
    assert_eq!(store.last_change().await.unwrap(), 0);
    assert!(store.list_changes(0).await.unwrap().is_empty());
    // Whoever follows the feed while others write sees every change, once, in its order.
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
        let position = seen.last().map_or(0, |(seq, _): &(i64, String)| *seq);
        let batch = store.list_changes(position).await.unwrap();
        assert!(batch.len() <= 1000);
        seen.extend(batch.into_iter().map(|change| (change.seq, change.subject)));
        tokio::task::yield_now().await;
    }
    writers.join_all().await;
    assert!(
        seen.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0),
        "a gap or a step back"
    );
    assert_eq!(store.last_change().await.unwrap(), seen.last().unwrap().0);
    // Each writer waited for its commits, so its own are in order too.
    for writer in 0..WRITERS {
        let numbers = seen.iter().map(|(_, subject)| subject[4..].parse::<usize>().unwrap());
        let own: Vec<usize> = numbers.filter(|number| number / EACH == writer).collect();
        assert_eq!(own, (writer * EACH..(writer + 1) * EACH).collect::<Vec<_>>());
    }
    // From the beginning it comes in batches.
    let first = store.list_changes(0).await.unwrap();
    let second = store.list_changes(first.last().unwrap().seq).await.unwrap();
    assert_eq!((first.len(), second.len()), (1000, 500));
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
    let changes = store.list_changes(0).await.unwrap();
    let names: Vec<_> = changes.iter().map(|c| (c.kind.as_str(), c.subject.as_str())).collect();
    assert_eq!(names, [("resource_server", "api"), ("user", "u")]);
    assert!(store.find_client_by_client_id(&key(), "a").await.unwrap().is_none());
}
