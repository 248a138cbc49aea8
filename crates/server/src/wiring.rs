//! Building the other crates' parts out of the settings, and the HTTP server out of those.
mod databases;
mod redis;

use crate::clock::SystemClock;
use crate::config::{FileMasterKeys, Settings};
use crate::connection::Connection;
use crate::entropy::SystemEntropy;
use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use anyhow::Context;
use grantor_flows::passwords::PasswordSettings;
use grantor_flows::{Clock, Deps, Entropy, KeySettings, Parts, jobs};
use grantor_protocol::UnixMillis;
use grantor_protocol::sign_in::Patience;
use grantor_protocol::signing_keys::Schedule;
use grantor_store::Store;
use grantor_store::ephemeral::Ephemeral;
use grantor_web::{Requests, State, WebSettings, configure, default_headers};
use std::future::ready;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

pub use databases::{databases, lock, migrate, migrate_ephemeral, require_master_key};

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

/// Opens everything use cases need.
pub async fn deps(settings: &Settings, sources: Sources) -> anyhow::Result<Deps> {
    let databases = databases(settings);
    let store = Arc::new(Store::open(&databases).await?);
    let ephemeral: Arc<dyn Ephemeral> = match redis::is_there(settings) {
        true => redis::ephemeral(settings)?,
        false => Arc::new(Store::open_ephemeral(&databases).await?),
    };
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
    /// Runs until it is told to stop; it hears no signals itself.
    pub server: Server,
    pub address: SocketAddr,
    /// What requests are answered with.
    pub state: Arc<State>,
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
    redis::carry_bell(settings, &deps)?;
    let web_settings = web_settings(settings)?;
    let (base_path, https) = (web_settings.base_path.clone(), web_settings.https);
    let state = web::Data::new(State {
        deps,
        settings: web_settings,
        requests: Requests::default(),
    });
    let served = state.clone().into_inner();
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
        .disable_signals()
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
    Ok(Listening {
        server,
        address,
        state: served,
    })
}
