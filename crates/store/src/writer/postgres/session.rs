//! The writer's connection, driven from the writer's own thread.
use super::columns::{Columns, bind};
use crate::connect::{MANAGEMENT_LOCK, PostgresSettings};
use crate::copy::{Datum, Kind};
use crate::writer::unit::{Insert, Value};
use crate::{Result, StoreError};
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How many times as long as a request the writer waits for an answer.
const PATIENCE: u32 = 5;

/// What the database said of the last error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    /// Two transactions waited for each other: the same again may do.
    StoodInTheWay,
    /// Somebody holds what it needs, for longer than anybody waits.
    Waited,
    /// Nothing more comes of this connection.
    Broken,
}

pub(crate) struct Session {
    runtime: Runtime,
    connection: RefCell<PgConnection>,
    /// What one statement may take; a connection that takes longer is given up.
    patience: Duration,
    state: Cell<State>,
}

impl Session {
    pub(crate) fn open(settings: &PostgresSettings) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| StoreError::Unavailable(e.to_string()))?;
        let options = settings
            .options("writer")?
            .options([("lock_timeout", settings.timeout.as_millis().to_string())]);
        let connecting = async { tokio::time::timeout(settings.timeout, options.connect()).await };
        let connection = runtime
            .block_on(connecting)
            .map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".into()))??;
        Ok(Self {
            runtime,
            connection: RefCell::new(connection),
            patience: settings.timeout.saturating_mul(PATIENCE),
            state: Cell::new(State::Sound),
        })
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.state.get() == State::Broken
    }

    /// Whether there is still somebody at the other end.
    pub(super) fn answers(&self) -> bool {
        self.control("SELECT 1").is_ok()
    }

    /// Whether the last error was that of another transaction in the way; asked once.
    pub(super) fn stood_in_the_way(&self) -> bool {
        self.was(State::StoodInTheWay)
    }

    /// Whether the last error was that of a lock that somebody holds for long; asked once.
    pub(super) fn waited(&self) -> bool {
        self.was(State::Waited)
    }

    fn was(&self, state: State) -> bool {
        let was = self.state.get() == state;
        if was {
            self.state.set(State::Sound);
        }
        was
    }

    /// Waits for an answer, and learns from an error what the connection is still good for.
    fn wait<T>(&self, answer: impl Future<Output = std::result::Result<T, sqlx::Error>>) -> Result<T> {
        let answered = self
            .runtime
            .block_on(async { tokio::time::timeout(self.patience, answer).await });
        let error = match answered {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => error,
            Err(_) => {
                self.state.set(State::Broken);
                return Err(StoreError::Unavailable("PostgreSQL does not answer".into()));
            }
        };
        self.state.set(match &error {
            sqlx::Error::Database(said) => match said.code().as_deref() {
                // deadlock_detected, serialization_failure
                Some("40P01" | "40001") => State::StoodInTheWay,
                // lock_not_available
                Some("55P03") => State::Waited,
                // An administrator's hand, a shutdown, a server that has become a standby.
                Some(code) if code.starts_with("57P") || code.starts_with("08") || code == "25006" => State::Broken,
                _ => State::Sound,
            },
            _ => State::Broken,
        });
        Err(error.into())
    }

    fn run(&self, sql: String, arguments: PgArguments) -> Result<u64> {
        let mut connection = self.connection.borrow_mut();
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        Ok(self.wait(query.execute(&mut *connection))?.rows_affected())
    }

    fn fetch(&self, sql: String, arguments: PgArguments) -> Result<Vec<PgRow>> {
        let mut connection = self.connection.borrow_mut();
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        self.wait(query.fetch_all(&mut *connection))
    }

    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        self.run(translated(sql), bind(values)?)
    }

    pub(crate) fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<PgRow>> {
        self.fetch(translated(sql), bind(values)?)
    }

    /// Adds many rows at once.
    pub(super) fn insert(&self, into: &Insert, rows: &[Vec<Value<'_>>]) -> Result<()> {
        self.insert_into((into.table, into.columns), rows)
    }

    /// The same for a table by its name, with its columns.
    pub(crate) fn insert_into(&self, (table, names): (&str, &str), rows: &[Vec<Value<'_>>]) -> Result<()> {
        let mut columns = Columns::default();
        let given = columns.add(rows)?;
        let sql = format!("INSERT INTO {table} ({names}) SELECT * FROM {given}");
        self.run(sql, columns.arguments).map(drop)
    }

    /// Runs a statement over columns of rows.
    pub(super) fn over(&self, sql: String, columns: Columns) -> Result<Vec<PgRow>> {
        self.fetch(sql, columns.arguments)
    }

    /// Everything in `work` happens, or nothing.
    pub(crate) fn transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        // What an error of before left behind says nothing of this one.
        if !self.is_broken() {
            self.state.set(State::Sound);
        }
        self.control("BEGIN")?;
        match work() {
            Ok(done) => self.control("COMMIT").map(|()| done),
            Err(error) => {
                if !self.is_broken() {
                    let why = self.state.get();
                    self.control("ROLLBACK")?;
                    self.state.set(why);
                }
                Err(error)
            }
        }
    }

    fn control(&self, sql: &'static str) -> Result<()> {
        let mut connection = self.connection.borrow_mut();
        self.wait(connection.execute(sqlx::raw_sql(sql))).map(drop)
    }

    /// Holds a name until the transaction ends.
    pub(crate) fn hold(&self, name: &str) -> Result<()> {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))";
        self.rows(sql, &[Value::Text(name.into())]).map(drop)
    }

    /// Holds a number until the transaction ends.
    pub(crate) fn hold_number(&self, number: i64) -> Result<()> {
        let sql = "SELECT pg_advisory_xact_lock(?1)";
        self.rows(sql, &[Value::Number(number)]).map(drop)
    }

    /// No management write comes in between until the transaction ends. Refused while whoever asked still waits, rather than done
    /// when nobody hears of it.
    pub(super) fn hold_management(&self) -> Result<()> {
        let half = (self.patience / PATIENCE / 2).as_millis().to_string();
        let sql = "SELECT set_config('lock_timeout', ?1, TRUE)";
        self.rows(sql, &[Value::Text(half.into())])?;
        self.hold_number(MANAGEMENT_LOCK)
    }

    /// Deletes the oldest changes until `until`, and keeps until which transaction: whoever had not read them missed some.
    pub(crate) fn delete_changes(&self, until: i64, most: i64) -> Result<bool> {
        let sql = "WITH gone AS (DELETE FROM change WHERE seq IN (SELECT seq FROM change ORDER BY seq LIMIT ?2)
                   AND at <= ?1 AND seq < (SELECT seq FROM change ORDER BY seq DESC LIMIT 1) RETURNING xact),
                   kept AS (INSERT INTO known (name, value) SELECT 'changes_deleted', MAX(xact)::text FROM gone HAVING COUNT(*) > 0
                   ON CONFLICT (name) DO UPDATE SET value = GREATEST(known.value::bigint, excluded.value::bigint)::text)
                   SELECT COUNT(*) AS deleted FROM gone";
        let rows = self.fetch(
            sql.replace('?', "$"),
            bind(&[Value::Number(until), Value::Number(most)])?,
        )?;
        let row = crate::writer::unit::Row::Postgres(&rows[0]);
        Ok(row.number("deleted")? >= most)
    }
}

/// What a row holds, by the names and kinds of their columns.
pub(crate) fn row_values(row: &PgRow, columns: &[(&str, Kind)]) -> Result<Vec<Datum>> {
    let datum = |(name, kind): &(&str, Kind)| {
        Ok(match kind {
            Kind::Text => Datum::Text(row.try_get(*name)?),
            Kind::Number => Datum::Number(row.try_get(*name)?),
            Kind::Flag => Datum::Flag(row.try_get(*name)?),
            Kind::Bytes => Datum::Bytes(row.try_get(*name)?),
        })
    };
    columns.iter().map(datum).collect()
}

/// A statement as PostgreSQL has it: `$1` for a value, `GREATEST(a, b)`, and `ctid` for a row's own place. No statement of the
/// writer has a question mark, an aggregate or a text that reads like these.
fn translated(sql: &str) -> String {
    sql.replace('?', "$")
        .replace("MAX(", "GREATEST(")
        .replace("rowid", "ctid")
}
