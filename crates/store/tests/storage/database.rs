//! A fresh database with the schema of today.
use grantor_migrations::{EphemeralMigrator, Migrator, MigratorTrait, UnloggedMigrator};
use grantor_store::ephemeral::SqlEphemeral;
use grantor_store::{DatabaseSettings, PostgresSettings, SqliteSettings, Store};
use rusqlite::Connection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A store, and a way to look at rows that it has no reader for.
pub(crate) struct Database {
    pub(crate) store: Arc<Store>,
    pub(crate) ephemeral: Arc<SqlEphemeral>,
    settings: DatabaseSettings,
    _place: Place,
}

/// What goes away with the database.
enum Place {
    Folder(#[expect(dead_code, reason = "removed when it is dropped")] tempfile::TempDir),
    Server { name: String },
}

/// Where the tests' PostgreSQL is.
fn server() -> String {
    std::env::var("GRANTOR_TEST_POSTGRES")
        .expect("GRANTOR_TEST_POSTGRES names a server; `tests/services run` starts one")
}

/// The server's URL with another database.
fn url_of(database: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{base}/{database}")
}

pub(crate) fn sqlite_settings(folder: &std::path::Path, file: &str) -> SqliteSettings {
    SqliteSettings {
        file: folder.join(file),
        ephemeral_file: folder.join("grantor.ephemeral.sqlite"),
        readers: 4,
    }
}

async fn open(settings: DatabaseSettings, place: Place) -> Database {
    let ephemeral = Store::open_ephemeral(&settings).await.expect("open");
    if let Place::Folder(_) = place {
        let durable = Store::open_for_migration(&settings).await.expect("open");
        Migrator::up(&durable, None).await.expect("migrate");
        durable.close().await.expect("close");
        EphemeralMigrator::up(ephemeral.connection(), None)
            .await
            .expect("migrate");
    }
    Database {
        store: Arc::new(Store::open(&settings).await.expect("open")),
        ephemeral: Arc::new(ephemeral),
        settings,
        _place: place,
    }
}

/// SQLite in a folder of its own, in a file whose name would be another one in a URL.
pub(crate) async fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = DatabaseSettings::Sqlite(sqlite_settings(folder.path(), "gr%61ntor #1?.sqlite"));
    open(settings, Place::Folder(folder)).await
}

/// PostgreSQL, in a database of its own.
pub(crate) async fn postgres() -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (template, name) = (template().await, format!("storage_{}_{number}", std::process::id()));
    run(&server(), &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    open(postgres_settings(&name), Place::Server { name }).await
}

fn postgres_settings(database: &str) -> DatabaseSettings {
    DatabaseSettings::Postgres(PostgresSettings {
        url: url_of(database),
        ca_file: None,
        readers: 8,
        timeout: Duration::from_secs(10),
    })
}

/// A database with the schema and nothing else, made once.
async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let make = async || {
        let name = format!("storage_{}", std::process::id());
        run(&server(), &format!("CREATE DATABASE {name}")).await;
        let durable = Store::open_for_migration(&postgres_settings(&name))
            .await
            .expect("open");
        Migrator::up(&durable, None).await.expect("migrate");
        UnloggedMigrator::up(&durable, None).await.expect("migrate");
        durable.close().await.expect("close");
        name
    };
    TEMPLATE.get_or_init(make).await
}

async fn run(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.expect("connect");
    let sql = AssertSqlSafe(sql.to_owned());
    connection.execute(sqlx::raw_sql(sql)).await.expect("run");
    connection.close().await.expect("close");
}

/// A statement of a test as PostgreSQL has it.
fn translated(sql: &str) -> String {
    let sql = sql.replace("FROM user ", "FROM \"user\" ").replace("X'", "'\\x");
    match sql.ends_with("FROM user") {
        true => sql.replace("FROM user", "FROM \"user\""),
        false => sql,
    }
}

/// Waits for something asynchronous where a test is not.
fn now<T>(answer: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(answer))
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Server { name } = self {
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            // The runtime may be on its way out.
            let gone = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(run(&server(), &sql));
            });
            gone.join().expect("drop the database");
        }
    }
}

/// Keeps everybody from writing until it is let go.
pub(crate) enum Hold {
    Sqlite(Connection),
    Postgres(PgConnection),
}

impl Hold {
    pub(crate) fn release(self) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch("COMMIT").expect("commit"),
            Self::Postgres(mut connection) => {
                now(connection.execute("COMMIT")).expect("commit");
            }
        }
    }
}

impl Database {
    /// A connection behind the store's back, where it is SQLite.
    pub(crate) fn sqlite(&self) -> Option<Connection> {
        let DatabaseSettings::Sqlite(settings) = &self.settings else {
            return None;
        };
        let connection = Connection::open(&settings.file).expect("open");
        connection
            .busy_timeout(Duration::from_secs(5))
            .expect("set the time limit");
        Some(connection)
    }

    fn server(&self) -> PgConnection {
        let DatabaseSettings::Postgres(settings) = &self.settings else {
            panic!("neither SQLite nor PostgreSQL")
        };
        now(PgConnection::connect(&settings.url)).expect("connect")
    }

    /// The same database, as another start finds it.
    pub(crate) async fn reopened(&self) -> Store {
        Store::open(&self.settings).await.expect("open")
    }

    /// Nobody else writes from now on.
    pub(crate) fn hold(&self) -> Hold {
        if let Some(connection) = self.sqlite() {
            connection.execute_batch("BEGIN IMMEDIATE").expect("begin");
            return Hold::Sqlite(connection);
        }
        let mut connection = self.server();
        let lock = "DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1
            LOOP EXECUTE 'LOCK TABLE ' || name || ' IN EXCLUSIVE MODE'; END LOOP; END $$";
        now(connection.execute("BEGIN")).expect("begin");
        now(connection.execute(lock)).expect("lock");
        Hold::Postgres(connection)
    }

    /// The one number a query gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        if let Some(connection) = self.sqlite() {
            return connection.query_row(sql, [], |row| row.get(0)).expect(sql);
        }
        let mut connection = self.server();
        let query = format!("SELECT (({}))::bigint", translated(sql));
        let query = match sql.contains("= X'") {
            true => query.replace("::bigint", "::int::bigint"),
            false => query,
        };
        let row = now(sqlx::query(AssertSqlSafe(query)).fetch_one(&mut connection)).expect(sql);
        row.get(0)
    }

    /// Runs statements behind the store's back.
    pub(crate) fn execute(&self, sql: &str) {
        match self.sqlite() {
            Some(connection) => connection.execute_batch(sql).expect(sql),
            None => {
                let raw = sqlx::raw_sql(AssertSqlSafe(translated(sql)));
                now(self.server().execute(raw)).expect(sql);
            }
        }
    }
}
