//! A running server with a database of its own, and the actors that use it.
//!
//! `App::start()` is one server on a free loopback port with the fixtures of `fixtures/`, a clock that stands still and a copy
//! of a database that was prepared once. Actors: `app.client("a")`, `app.browser()`, `app.resource_server("r1-api")`, `app.raw()`.
mod answer;
mod browser;
mod client;
mod configure;
mod forge;
mod manage;
mod offline;
mod place;
mod prepare;
mod raw;
mod sql;

pub(crate) use answer::Answer;
pub(crate) use answer::query_of;
pub(crate) use browser::{Authorize, Browser, CHALLENGE, Form, VERIFIER, form_of, forms_of, target_of};
pub(crate) use client::Client;
pub(crate) use configure::{PASSWORD, Portal, config};
pub(crate) use forge::{ForgingKey, base64url, hs256, part_of, with};
pub(crate) use offline::verify_offline;
pub(crate) use place::Place;
pub(crate) use prepare::{FIXTURE, application};
pub(crate) use sql::{Row, Sql};

use grantor_flows::management::Requester;
use grantor_flows::{Clock, Deps};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_server::config::Settings;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// 2027-01-15T08:00:00Z.
pub(crate) const START: i64 = 1_800_000_000_000;

/// The path under which the realm `main` of tenant `default` answers.
pub(crate) const REALM: &str = "/v1/tenants/default/realms/main";
/// The realm of the first tenant's management application.
pub(crate) const ADMIN: &str = "/v1/tenants/default/realms/admin";
/// The same of the second tenant.
pub(crate) const OTHER: &str = "/v1/tenants/t2/realms/main";

/// A clock that moves when it is told to.
pub(crate) struct ManualClock {
    now: AtomicI64,
    reads: AtomicU64,
    uptime: AtomicU64,
}

impl ManualClock {
    fn new() -> Arc<Self> {
        Self::at(START)
    }

    fn at(now: i64) -> Arc<Self> {
        let (now, reads, uptime) = (AtomicI64::new(now), AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { now, reads, uptime })
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        self.reads.fetch_add(1, Ordering::SeqCst);
        UnixMillis(self.now.load(Ordering::SeqCst))
    }
    /// Stands still until it is moved: the feed counts as fresh once it was read.
    fn uptime(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.uptime.load(Ordering::SeqCst))
    }
}

/// One server under test.
pub(crate) struct App {
    pub(crate) base: String,
    pub(crate) deps: Arc<Deps>,
    pub(crate) settings: Settings,
    clock: Arc<ManualClock>,
    http: reqwest::Client,
    /// What requests are answered with.
    pub(crate) state: Arc<grantor_web::State>,
    handle: grantor_server::wiring::ServerHandle,
    /// The server's own listens on the same socket, which so stays bound while no server runs.
    listener: std::net::TcpListener,
    place: Arc<Place>,
}

/// What is left of a server that ended: its files, its address, the time.
pub(crate) struct Stopped {
    settings: Settings,
    clock: Arc<ManualClock>,
    listener: std::net::TcpListener,
    place: Arc<Place>,
}

impl Stopped {
    /// Another server on the same files and address; it knows nothing but what it reads there.
    pub(crate) async fn start(self) -> App {
        prepare::serve(self.listener, self.settings, self.clock, self.place).await
    }
}

impl App {
    /// With the fixtures and ordinary settings.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With settings changed first. `server.public_url` may be set; else it is the address the server listens on.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        prepare::start(change).await
    }

    /// Another server on the same database, with the same issuer and clock; its caches and connections are its own.
    pub(crate) async fn start_beside(app: &Self) -> Self {
        prepare::start_beside(app, app.clock.clone()).await
    }

    /// The same with a clock of its own, so many seconds ahead of the other's, or behind it.
    pub(crate) async fn start_ahead(app: &Self, seconds: i64) -> Self {
        prepare::start_beside(app, ManualClock::at(app.clock.now().plus_seconds(seconds).0)).await
    }

    /// Ends the server. Its jobs end with the runtime it was started in.
    pub(crate) async fn stop(self) -> Stopped {
        let stopped = Stopped {
            settings: self.settings.clone(),
            clock: self.clock.clone(),
            listener: self.listener.try_clone().unwrap(),
            place: self.place.clone(),
        };
        self.handle.stop(false).await;
        stopped
    }

    /// Lets this server see everything that others on the database have changed, as its next look at the feed would.
    pub(crate) async fn catch_up(&self) {
        grantor_flows::jobs::catch_up(&self.deps).await.unwrap();
    }

    /// Moves the clock.
    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.clock.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Lets time pass for judging how fresh something is, and for nothing else.
    pub(crate) fn pass_seconds(&self, seconds: u64) {
        self.clock.uptime.fetch_add(seconds, Ordering::SeqCst);
    }

    /// How often anybody has asked what time it is.
    pub(crate) fn clock_reads(&self) -> u64 {
        self.clock.reads.load(Ordering::SeqCst)
    }

    /// The clock's time in whole seconds.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// The public URL: the issuer of the root.
    pub(crate) fn issuer(&self) -> &str {
        &self.settings.server.public_url
    }

    /// A client of the fixture, by client_id, that authenticates as it is registered.
    pub(crate) fn client(&self, client_id: &str) -> Client<'_> {
        Client::of_fixture(self, "", client_id)
    }

    /// A client of the second tenant.
    pub(crate) fn other_client(&self, client_id: &str) -> Client<'_> {
        Client::of_fixture(self, OTHER, client_id)
    }

    /// A resource server that introspects: `r1-api` or `r2-api`.
    pub(crate) fn resource_server(&self, id: &str) -> Client<'_> {
        Client::of_fixture(self, "", id)
    }

    /// A browser with an empty cookie jar.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A request by any method, path and headers, without redirects being followed.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_owned());
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// A GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    /// A form by POST.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.send("POST", path, &headers, Some(&encode(form))).await
    }

    /// Bytes as they are on a connection of their own; what comes back until the server closes or stops talking.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        raw::send(&self.base, bytes).await
    }

    /// Applies a document to the running server's database, as `grantor apply` would, and lets the change feed catch up.
    pub(crate) async fn apply(&self, document: &str) -> Result<(), String> {
        let document: grantor_protocol::apply::Document = toml::from_str(document).map_err(|e| e.to_string())?;
        let options = grantor_flows::apply::Options::default();
        grantor_flows::apply::apply(&self.deps, &document, options, &Requester::operator())
            .await
            .map_err(|e| e.to_string())?;
        grantor_flows::jobs::catch_up(&self.deps)
            .await
            .map_err(|e| e.to_string())
    }

    /// The fixture document with the text of one application, user or server changed, applied.
    pub(crate) async fn edit(&self, edit: impl FnOnce(&mut toml::Table)) -> Result<(), String> {
        let mut document: toml::Table = prepare::FIXTURE.parse().map_err(|e: toml::de::Error| e.to_string())?;
        // A document leaves what it does not name: as it was means enabled.
        for list in ["users", "applications"] {
            let entries = document[list].as_array_mut().into_iter().flatten();
            for entry in entries.filter_map(toml::Value::as_table_mut) {
                entry.entry("enabled").or_insert(true.into());
            }
        }
        edit(&mut document);
        self.apply(&document.to_string()).await
    }

    /// Runs SQL on the durable database, behind the server's back.
    pub(crate) fn sql<T>(&self, run: impl FnOnce(&Sql) -> rusqlite::Result<T>) -> T {
        run(&self.open_sql()).unwrap()
    }

    /// A connection to the durable database that stays.
    pub(crate) fn open_sql(&self) -> Sql {
        Sql::durable(&self.settings)
    }

    /// Runs SQL on the database of short-lived data.
    pub(crate) fn ephemeral_sql<T>(&self, run: impl FnOnce(&Sql) -> rusqlite::Result<T>) -> T {
        run(&Sql::ephemeral(&self.settings)).unwrap()
    }

    /// Every byte that the server keeps, in its folder and in its databases.
    pub(crate) fn stored(&self) -> Vec<u8> {
        sql::stored(&self.settings)
    }

    /// What another process on the same database would hold: its own caches, no jobs.
    pub(crate) async fn second_process(&self) -> Deps {
        prepare::deps(&self.settings, self.clock.clone()).await
    }

    /// Waits until everything that was handed to the writer is written: each of its queues is first in, first out, and there are
    /// three on PostgreSQL.
    pub(crate) async fn settle(&self) {
        let (key, now) = (RealmKey::new("default", "main"), self.clock.now());
        let kid = "nothing".to_owned();
        for nothing in [
            grantor_store::Command::ExtendSigningKey {
                key: key.clone(),
                kid,
                tokens_end_at: now,
            },
            grantor_store::Command::EndSession {
                key,
                id_mac: [0; 32],
                now,
            },
            grantor_store::Command::TouchSecrets { used: Vec::new(), now },
        ] {
            self.deps.store.write(nothing).await.unwrap();
        }
        self.catch_up().await;
    }

    /// Runs SQL behind the server's back and announces the change in the feed, as another process would.
    pub(crate) async fn change(&self, sql: &str, kind: &str, subject: &str) {
        let announce = "INSERT INTO change (tenant, realm, kind, subject, at) VALUES ('default', 'main', ?1, ?2, 0)";
        let changed = self.sql(|c| {
            let changed = c.execute(sql, [])?;
            c.execute(announce, [kind, subject])?;
            Ok(changed)
        });
        assert!(changed > 0, "{sql} changes nothing");
        grantor_flows::jobs::catch_up(&self.deps).await.unwrap();
    }

    /// Revokes in the first tenant's realm, as a door of the server would.
    pub(crate) async fn revoke(&self, revoked: grantor_store::revocations::Revoked) {
        let revocation = grantor_store::revocations::NewRevocation {
            revoked,
            at: self.clock.now(),
            expires_at: self.clock.now().plus_seconds(1_000_000),
        };
        let command = grantor_store::Command::Revoke(RealmKey::new("default", "main"), revocation);
        self.deps.store.write(command).await.unwrap();
        grantor_flows::jobs::catch_up(&self.deps).await.unwrap();
    }

    /// The token answer of a client for a user who signs in and allows everything.
    pub(crate) async fn tokens_for(&self, client_id: &str, user: &str, scope: &str) -> Answer {
        let request = Authorize::of(client_id).set("scope", scope);
        let code = self.browser().code_as(&request, user).await;
        let client = self.client(client_id);
        client.redeem(&code, request.value("redirect_uri")).await
    }

    /// Changes how an application of the fixture with refresh tokens keeps them.
    pub(crate) async fn edit_refresh(&self, id: &str, edit: impl FnOnce(&mut toml::Table)) -> Result<(), String> {
        let mut document: toml::Table = toml::from_str(prepare::REFRESH).unwrap();
        let config = entry(&mut document, "applications", id)["protocol_config"]
            .as_table_mut()
            .unwrap();
        edit(config["refresh_tokens"].as_table_mut().unwrap());
        self.apply(&toml::to_string(&document).unwrap()).await
    }

    /// The authorization request by GET, from a browser without cookies.
    pub(crate) async fn authorize(&self, request: &Authorize) -> Answer {
        self.get(&request.url()).await
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let handle = self.handle.clone();
        tokio::spawn(async move { handle.stop(false).await });
    }
}

/// The entry of the fixture's list (`applications`, `users`, …) whose `id` is this.
pub(crate) fn entry<'t>(document: &'t mut toml::Table, list: &str, id: &str) -> &'t mut toml::Table {
    let all = document.get_mut(list).and_then(toml::Value::as_array_mut).unwrap();
    let found = all
        .iter_mut()
        .filter_map(toml::Value::as_table_mut)
        .find(|t| t["id"].as_str() == Some(id));
    found.unwrap()
}

/// A form body.
pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}
