//! Opening the databases: the pool of readers, the one writer, the file of short-lived data.
use crate::ephemeral::SqlEphemeral;
use crate::writer::{Command, Outcome, Writer};
use crate::{Result, StoreError};
use rusqlite::OptionalExtension as _;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// Where the databases are.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The SQLite file of durable facts.
    pub file: PathBuf,
    /// The SQLite file of short-lived data.
    pub ephemeral_file: PathBuf,
    /// Connections that read.
    pub readers: u32,
}

/// The open databases.
pub struct Store {
    readers: DatabaseConnection,
    writer: Writer,
    reads: AtomicU64,
    writes: AtomicU64,
    /// Background writes that found their share of the queue full.
    dropped: AtomicU64,
    bell: Arc<Notify>,
}

impl Store {
    /// Opens the durable database with WAL and synchronous=FULL: an answered write survives a power cut.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self> {
        let readers = pool(&settings.file, settings.readers, "FULL").await?;
        let bell = Arc::new(Notify::new());
        let writer = Writer::open(&settings.file, bell.clone())?;
        Ok(Self {
            readers,
            writer,
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            bell,
        })
    }

    /// Opens the database of short-lived data, whose loss only makes a user start again.
    pub async fn open_ephemeral(settings: &DatabaseSettings) -> Result<SqlEphemeral> {
        Ok(SqlEphemeral::new(pool(&settings.ephemeral_file, 2, "OFF").await?))
    }

    /// A pool for migrations.
    pub async fn open_for_migration(file: &Path) -> Result<DatabaseConnection> {
        pool(file, 1, "FULL").await
    }

    /// Whether the file holds data sealed under a master key, so that it is of no use without that key. Makes no file.
    pub fn is_sealed(file: &Path) -> Result<bool> {
        Ok(Self::something_sealed(file)?.is_some())
    }

    /// Something that the master key sealed which counts, whatever the schema's age; it begins with that key's marks. `None`
    /// when nothing is sealed yet. Makes no file.
    pub fn something_sealed(file: &Path) -> Result<Option<Vec<u8>>> {
        if !file.exists() {
            return Ok(None);
        }
        let connection = rusqlite::Connection::open(file)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let table = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'data_key')";
        if !connection.query_row(table, [], |row| row.get::<_, bool>(0))? {
            return Ok(None);
        }
        let sealed = connection.query_row("SELECT sealed FROM data_key LIMIT 1", [], |row| row.get(0));
        Ok(sealed.optional()?)
    }

    /// A connection for one read that a request submits; counted against the SQL budget.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        self.reads.fetch_add(1, Ordering::Relaxed);
        &self.readers
    }

    /// A connection for reads no request waits for: the feed's polls and loads at start.
    pub(crate) fn background(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Hands a command to the writer and waits for its commit; counted against the SQL budget.
    pub async fn write(&self, command: Command) -> Result<Outcome> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        answered(self.writer.submit(command)?).await
    }

    /// The same for a job: no request waits for it, and it is refused while such writes take up their share of the queue.
    pub async fn write_for_job(&self, command: Command) -> Result<Outcome> {
        answered(self.writer.submit_aside(command)?).await
    }

    /// Hands a command to the writer and does not wait. It is dropped while such writes take up their share of the queue; only
    /// for rows whose loss loses nothing.
    pub fn write_later(&self, command: Command) {
        if let Err(error) = self.writer.submit_aside(command) {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            // The first, and then ever fewer: whoever floods the queue must not flood the log.
            if dropped.is_power_of_two() {
                tracing::warn!(%error, dropped, "background writes are dropped");
            }
        }
    }

    /// Database round trips that requests have submitted so far (decision 8).
    pub fn statements(&self) -> u64 {
        self.reads.load(Ordering::Relaxed) + self.writes()
    }

    /// Those of them that wrote.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Rings when this process committed what its own memory may not know yet: management changes, and what nobody was told of.
    pub fn bell(&self) -> &Notify {
        &self.bell
    }

    /// Tells this process's feed to look now.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }
}

async fn answered(answer: oneshot::Receiver<Result<Outcome>>) -> Result<Outcome> {
    answer
        .await
        .map_err(|_| StoreError::Unavailable("the writer went away".into()))?
}

async fn pool(file: &Path, connections: u32, synchronous: &'static str) -> Result<DatabaseConnection> {
    // The path is given as it is: in a URL, `%` and `?` would name another file than the writer opens.
    let mut options = ConnectOptions::new("sqlite:");
    let file = file.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .create_if_missing(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", synchronous)
                .pragma("busy_timeout", "5000")
                .pragma("mmap_size", "0")
                // KiB of pages a connection keeps: the inner ones of every index. The operating system keeps the file, and
                // the catalog what is asked often; SQLite's own 2 MB would be kept once for each reader.
                .pragma("cache_size", "-512")
                .pragma("foreign_keys", "ON")
        });
    Ok(Database::connect(options).await?)
}
