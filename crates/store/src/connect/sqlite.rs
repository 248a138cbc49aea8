//! SQLite: the embedded default.
use crate::Result;
use rusqlite::OptionalExtension as _;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the two files are.
#[derive(Debug, Clone)]
pub struct SqliteSettings {
    /// The file of durable facts.
    pub file: PathBuf,
    /// The file of short-lived data.
    pub ephemeral_file: PathBuf,
    /// Connections that read.
    pub readers: u32,
}

/// Makes no file.
pub(super) fn something_sealed(file: &Path) -> Result<Option<Vec<u8>>> {
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

pub(super) async fn pool(file: &Path, connections: u32, synchronous: &'static str) -> Result<DatabaseConnection> {
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
