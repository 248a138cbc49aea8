//! Three nodes, of which each has a third of the keys.
use super::Place;
use crate::database::sqlite;
use crate::records::at;
use grantor_store::bell::carry_by_redis;
use grantor_store::ephemeral::{Ephemeral, RedisEphemeral};
use grantor_tests::redis::{Server, ask, dump};
use std::net::TcpListener;
use std::time::Duration;
use tokio::time::timeout;

/// Ports that nobody listens on, each with its bus port ten thousand above.
fn free_ports() -> Vec<u16> {
    let mut ports = Vec::new();
    let mut held = Vec::new();
    while ports.len() < 3 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let bus = port
            .checked_add(10_000)
            .map(|bus| TcpListener::bind(("127.0.0.1", bus)));
        if let Some(Ok(bus)) = bus {
            ports.push(port);
            held.push(bus);
        }
        held.push(listener);
    }
    ports
}

fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}

/// Nodes that know each other. Nothing, where there is no program for them.
fn nodes(folder: &std::path::Path) -> Option<(Vec<Server>, Vec<String>)> {
    let (mut servers, mut addresses) = (Vec::new(), Vec::new());
    for port in free_ports() {
        let (port, file, address) = (port.to_string(), format!("{port}.conf"), format!("127.0.0.1:{port}"));
        let arguments = [
            "--port",
            &port,
            "--cluster-enabled",
            "yes",
            "--cluster-config-file",
            &file,
        ];
        servers.push(Server::start(&arguments, folder, &address).unwrap()?);
        addresses.push(address);
    }
    for (address, range) in addresses
        .iter()
        .zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")])
    {
        ask(address, &["CLUSTER", "ADDSLOTSRANGE", range.0, range.1]).unwrap();
    }
    for (epoch, address) in addresses.iter().enumerate() {
        let _ = ask(address, &["CLUSTER", "SET-CONFIG-EPOCH", &(epoch + 1).to_string()]);
        let port = addresses[0].rsplit_once(':').unwrap().1;
        ask(address, &["CLUSTER", "MEET", "127.0.0.1", port]).unwrap();
    }
    let is_ready = |address: &String| {
        let told = ask(address, &["CLUSTER", "INFO"]).unwrap();
        told.contains("cluster_state:ok") && told.contains("cluster_known_nodes:3")
    };
    until(|| addresses.iter().all(is_ready));
    Some((servers, addresses))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_everything_once_and_carries_the_bell() {
    if grantor_tests::redis::address().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some((_servers, addresses)) = nodes(folder.path()) else {
        return;
    };
    let place = Place::on(&addresses[0]);
    let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let data = RedisEphemeral::new(place.link(&all, Duration::from_secs(5)));
    for number in 0..60_u8 {
        let id = number.to_string();
        data.put(&id, vec![number], at(60), at(0)).await.unwrap();
        assert!(!data.put_if_absent(&id, vec![], at(60), at(0)).await.unwrap());
        assert_eq!(data.incr(&id, at(60), at(0)).await.unwrap(), 1);
    }
    let held: Vec<usize> = addresses
        .iter()
        .map(|a| dump(a, &place.prefix).unwrap().len())
        .collect();
    assert!(held.iter().all(|count| *count > 0), "{held:?}");
    assert_eq!(held.iter().sum::<usize>(), 60);
    for number in 0..60_u8 {
        assert_eq!(data.take(&number.to_string(), at(1)).await.unwrap(), Some(vec![number]));
        assert_eq!(data.take(&number.to_string(), at(1)).await.unwrap(), None);
    }
    // One listens on the first node, the other tells any.
    let (a, b) = (sqlite().await, sqlite().await);
    for (database, name) in [(&a, "a"), (&b, "b")] {
        carry_by_redis(&database.store, place.link(&all, Duration::from_secs(5)), name);
        timeout(Duration::from_secs(10), database.store.bell().notified())
            .await
            .unwrap();
    }
    let management = a.store.manage(at(0)).await.unwrap();
    management.insert_tenant("t", "T").await.unwrap();
    management.commit().await.unwrap();
    timeout(Duration::from_secs(10), b.store.bell().notified())
        .await
        .unwrap();
}
