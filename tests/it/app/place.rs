//! Where a database of a test is: a folder and, with PostgreSQL, a database on the server that the environment names.
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Mutex;

const DATABASE: &str = "grantor.sqlite";
const EPHEMERAL: &str = "grantor.ephemeral.sqlite";

/// It goes away when it is dropped.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    /// The name of the database on the server; `None` is SQLite.
    database: Option<String>,
}

/// `GRANTOR_TEST_DATABASE` says which database the tests use: `sqlite`, which it is without, or `postgres`.
fn on_postgres() -> bool {
    match std::env::var("GRANTOR_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("GRANTOR_TEST_DATABASE is {other}; it may be sqlite or postgres"),
    }
}

/// Where the tests' PostgreSQL is.
fn server() -> String {
    std::env::var("GRANTOR_TEST_POSTGRES")
        .expect("GRANTOR_TEST_POSTGRES names a server; `tests/services run` starts one")
}

/// Runs statements on the server.
async fn run(sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(&server()).await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    connection.close().await
}

impl Place {
    async fn make(of: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // Two copies of one database at once would be in each other's way.
        static ONE: Mutex<()> = Mutex::const_new(());
        let mut place = Self {
            folder: tempfile::tempdir().unwrap(),
            database: None,
        };
        if on_postgres() {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("it_{}_{number}", std::process::id());
            let _one = ONE.lock().await;
            run(format!("CREATE DATABASE {name} {of}")).await.unwrap();
            place.database = Some(name);
        }
        place
    }

    /// With nothing in it.
    pub(crate) async fn empty() -> Self {
        Self::make("").await
    }

    /// With what is in another one, which nobody may be connected to.
    pub(crate) async fn like(other: &Self) -> Self {
        match &other.database {
            Some(name) => Self::make(&format!("TEMPLATE {name}")).await,
            None => {
                let place = Self::make("").await;
                for file in [DATABASE, EPHEMERAL] {
                    std::fs::copy(other.folder().join(file), place.folder().join(file)).unwrap();
                }
                place
            }
        }
    }

    /// The folder of data.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What `database.url` is for it.
    pub(crate) fn url(&self) -> String {
        let Some(name) = &self.database else {
            return format!("sqlite:{}", self.folder().join(DATABASE).display());
        };
        let server = server();
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        format!("{base}/{name}")
    }

    /// Makes it ready to be copied: everything stands in the one file, and nobody is connected.
    pub(crate) async fn seal(&self) {
        if let Some(name) = &self.database {
            let end = format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            run(end).await.unwrap();
            return;
        }
        for file in [DATABASE, EPHEMERAL] {
            let file = rusqlite::Connection::open(self.folder().join(file)).unwrap();
            file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .unwrap();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(name) = self.database.take() {
            // Not waited for: the server drops nothing while somebody is about to sign in to it, which may be the pool of the
            // runtime that would wait here.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let dropped = runtime.map(|on| on.block_on(run(format!("DROP DATABASE {name} WITH (FORCE)"))));
                dropped.expect("a runtime").expect("drop the database");
            });
        }
    }
}
