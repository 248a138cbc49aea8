//! Servers on PostgreSQL: several at once on one database, TLS, and an installation that moves there from SQLite.
use crate::place::Place;
use crate::{REALM, ZERO_KEY};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const SECRET: &str = "a-supplied-secret-a-supplied-secret-1";

/// A database of its own on the tests' server; gone with the value.
struct Server {
    name: String,
}

fn psql(database: &str, sql: &str) -> String {
    let server = std::env::var("GRANTOR_TEST_POSTGRES").expect("`tests/services run` starts a server and names it");
    let (base, _) = server.rsplit_once('/').unwrap();
    let output = Command::new("psql")
        .args([
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            &format!("{base}/{database}"),
            "-c",
            sql,
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Server {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("command_line_{}_{number}", std::process::id());
        psql("postgres", &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    fn url(&self) -> String {
        let server = std::env::var("GRANTOR_TEST_POSTGRES").unwrap();
        format!("{}/{}", server.rsplit_once('/').unwrap().0, self.name)
    }

    fn place(&self) -> Place {
        Place::new().variable("GRANTOR__DATABASE__URL", &self.url())
    }

    fn number(&self, sql: &str) -> i64 {
        psql(&self.name, sql).parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        psql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

#[test]
fn a_shared_database_takes_no_master_key_but_a_given_one() {
    let server = Server::new();
    let place = server.place();
    let ran = place.run("apply --file realm.toml");
    assert_eq!(ran.code, 1, "{ran:?}");
    let ran = place.run("serve");
    assert!(
        ran.err.contains("needs a master key that all of them are given"),
        "{ran:?}"
    );
    assert!(!ran.err.contains("secret@"), "the password of the URL: {ran:?}");
    assert!(!place.path("data").exists(), "and makes none");
    assert_eq!(
        server.number("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"),
        0
    );
}

#[test]
fn three_servers_that_start_at_once_migrate_and_install_once() {
    // covers: O-354
    let server = Server::new();
    let place = server
        .place()
        .file("realm.toml", REALM)
        .variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
    // Whoever asks for an application that is not there yet is refused, often.
    let place = place
        .variable("GRANTOR__LIMITS__FAILED_AUTHENTICATIONS_PER_MINUTE", "1000000")
        .variable("GRANTOR__FEED__POLL_MILLISECONDS", "50");
    let running: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| place.serve())).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for one in &running {
        assert!(one.said.contains("is ready"), "{}", one.said);
    }
    let twice =
        "SELECT COUNT(*) FROM (SELECT version FROM seaql_migrations GROUP BY version HAVING COUNT(*) > 1) twice";
    assert_eq!(server.number(twice), 0);
    assert_eq!(server.number("SELECT COUNT(*) FROM tenant"), 1);
    assert_eq!(server.number("SELECT COUNT(*) FROM data_key"), 2);
    // What one applies, all of them know.
    let applied = place.run("apply --file realm.toml");
    assert_eq!(applied.code, 0, "{applied:?}");
    for one in &running {
        one.until("the application", || one.token("m", SECRET) == 200);
    }
}

#[test]
fn a_migration_that_was_killed_goes_on_where_it_ended() {
    // covers: O-354
    let server = Server::new();
    let place = server.place().variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
    // Killed at whatever it was doing, again and again, each time when one table more is there.
    let tables = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    for more in [1, 2, 4, 8, 16, 24, 30] {
        place.killed_when("migrate", || server.number(tables) >= more);
    }
    let ran = place.run("migrate");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "the database is up to date\n"),
        "{ran:?}"
    );
    assert_eq!(place.run("migrate --check").code, 0);
    assert!(place.serve().said.contains("is ready"));
}

#[test]
fn the_server_s_certificate_is_checked() {
    let server = Server::new();
    let Ok(ca_file) = std::env::var("GRANTOR_TEST_POSTGRES_CA") else {
        panic!("GRANTOR_TEST_POSTGRES_CA names the certificate of the tests' server; `tests/services run` makes one")
    };
    let with = |parameters: &str| {
        let url = format!("{}{parameters}", server.url());
        Place::new()
            .variable("GRANTOR__DATABASE__URL", &url)
            .variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY)
    };
    let refused = with("?sslmode=verify-full").run("migrate");
    assert_eq!(refused.code, 1, "nobody vouches for it: {refused:?}");
    let trusted = with("?sslmode=verify-full").variable("GRANTOR__DATABASE__CA_FILE", &ca_file);
    let ran = trusted.run("migrate");
    assert_eq!(ran.code, 0, "{ran:?}");
    let running = trusted.serve();
    let plain = format!(
        "SELECT COUNT(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.datname = '{}'
         AND a.application_name LIKE 'grantor%' AND NOT s.ssl",
        server.name
    );
    assert_eq!(server.number(&plain), 0, "every connection is encrypted");
    drop(running);
}

#[test]
fn an_installation_moves_from_sqlite_with_its_tokens() {
    let server = Server::new();
    // The issuer stays what it was, wherever it listens.
    let issuer = ("GRANTOR__SERVER__PUBLIC_URL", "http://127.0.0.1:8080");
    let place = Place::new()
        .file("realm.toml", REALM)
        .variable(issuer.0, issuer.1)
        .variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
    let applied = place.run("apply --file realm.toml");
    assert_eq!(applied.code, 0, "{applied:?}");
    let running = place.serve();
    let before = running.access_token("m", SECRET);
    let keys = running.get("/jwks");
    running.stop();
    let url = server.url();
    let ran = place.run(&format!("migrate copy --to {url}"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("with the same digests on both sides"), "{ran:?}");
    assert!(!ran.out.contains("secret@") && !ran.err.contains("secret@"), "{ran:?}");
    // It is there, and nothing is copied over it.
    let again = place.run(&format!("migrate copy --to {url}"));
    assert_eq!(again.code, 1, "{again:?}");
    assert!(
        again.err.contains("the target is not empty; nothing was copied"),
        "{again:?}"
    );
    let moved = server
        .place()
        .variable(issuer.0, issuer.1)
        .variable("GRANTOR__SECRETS__MASTER_KEY", ZERO_KEY);
    let running = moved.serve();
    assert_eq!(running.get("/jwks"), keys);
    assert_eq!(running.token("m", SECRET), 200);
    assert!(running.introspect("m", SECRET, &before).contains("\"active\":true"));
    // What is counted goes on.
    let rows = server.number("SELECT COUNT(*) FROM change");
    assert_eq!(moved.run("client rotate-secret m --print-secret").code, 0);
    assert!(server.number("SELECT COUNT(*) FROM change") > rows);
}
