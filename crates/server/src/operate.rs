//! The management listener, and the end of a server: readiness first, then the door, then what is still being answered.
use crate::config::Settings;
use crate::process;
use crate::signals::Signals;
use actix_server::Server;
use actix_web::rt::task::yield_now;
use actix_web::{App, HttpServer, rt, web};
use anyhow::{Context, bail};
use grantor_web::operate::{Health, configure};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Connections of operators at the same time.
const MAX_CONNECTIONS: usize = 128;

/// The health of a server that is starting.
pub fn health() -> Arc<Health> {
    Arc::new(Health::new(env!("CARGO_PKG_VERSION"), process::facts))
}

/// The listener of `management.listen`; none when that is off.
pub fn bind(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = settings.management.listen.address() else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address).with_context(|| {
        format!("management.listen: listen on {address} (set GRANTOR__MANAGEMENT__LISTEN to a free address, or to off)")
    })?;
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}

/// What answers operators, on a thread of its own, from when it is polled first until it is dropped.
pub fn listen(listener: TcpListener, health: Arc<Health>) -> io::Result<Server> {
    let health = web::Data::from(health);
    let app = move || App::new().app_data(health.clone()).configure(configure);
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(MAX_CONNECTIONS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Answers operators from now on until the runtime ends, where a listener is for them.
pub(crate) async fn start(listener: Option<TcpListener>) -> anyhow::Result<Arc<Health>> {
    let health = health();
    if let Some(listener) = listener {
        rt::spawn(listen(listener, health.clone())?);
        // What comes next may keep this thread busy.
        yield_now().await;
    }
    Ok(health)
}

/// Runs the server until a signal says stop, then lets it finish: it says that it is not ready, goes on for the time of the notice,
/// closes the door and answers what it has begun. A second signal ends it at once.
pub(crate) async fn until_told(
    server: Server,
    mut told: Signals,
    (health, settings): (&Health, &Settings),
) -> anyhow::Result<()> {
    let handle = server.handle();
    let mut running = rt::spawn(server);
    tokio::select! {
        ended = &mut running => return Ok(ended??),
        () = told.heard() => {}
    }
    health.stopping();
    let server = &settings.server;
    let (notice, patience) = (server.shutdown_notice_seconds, server.shutdown_seconds);
    tracing::info!(event = "server.stopping", notice, patience, "told to stop");
    let finished = async {
        sleep(Duration::from_secs(notice)).await;
        if timeout(Duration::from_secs(patience), handle.stop(true)).await.is_err() {
            tracing::warn!(
                event = "server.cut_off",
                patience,
                "requests were still running at the end"
            );
        }
    };
    tokio::select! {
        () = finished => Ok(()),
        () = told.heard() => bail!("told a second time to stop: what was still running is cut off"),
    }
}
