//! Opening the databases: the readers, the writer, what management writes through, where short-lived data is.
mod postgres;
mod reads;
mod sqlite;
mod transaction;

pub(crate) use postgres::MANAGEMENT_LOCK;
use postgres::Use;
pub use postgres::{InstallationLock, PostgresSettings};
pub(crate) use reads::Reads;
pub use sqlite::SqliteSettings;
pub(crate) use transaction::Transaction;

use crate::bell::Bell;
use crate::ephemeral::SqlEphemeral;
use crate::writer::{Command, Outcome, Writer};
use crate::{Result, StoreError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// Which database it is, and where.
#[derive(Debug, Clone)]
pub enum DatabaseSettings {
    /// A file of this machine, for one process and its commands.
    Sqlite(SqliteSettings),
    /// A server, for as many processes as like.
    Postgres(PostgresSettings),
}

impl DatabaseSettings {
    /// SQLite's two files, as they are called, in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self::Sqlite(SqliteSettings {
            file: folder.join("grantor.sqlite"),
            ephemeral_file: folder.join("grantor.ephemeral.sqlite"),
            readers: 1,
        })
    }
}

/// The open databases.
pub struct Store {
    reads: Reads,
    /// What management writes go through; on SQLite the readers' own connections.
    management: DatabaseConnection,
    writer: Writer,
    /// What a caller waits for a write. SQLite has a limit of its own.
    patience: Option<Duration>,
    read: AtomicU64,
    written: AtomicU64,
    /// Background writes that found their share of the queue full.
    dropped: AtomicU64,
    bell: Arc<Bell>,
}

impl Store {
    /// Opens the durable database. An answered write survives a power cut: SQLite with WAL and synchronous=FULL, PostgreSQL 15 or
    /// newer with its `synchronous_commit` on.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self> {
        let bell = Arc::new(Bell::default());
        let (reads, management, writer, patience) = match settings {
            DatabaseSettings::Sqlite(settings) => {
                let readers = sqlite::pool(&settings.file, settings.readers, "FULL").await?;
                let writer = Writer::on_sqlite(&settings.file, bell.clone())?;
                (Reads::new(readers.clone(), None, Arc::default()), readers, writer, None)
            }
            DatabaseSettings::Postgres(settings) => {
                let doubt = Arc::default();
                let readers = postgres::pool(settings, ("reads", Use::Requests), settings.readers, &doubt).await?;
                postgres::check(&readers, true).await?;
                postgres::renumber_changes(&readers).await?;
                let management =
                    postgres::pool(settings, ("management", Use::Changes), postgres::MANAGEMENT, &doubt).await?;
                let writer = Writer::on_postgres(settings, &bell)?;
                let limit = Some(settings.timeout);
                (Reads::new(readers, limit, doubt), management, writer, limit)
            }
        };
        Ok(Self {
            reads,
            management,
            writer,
            patience,
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            bell,
        })
    }

    /// Opens the database of short-lived data, whose loss only makes a user start again: on SQLite a file of its own, on
    /// PostgreSQL an unlogged table.
    pub async fn open_ephemeral(settings: &DatabaseSettings) -> Result<SqlEphemeral> {
        let doubt = Arc::default();
        let (connection, limit) = match settings {
            DatabaseSettings::Sqlite(settings) => (sqlite::pool(&settings.ephemeral_file, 2, "OFF").await?, None),
            DatabaseSettings::Postgres(settings) => {
                let pool = postgres::pool(settings, ("interactions", Use::Requests), settings.readers, &doubt).await?;
                (pool, Some(settings.timeout))
            }
        };
        Ok(SqlEphemeral::new(Reads::new(connection, limit, doubt)))
    }

    /// A pool for migrations of the durable database.
    pub async fn open_for_migration(settings: &DatabaseSettings) -> Result<DatabaseConnection> {
        match settings {
            DatabaseSettings::Sqlite(settings) => sqlite::pool(&settings.file, 1, "FULL").await,
            DatabaseSettings::Postgres(settings) => {
                let connection = postgres::pool(settings, ("migrations", Use::Changes), 1, &Arc::default()).await?;
                postgres::check(&connection, false).await?;
                Ok(connection)
            }
        }
    }

    /// Whether it holds data sealed under a master key, so that it is of no use without that key. Makes nothing.
    pub async fn is_sealed(settings: &DatabaseSettings) -> Result<bool> {
        Ok(Self::something_sealed(settings).await?.is_some())
    }

    /// Something that the master key sealed which counts, whatever the schema's age; it begins with that key's marks. `None`
    /// when nothing is sealed yet. Makes nothing.
    pub async fn something_sealed(settings: &DatabaseSettings) -> Result<Option<Vec<u8>>> {
        match settings {
            DatabaseSettings::Sqlite(settings) => sqlite::something_sealed(&settings.file),
            DatabaseSettings::Postgres(settings) => postgres::something_sealed(settings).await,
        }
    }

    /// A connection for one read that a request submits; counted against the SQL budget.
    pub(crate) fn read(&self) -> &Reads {
        self.read.fetch_add(1, Ordering::Relaxed);
        &self.reads
    }

    /// A connection for reads no request waits for: the feed's polls and loads at start.
    pub(crate) fn background(&self) -> &Reads {
        &self.reads
    }

    /// Whether it is PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        self.reads.get_database_backend() == DbBackend::Postgres
    }

    /// A statement that is written out with `?1` for its values.
    pub(crate) fn statement(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
        let backend = self.reads.get_database_backend();
        match backend {
            DbBackend::Postgres => Statement::from_sql_and_values(backend, sql.replace('?', "$"), values),
            _ => Statement::from_sql_and_values(backend, sql, values),
        }
    }

    /// Takes the write lock at once: a transaction that reads first could not take it any more after somebody else's commit.
    /// On PostgreSQL it keeps other management writes and changes of accounts out, not the writes of requests.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let mut tried = 1;
        let begun = loop {
            // Nothing was done yet: a connection that broke while nobody used it is no reason to refuse.
            match self.reads.within(self.management.begin_with_options(options)).await {
                Err(error) if tried < reads::TRIES && reads::is_broken(&error) => tried += 1,
                begun => break begun?,
            }
        };
        let transaction = Transaction::new(begun);
        if self.is_postgres() {
            postgres::hold_management(&transaction).await?;
        }
        Ok(transaction)
    }

    /// Hands a command to the writer and waits for its commit; counted against the SQL budget.
    pub async fn write(&self, command: Command) -> Result<Outcome> {
        self.written.fetch_add(1, Ordering::Relaxed);
        let answer = answered(self.writer.submit(command)?);
        match self.patience {
            None => answer.await,
            // Whether it was written is not known to whoever gives up; the writer does what it was handed.
            Some(patience) => tokio::time::timeout(patience, answer)
                .await
                .map_err(|_| StoreError::Unavailable("the database takes too long".into()))?,
        }
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
        self.read.load(Ordering::Relaxed) + self.writes()
    }

    /// Those of them that wrote.
    pub fn writes(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Rings when this process committed what its own memory may not know yet: management changes, and what nobody was told of.
    pub fn bell(&self) -> &Notify {
        self.bell.here()
    }

    /// Tells the feeds of this process and of others to look now.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    /// The bell, for what carries it to other processes.
    pub(crate) fn bells(&self) -> &Arc<Bell> {
        &self.bell
    }
}

async fn answered(answer: oneshot::Receiver<Result<Outcome>>) -> Result<Outcome> {
    answer
        .await
        .map_err(|_| StoreError::Unavailable("the writer went away".into()))?
}
