//! Where a database of a test is: a folder and, with PostgreSQL, a database on the server that the environment names.
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// Runs a statement on the server, one at a time: two copies of one database would be in each other's way. It has a thread of its
/// own, because the test's runtime may be on its way out.
fn run(sql: String) {
    static ONE: Mutex<()> = Mutex::new(());
    let run = async move {
        let mut connection = PgConnection::connect(&server()).await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        connection.close().await
    };
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let _one = ONE.lock();
        runtime.expect("a runtime").block_on(run).expect("run");
    });
    done.join().expect("a thread");
}

impl Place {
    fn make(of: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = || {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("it_{}_{number}", std::process::id());
            run(format!("CREATE DATABASE {name} {of}"));
            name
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: on_postgres().then(name),
        }
    }

    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        Self::make("")
    }

    /// With what is in another one, which nobody may be connected to.
    pub(crate) fn like(other: &Self) -> Self {
        match &other.database {
            Some(name) => Self::make(&format!("TEMPLATE {name}")),
            None => {
                let place = Self::make("");
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
    pub(crate) fn seal(&self) {
        if let Some(name) = &self.database {
            run(format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ));
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
        if let Some(name) = &self.database {
            run(format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}
