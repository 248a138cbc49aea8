//! The way to Redis (or Valkey): a time limit for every question, and a breaker that keeps callers from waiting for a server that is gone.
mod breaker;
mod nodes;

use crate::{Result, StoreError};
use breaker::{Breaker, Pass};
use nodes::{Connection, Nodes};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, PushInfo, RedisError, RedisResult, ServerErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// Where Redis is.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://` URLs: one server, or nodes of a cluster. They may hold a password.
    pub addresses: Vec<String>,
    /// Certificates in PEM that are believed instead of the operating system's.
    pub authorities: Option<Vec<u8>>,
    /// What all our keys and channels begin with.
    pub prefix: String,
    /// The longest that a caller waits, connecting included.
    pub patience: Duration,
}

/// Time since some start, for the breaker.
pub type Uptime = Box<dyn Fn() -> Duration + Send + Sync>;

/// A connection that is made when it is needed, and made anew after a failure.
pub struct RedisLink {
    nodes: Nodes,
    limit: Duration,
    prefix: String,
    uptime: Uptime,
    breaker: Breaker,
    open: Arc<Mutex<Open>>,
    /// Held by the one who connects.
    connecting: tokio::sync::Mutex<()>,
}

/// The connection, and how many there have been: who failed on an older one leaves it alone.
#[derive(Default)]
struct Open {
    number: u64,
    connection: Option<Connection>,
}

impl Open {
    fn close(&mut self, number: u64) {
        if self.number == number {
            self.connection = None;
        }
    }
}

fn locked(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RedisLink {
    /// Reads addresses and certificates; connects to nobody. Fails on what can never work.
    pub fn new(settings: RedisSettings, uptime: Uptime) -> Result<Self> {
        Ok(Self {
            nodes: Nodes::new(&settings)?,
            limit: settings.patience,
            prefix: settings.prefix,
            uptime,
            breaker: Breaker::default(),
            open: Arc::default(),
            connecting: tokio::sync::Mutex::default(),
        })
    }

    /// What keys and channels begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// How long anybody waits for an answer.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Asks, within the time limit. After failures in a row it fails at once, until somebody's trial succeeds. A command whose answer
    /// did not come may have been done.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let entered = self.breaker.enter((self.uptime)());
        let pass = entered.ok_or_else(|| StoreError::Unavailable("redis did not answer lately".into()))?;
        let mut attempt = Attempt {
            breaker: &self.breaker,
            pass: Some(pass),
        };
        let mut used = None;
        let answer = timeout(self.limit, async {
            let (number, mut connection) = self.connection().await?;
            used = Some(number);
            command.query_async(&mut connection).await
        })
        .await;
        let answer = answer.unwrap_or_else(|_| Err(no_answer()));
        attempt.pass = None;
        match &answer {
            Err(error) if !is_answer(error) => {
                if self.breaker.failed(pass, (self.uptime)()) {
                    tracing::warn!(%error, "redis does not answer; what needs it is refused until it does");
                }
                self.drop_connection(used);
            }
            _ if self.breaker.succeeded() => tracing::info!("redis answers again"),
            _ => {}
        }
        answer.map_err(|error| unavailable(&error))
    }

    /// A connection to one node of which `hear` gets the messages.
    pub(crate) async fn listen(
        &self,
        hear: impl Fn(PushInfo) -> std::result::Result<(), ()> + Clone + Send + Sync + 'static,
    ) -> Result<MultiplexedConnection> {
        self.nodes.listen(hear).await.map_err(|error| unavailable(&error))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        locked(&self.open)
    }

    fn opened(&self) -> Option<(u64, Connection)> {
        let open = self.open();
        open.connection.clone().map(|connection| (open.number, connection))
    }

    /// The open connection, or a new one. One caller connects, the others wait for it as long as they wait at all.
    async fn connection(&self) -> RedisResult<(u64, Connection)> {
        if let Some(opened) = self.opened() {
            return Ok(opened);
        }
        let _connecting = self.connecting.lock().await;
        if let Some(opened) = self.opened() {
            return Ok(opened);
        }
        let number = {
            let mut open = self.open();
            open.number += 1;
            open.number
        };
        // An idle connection that the server or a firewall closed is not found out by whoever asks next.
        let open = self.open.clone();
        let gone = move || locked(&open).close(number);
        let connection = self.nodes.connect(gone).await?;
        self.open().connection = Some(connection.clone());
        Ok((number, connection))
    }

    /// A peer that went away without a word would keep a connection silent for a quarter of an hour.
    fn drop_connection(&self, used: Option<u64>) {
        if let Some(number) = used {
            self.open().close(number);
        }
    }
}

/// A question on its way. When its caller goes away, the trial is left to another.
struct Attempt<'a> {
    breaker: &'a Breaker,
    pass: Option<Pass>,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass {
            self.breaker.abandoned(pass);
        }
    }
}

/// Whether the server is there and says no, at once: it is full, or forbids the command.
fn is_answer(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Extension
            | ErrorKind::UnexpectedReturnType
            | ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm | ServerErrorKind::ExecAbort)
    )
}

fn no_answer() -> RedisError {
    (ErrorKind::Io, "no answer in time").into()
}

pub(crate) fn unavailable(error: &RedisError) -> StoreError {
    StoreError::Unavailable(format!("redis: {error}"))
}
