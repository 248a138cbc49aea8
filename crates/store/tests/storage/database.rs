//! A fresh database with the schema of today.
use grantor_migrations::{EphemeralMigrator, Migrator, MigratorTrait};
use grantor_store::ephemeral::SqlEphemeral;
use grantor_store::{DatabaseSettings, Store};
use rusqlite::Connection;
use std::sync::Arc;

/// A store, and a way to look at rows that it has no reader for.
pub(crate) struct Database {
    pub(crate) store: Arc<Store>,
    pub(crate) ephemeral: Arc<SqlEphemeral>,
    settings: DatabaseSettings,
    _folder: tempfile::TempDir,
}

/// SQLite in a folder of its own, in a file whose name would be another one in a URL.
pub(crate) async fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = DatabaseSettings {
        file: folder.path().join("gr%61ntor #1?.sqlite"),
        ephemeral_file: folder.path().join("grantor.ephemeral.sqlite"),
        readers: 4,
    };
    let durable = Store::open_for_migration(&settings.file).await.expect("open");
    Migrator::up(&durable, None).await.expect("migrate");
    durable.close().await.expect("close");
    let ephemeral = Store::open_ephemeral(&settings).await.expect("open");
    EphemeralMigrator::up(ephemeral.connection(), None)
        .await
        .expect("migrate");
    Database {
        store: Arc::new(Store::open(&settings).await.expect("open")),
        ephemeral: Arc::new(ephemeral),
        settings,
        _folder: folder,
    }
}

impl Database {
    /// A connection behind the store's back.
    pub(crate) fn connection(&self) -> Connection {
        let connection = Connection::open(&self.settings.file).expect("open");
        connection
            .busy_timeout(std::time::Duration::from_secs(5))
            .expect("set the time limit");
        connection
    }

    /// The one number a query gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.connection().query_row(sql, [], |row| row.get(0)).expect(sql)
    }

    /// Runs statements behind the store's back.
    pub(crate) fn execute(&self, sql: &str) {
        self.connection().execute_batch(sql).expect(sql);
    }
}
