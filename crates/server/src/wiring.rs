//! Building the other crates' parts out of the settings, and the HTTP server out of those.
use crate::clock::SystemClock;
use crate::config::{self, FileMasterKeys, Settings};
use crate::connection::Connection;
use crate::entropy::SystemEntropy;
use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use anyhow::{Context, bail};
use grantor_flows::passwords::PasswordSettings;
use grantor_flows::{Clock, Deps, Entropy, KeySettings, Parts, jobs};
use grantor_jose::MasterKey;
use grantor_migrations::{EphemeralMigrator, Migrator, MigratorTrait};
use grantor_protocol::UnixMillis;
use grantor_protocol::sign_in::Patience;
use grantor_protocol::signing_keys::Schedule;
use grantor_store::ephemeral::Ephemeral;
use grantor_store::{DatabaseSettings, Store};
use grantor_web::{State, WebSettings, configure, default_headers};
use std::fs::{File, OpenOptions};
use std::future::ready;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const WRONG_KEY: &str = "open the data keys; is this the right master key?";

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        Self::now(self)
    }
    fn uptime(&self) -> Duration {
        Self::uptime(self)
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        Self::fill(self, buffer);
    }
}

/// What tests replace.
pub struct Sources {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// Where the two databases are.
pub fn databases(settings: &Settings) -> DatabaseSettings {
    let file = settings.database_path().to_owned();
    let ephemeral_file = file.with_extension("ephemeral.sqlite");
    DatabaseSettings {
        file,
        ephemeral_file,
        readers: settings.database.readers,
    }
}

/// There is the master key of this database; the first start makes one. A database that was sealed under one is refused rather
/// than given a new one, or opened with another. Writes nothing into the database.
pub fn require_master_key(settings: &Settings) -> anyhow::Result<()> {
    let file = settings.database_path();
    // Before the keys: when a rotation ends in between, the key of what was read is still among them.
    let sealed = Store::something_sealed(file)?;
    let keys = config::master_keys(settings)?;
    match sealed {
        Some(_) if keys.is_empty() => bail!(
            "the database {} is sealed under a master key, but {} does not exist; restore the key from your backup or set secrets.master_key",
            file.display(),
            settings.master_key_path().display()
        ),
        Some(sealed) => MasterKey::that_sealed(&keys, &sealed).map(drop).context(WRONG_KEY),
        None if keys.is_empty() => {
            let _lock = lock(&databases(settings))?;
            config::remove_drafts(settings)?;
            Ok(config::make_master_key(settings, &SystemEntropy)?)
        }
        None => Ok(()),
    }
}

/// Brings both databases up to date, or says that the durable one is not and makes nothing.
pub async fn migrate(databases: &DatabaseSettings, check: bool) -> anyhow::Result<()> {
    if check {
        if !databases.file.exists() {
            bail!(
                "there is no database {}; run `grantor migrate`",
                databases.file.display()
            );
        }
        let durable = Store::open_for_migration(&databases.file).await?;
        let pending = Migrator::get_pending_migrations(&durable).await?;
        if !pending.is_empty() {
            bail!("{} migration(s) are pending; run `grantor migrate`", pending.len());
        }
        return Ok(());
    }
    make_closed(&databases.file)?;
    // Several first starts at once: one migrates, the others wait and find nothing to do.
    let _lock = lock(databases)?;
    let durable = Store::open_for_migration(&databases.file).await?;
    if !Migrator::get_pending_migrations(&durable).await?.is_empty() {
        Migrator::up(&durable, None).await?;
    }
    durable.close().await?;
    migrate_ephemeral(databases).await
}

/// Waits until no other process migrates or rotates the master key, and keeps them from it until it is dropped.
pub fn lock(databases: &DatabaseSettings) -> anyhow::Result<File> {
    let path = databases.file.with_extension("lock");
    make_closed(&path)?;
    let lock = File::open(path).context("open the lock of the database")?;
    lock.lock().context("lock the database")?;
    Ok(lock)
}

/// Makes the database of short-lived data where it is missing, and brings it up to date.
pub async fn migrate_ephemeral(databases: &DatabaseSettings) -> anyhow::Result<()> {
    make_closed(&databases.ephemeral_file)?;
    let ephemeral = Store::open_ephemeral(databases).await?;
    let connection = ephemeral.connection();
    if !EphemeralMigrator::get_pending_migrations(connection).await?.is_empty() {
        EphemeralMigrator::up(connection, None).await?;
    }
    Ok(())
}

/// Makes the file, for this user alone, and its folder where they are missing. SQLite gives its side files the same mode.
fn make_closed(file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        config::make_folder(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("make the database {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Opens everything use cases need.
pub async fn deps(settings: &Settings, sources: Sources) -> anyhow::Result<Deps> {
    let databases = databases(settings);
    let store = Arc::new(Store::open(&databases).await?);
    let ephemeral: Arc<dyn Ephemeral> = Arc::new(Store::open_ephemeral(&databases).await?);
    let parts = Parts {
        store,
        ephemeral,
        clock: sources.clock,
        entropy: sources.entropy,
        master_keys: Arc::new(FileMasterKeys(settings.clone())),
        settings: flow_settings(settings),
    };
    Deps::build(parts).await.context(WRONG_KEY)
}

fn flow_settings(settings: &Settings) -> grantor_flows::Settings {
    grantor_flows::Settings {
        public_url: settings.server.public_url.clone(),
        code_seconds: settings.tokens.code_seconds,
        code_attempts: settings.tokens.code_attempts.into(),
        clock_skew_seconds: settings.tokens.clock_skew_seconds,
        session_idle_seconds: settings.sessions.idle_minutes * 60,
        session_absolute_seconds: settings.sessions.absolute_hours * 3600,
        interaction_seconds: settings.sessions.interaction_hours * 3600,
        failures_per_minute: settings.limits.failed_authentications_per_minute,
        patience: Patience {
            attempts: settings.limits.sign_in_attempts,
            longest_wait_seconds: settings.limits.sign_in_lock_minutes * 60,
        },
        stored_per_minute: settings.limits.stored_requests_per_minute,
        inactive_per_minute: settings.limits.inactive_introspections_per_minute,
        feed_poll_milliseconds: settings.feed.poll_milliseconds,
        catalog_clients: settings.catalog.clients,
        catalog_users: settings.catalog.users,
        event_days: settings.events.keep_days,
        passwords: PasswordSettings {
            memory_kib: settings.passwords.memory_kib,
            passes: settings.passwords.passes,
            lanes: settings.passwords.lanes,
            at_once: settings.limits.password_hashes_at_once,
            queue: settings.limits.password_hash_queue,
        },
        keys: KeySettings {
            jwks_cache_seconds: settings.keys.jwks_cache_seconds,
            schedule: Schedule {
                publish_seconds: settings.keys.publish_seconds,
                rotate_days: settings.keys.rotate_days,
            },
        },
    }
}

fn web_settings(settings: &Settings) -> anyhow::Result<WebSettings> {
    let url = url::Url::parse(&settings.server.public_url)?;
    let trusted = settings.server.trusted_proxies.clone();
    Ok(WebSettings {
        base_path: url.path().trim_end_matches('/').to_owned(),
        origin: url.origin().ascii_serialization(),
        https: url.scheme() == "https",
        product: "Grantor".into(),
        environment: Some(settings.server.environment.clone()).filter(|e| !e.is_empty()),
        dev_mode: settings.server.dev_mode,
        body_bytes: settings.limits.body_bytes,
        request_timeout: Duration::from_secs(settings.server.request_timeout_seconds),
        is_trusted_proxy: Box::new(move |address| trusted.iter().any(|n| n.contains(address))),
    })
}

/// A server that listens.
pub struct Listening {
    /// Runs until it is told to stop.
    pub server: Server,
    pub address: SocketAddr,
}

impl Listening {
    /// What stops it from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

pub use actix_web::dev::ServerHandle;

/// Starts jobs and HTTP workers on a bound listener.
pub async fn listen(settings: &Settings, deps: Arc<Deps>, listener: TcpListener) -> anyhow::Result<Listening> {
    jobs::start(&deps).await?;
    let web_settings = web_settings(settings)?;
    let (base_path, https) = (web_settings.base_path.clone(), web_settings.https);
    let state = web::Data::new(State {
        deps,
        settings: web_settings,
    });
    let address = listener.local_addr()?;
    let app = move || {
        App::new()
            .app_data(state.clone())
            .wrap(default_headers(https))
            .configure(|c| configure(c, &base_path))
    };
    let builder = Server::build();
    let stopping = builder.graceful_shutdown_signal();
    let patience = Duration::from_secs(settings.server.request_timeout_seconds);
    let resting = patience.saturating_mul(3);
    let server = builder
        .workers(settings.server.workers)
        .max_concurrent_connections(settings.server.max_connections)
        .shutdown_timeout(settings.server.shutdown_seconds)
        .listen("http", listener, move || {
            let app = app().into_factory().map_err(|e: actix_web::Error| e.error_response());
            let stopping = stopping.clone();
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(resting)
                .client_request_timeout(patience)
                .client_disconnect_timeout(Duration::from_secs(1))
                .h1(map_config(app, |()| AppConfig::default()));
            fn_service(move |io: TcpStream| {
                let peer = io.peer_addr().ok();
                ready(Ok::<_, DispatchError>((Connection::new(io, resting), peer)))
            })
            .and_then(http)
        })?
        .run();
    Ok(Listening { server, address })
}
