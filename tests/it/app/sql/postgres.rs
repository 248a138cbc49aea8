//! A connection to PostgreSQL for those who do not wait asynchronously.
use rusqlite::types::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, Column as _, Connection as _, Executor as _, PgConnection, Row as _};
use sqlx::{TypeInfo as _, ValueRef as _};
use std::sync::Mutex;
use tokio::runtime::Runtime;

/// What management writes and changes of accounts hold while they run; see the store.
const MANAGEMENT_LOCK: i64 = 0x4772_616e_746f_7201;

/// A connection and the runtime it lives in. Every statement waits on a thread of its own: the test's own one runs the server.
pub(crate) struct Session {
    runtime: Option<Runtime>,
    connection: Mutex<Option<PgConnection>>,
}

impl Session {
    pub(super) fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let session = Self {
            runtime: runtime.ok(),
            connection: Mutex::new(None),
        };
        let connection = session.wait(PgConnection::connect(url)).unwrap();
        *session.connection.lock().unwrap() = Some(connection);
        session
    }

    fn wait<T: Send>(&self, answer: impl Future<Output = T> + Send) -> T {
        let runtime = self.runtime.as_ref().unwrap();
        std::thread::scope(|scope| scope.spawn(|| runtime.block_on(answer)).join().unwrap())
    }

    fn with<T: Send>(&self, run: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T> + Send) -> rusqlite::Result<T> {
        let mut connection = self.connection.lock().unwrap();
        let connection = connection.as_mut().unwrap();
        let runtime = self.runtime.as_ref().unwrap();
        let answer = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(run(connection))).join().unwrap());
        answer.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }

    pub(super) fn rows(&self, sql: &str, values: &[&str]) -> rusqlite::Result<(Vec<String>, Vec<Vec<Value>>)> {
        let (sql, values) = (translated(sql), arguments(values));
        let rows =
            self.with(async |connection| sqlx::query_with(AssertSqlSafe(sql), values).fetch_all(connection).await)?;
        let names = rows
            .first()
            .map(|row| row.columns().iter().map(|column| column.name().to_owned()));
        let names = names.into_iter().flatten().collect();
        Ok((names, rows.iter().map(values_of).collect()))
    }

    pub(super) fn execute(&self, sql: &str, values: &[&str]) -> rusqlite::Result<usize> {
        let (sql, values) = (translated(sql), arguments(values));
        let done =
            self.with(async |connection| sqlx::query_with(AssertSqlSafe(sql), values).execute(connection).await)?;
        Ok(usize::try_from(done.rows_affected()).unwrap())
    }

    pub(super) fn execute_batch(&self, sql: &str) -> rusqlite::Result<()> {
        let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({MANAGEMENT_LOCK})");
        let sql = translated(sql).replace("BEGIN IMMEDIATE", &lock);
        self.with(async |connection| connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await)
            .map(drop)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // To wait for its end is not allowed everywhere, and there is nothing left to wait for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn arguments(values: &[&str]) -> PgArguments {
    let mut arguments = PgArguments::default();
    for value in values {
        arguments.add(*value).unwrap();
    }
    arguments
}

fn values_of(row: &PgRow) -> Vec<Value> {
    (0..row.len()).map(|column| value_of(row, column)).collect()
}

/// A value as SQLite would have it.
fn value_of(row: &PgRow, column: usize) -> Value {
    if row.try_get_raw(column).unwrap().is_null() {
        return Value::Null;
    }
    match row.column(column).type_info().name() {
        "BOOL" => Value::Integer(row.get::<bool, _>(column).into()),
        "INT2" => Value::Integer(row.get::<i16, _>(column).into()),
        "INT4" => Value::Integer(row.get::<i32, _>(column).into()),
        "INT8" => Value::Integer(row.get(column)),
        "TEXT" | "VARCHAR" | "NAME" => Value::Text(row.get(column)),
        "BYTEA" => Value::Blob(row.get(column)),
        other => panic!("a value of type {other}"),
    }
}

/// A statement as PostgreSQL has it: `$1` for `?1`, and `"user"` where that is a name.
fn translated(sql: &str) -> String {
    let part = |(number, part): (usize, &str)| match number % 2 {
        0 => named(&part.replace('?', "$")),
        _ => part.to_owned(),
    };
    let parts: Vec<String> = sql.split('\'').enumerate().map(part).collect();
    parts.join("'")
}

fn named(sql: &str) -> String {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"');
    let (mut done, mut rest) = (String::new(), sql);
    while let Some(at) = rest.find("user") {
        let (before, after) = (&rest[..at], &rest[at + 4..]);
        let whole = !before.ends_with(of_name) && !after.starts_with(of_name);
        done.push_str(before);
        done.push_str(if whole { "\"user\"" } else { "user" });
        rest = after;
    }
    done + rest
}
