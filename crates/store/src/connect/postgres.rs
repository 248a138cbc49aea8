//! PostgreSQL: for as many processes as like.
use super::reads::Doubt;
use crate::{Result, StoreError};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Management writes and changes of accounts hold it: one at a time in the whole installation.
pub(crate) const MANAGEMENT_LOCK: i64 = 0x4772_616e_746f_7201;
/// Migrations and rotations of the master key hold it.
const INSTALLATION_LOCK: i64 = 0x4772_616e_746f_7202;
/// Connections for management writes: one that writes, and one that waits for its turn.
pub(super) const MANAGEMENT: u32 = 2;
/// The oldest version that is served: `server_version_num`.
const OLDEST: i32 = 150_000;

/// Where the server is.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with parameters such as `sslmode`. A secret: it holds the password.
    pub url: String,
    /// Certificates that are believed instead of the public authorities', in PEM.
    pub ca_file: Option<PathBuf>,
    /// Connections that read.
    pub readers: u32,
    /// What a request waits for the database.
    pub timeout: Duration,
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresSettings { .. }")
    }
}

impl PostgresSettings {
    /// How to connect, for a purpose that the server's administrator sees. Without `sslmode` a server that is not on this machine
    /// must prove its name by a certificate. Fails when the URL cannot be read; the error does not show it.
    pub(crate) fn options(&self, purpose: &str) -> Result<PgConnectOptions> {
        let unreadable = || StoreError::Unavailable("database.url is no PostgreSQL URL".into());
        let mut options: PgConnectOptions = self.url.parse().map_err(|_| unreadable())?;
        let says = |name: &str| {
            let query = self.url.split_once('?').map_or("", |(_, query)| query);
            query.split('&').any(|pair| pair.split('=').next() == Some(name))
        };
        if !says("sslmode") && !says("ssl-mode") {
            let host = options.get_host();
            let here = options.get_socket().is_some() || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
            options = options.ssl_mode(if here { PgSslMode::Prefer } else { PgSslMode::VerifyFull });
        }
        if let Some(file) = &self.ca_file {
            options = options.ssl_root_cert(file);
        }
        // A server that vanishes in the middle of a transaction gives up what it holds within half a minute.
        let gone = [
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            ("idle_in_transaction_session_timeout", "30000"),
        ];
        Ok(options
            .options(gone)
            .application_name(&format!("grantor {purpose}"))
            .disable_statement_logging())
    }

    async fn connect(&self, purpose: &str) -> Result<PgConnection> {
        let options = self.options(purpose)?;
        let connection = tokio::time::timeout(self.timeout, options.connect());
        Ok(connection
            .await
            .map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))??)
    }
}

/// What a pool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Statements that nobody waits for longer than the time limit: the server gives them up too, so that its own connections do
    /// not pile up behind a lock.
    Requests,
    /// Statements that take as long as they take.
    Changes,
}

pub(super) async fn pool(
    settings: &PostgresSettings,
    (purpose, what): (&str, Use),
    connections: u32,
    doubt: &Arc<Doubt>,
) -> Result<DatabaseConnection> {
    let mut given = settings.options(purpose)?;
    if what == Use::Requests {
        given = given.options([("statement_timeout", settings.timeout.as_millis().to_string())]);
    }
    let (doubt, limit) = (doubt.clone(), settings.timeout);
    let mut options = ConnectOptions::new("postgres://localhost");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(settings.timeout)
        // A ping before each statement would be a second round trip; a broken connection is found out by its use.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(move |options| {
            let doubt = doubt.clone();
            options.after_release(move |connection, _| {
                let due = doubt.is_due();
                Box::pin(async move {
                    if due {
                        answers(connection, limit).await
                    } else {
                        Ok(true)
                    }
                })
            })
        })
        .map_sqlx_postgres_opts(move |_| given.clone());
    Ok(Database::connect(options).await?)
}

/// An error, with which a pool drops the connection at once, when it is silent.
async fn answers(connection: &mut PgConnection, limit: Duration) -> sqlx::Result<bool> {
    let silent = |_| sqlx::Error::Protocol("the connection is silent".into());
    tokio::time::timeout(limit, connection.ping()).await.map_err(silent)??;
    Ok(true)
}

/// The server is new enough. Where an answered write does not survive its crash, that is said when it `matters`.
pub(super) async fn check(connection: &impl ConnectionTrait, matters: bool) -> Result<()> {
    let sql =
        "SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS commit";
    let select = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(select).await?;
    let row = row.ok_or_else(|| StoreError::Unavailable("PostgreSQL says nothing of itself".into()))?;
    if row.try_get::<i32>("", "version")? < OLDEST {
        return Err(StoreError::Unavailable("PostgreSQL is older than version 15".into()));
    }
    if matters && row.try_get::<String>("", "commit")? == "off" {
        tracing::warn!("PostgreSQL's synchronous_commit is off: a crash of its server loses answered writes");
    }
    Ok(())
}

/// Numbers of transactions that come from another server, by a dump that was restored here: what they made is told anew. On the server
/// that gave them there are none.
pub(super) async fn renumber_changes(connection: &impl ConnectionTrait) -> Result<()> {
    let ahead = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let changes = format!("UPDATE change SET xact = DEFAULT WHERE xact >= {ahead}");
    let mark = format!("DELETE FROM known WHERE name = 'changes_deleted' AND value::bigint >= {ahead}");
    for sql in [changes, mark] {
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}

pub(super) async fn something_sealed(settings: &PostgresSettings) -> Result<Option<Vec<u8>>> {
    let mut connection = settings.connect("start").await?;
    let table = sqlx::query("SELECT to_regclass('data_key') IS NOT NULL AS there");
    if !table.fetch_one(&mut connection).await?.try_get::<bool, _>("there")? {
        return Ok(None);
    }
    let sealed = sqlx::query("SELECT sealed FROM data_key LIMIT 1");
    let row = sealed.fetch_optional(&mut connection).await?;
    Ok(row.map(|row| row.try_get("sealed")).transpose()?)
}

/// Waits until no other management write runs, and keeps others out until the transaction ends.
pub(super) async fn hold_management(transaction: &super::Transaction) -> Result<()> {
    // As long as SQLite's readers wait for the lock of a large document.
    let sql = format!("SET LOCAL lock_timeout = '20s'; SELECT pg_advisory_xact_lock({MANAGEMENT_LOCK})");
    transaction.execute_unprepared(&sql).await?;
    Ok(())
}

/// Keeps every other process from migrating and from rotating the master key until it is dropped.
pub struct InstallationLock {
    _connection: PgConnection,
}

impl InstallationLock {
    /// Waits for it.
    pub async fn take(settings: &PostgresSettings) -> Result<Self> {
        let mut connection = settings.connect("lock").await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(INSTALLATION_LOCK)
            .execute(&mut connection)
            .await?;
        Ok(Self {
            _connection: connection,
        })
    }
}
