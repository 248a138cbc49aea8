//! SQL behind the server's back, with one surface for both databases.
//!
//! Statements are written as SQLite has them, with `?1` for values. Only what both databases understand may stand in them;
//! `user` is quoted for PostgreSQL, where it is a keyword.
mod postgres;

use grantor_server::config::Settings;
use postgres::Session;
use rusqlite::types::{FromSql, Value, ValueRef};
use std::path::Path;
use std::rc::Rc;

/// A connection of its own.
pub(crate) enum Sql {
    Sqlite(rusqlite::Connection),
    Postgres(Session),
}

/// One row of an answer.
pub(crate) struct Row {
    names: Rc<[String]>,
    values: Vec<Value>,
}

/// A statement that may be run.
pub(crate) struct Prepared<'a> {
    sql: &'a Sql,
    text: String,
}

impl Row {
    /// The value of a column, counted from 0.
    pub(crate) fn get<T: FromSql>(&self, column: usize) -> rusqlite::Result<T> {
        let value = self
            .values
            .get(column)
            .ok_or(rusqlite::Error::InvalidColumnIndex(column))?;
        T::column_result(ValueRef::from(value))
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), Box::new(error)))
    }

    /// All its values.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The names of the columns they stand in.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Prepared<'_> {
    /// What is made of each row.
    pub(crate) fn query_map<const N: usize, T>(
        &self,
        values: [&str; N],
        each: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<std::vec::IntoIter<rusqlite::Result<T>>> {
        let rows = self.sql.rows(&self.text, &values)?;
        Ok(rows.iter().map(each).collect::<Vec<_>>().into_iter())
    }
}

impl Sql {
    /// The database of durable facts.
    pub(super) fn durable(settings: &Settings) -> Self {
        match settings.sqlite_file() {
            Some(file) => Self::file(file),
            None => Self::Postgres(Session::open(&settings.database.url)),
        }
    }

    /// The database of short-lived data.
    pub(super) fn ephemeral(settings: &Settings) -> Self {
        match settings.sqlite_file() {
            Some(file) => Self::file(&file.with_extension("ephemeral.sqlite")),
            None => Self::durable(settings),
        }
    }

    fn file(file: &Path) -> Self {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        // A renamed table leaves the others as they are.
        connection.execute_batch("PRAGMA legacy_alter_table = ON").unwrap();
        Self::Sqlite(connection)
    }

    /// All rows of an answer.
    fn rows(&self, sql: &str, values: &[&str]) -> rusqlite::Result<Vec<Row>> {
        let (names, rows) = match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
                let row = |row: &rusqlite::Row<'_>| (0..names.len()).map(|column| row.get(column)).collect();
                let rows = statement.query_map(rusqlite::params_from_iter(values), row)?;
                let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>()?;
                (names, rows)
            }
            Self::Postgres(session) => session.rows(sql, values)?,
        };
        let names: Rc<[String]> = names.into();
        let row = |values| Row {
            names: names.clone(),
            values,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// What is made of the first row; an error when there is none.
    pub(crate) fn query_row<const N: usize, T>(
        &self,
        sql: &str,
        values: [&str; N],
        make: impl FnOnce(&Row) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let rows = self.rows(sql, &values)?;
        make(rows.first().ok_or(rusqlite::Error::QueryReturnedNoRows)?)
    }

    /// Runs one statement and says how many rows it changed.
    pub(crate) fn execute<const N: usize>(&self, sql: &str, values: [&str; N]) -> rusqlite::Result<usize> {
        match self {
            Self::Sqlite(connection) => connection.execute(sql, rusqlite::params_from_iter(values)),
            Self::Postgres(session) => session.execute(sql, &values),
        }
    }

    /// Runs statements. A transaction that begins with `BEGIN IMMEDIATE` keeps other writers out, on PostgreSQL only those that
    /// change records and accounts.
    pub(crate) fn execute_batch(&self, sql: &str) -> rusqlite::Result<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql),
            Self::Postgres(session) => session.execute_batch(sql),
        }
    }

    /// A statement for [`Prepared::query_map`].
    pub(crate) fn prepare(&self, sql: &str) -> rusqlite::Result<Prepared<'_>> {
        let text = sql.to_owned();
        Ok(Prepared { sql: self, text })
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Every table, by name.
    pub(crate) fn tables(&self) -> rusqlite::Result<Vec<String>> {
        let all = match self {
            Self::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
            }
            Self::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        };
        self.prepare(all)?.query_map([], |row| row.get(0))?.collect()
    }

    /// Every row of a table, in no order.
    pub(crate) fn table(&self, name: &str) -> rusqlite::Result<Vec<Row>> {
        self.rows(&format!(r#"SELECT * FROM "{name}""#), &[])
    }

    /// Leaves the feed as it is when changes were deleted before anybody read them, and something else happened later.
    pub(crate) fn cut_feed(&self) -> rusqlite::Result<()> {
        self.execute_batch(match self {
            Self::Sqlite(_) => {
                "INSERT INTO change (seq, tenant, realm, kind, subject, at)
                 SELECT COALESCE(MAX(seq), 0) + 5, 'default', 'main', 'nothing', '', 0 FROM change"
            }
            Self::Postgres(_) => {
                "INSERT INTO known (name, value) VALUES ('changes_deleted', pg_current_xact_id()::text)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value;
                 INSERT INTO change (tenant, realm, kind, subject, at) VALUES ('default', 'main', 'nothing', '', 0)"
            }
        })
    }

    /// Lets the database refuse every new application with this id, until [`Sql::accept`].
    pub(crate) fn refuse(&self, id: &str) -> rusqlite::Result<()> {
        self.execute_batch(&match self {
            Self::Sqlite(_) => format!(
                "CREATE TRIGGER refused BEFORE INSERT ON client WHEN NEW.id = '{id}' BEGIN SELECT RAISE(ABORT, 'disk'); END"
            ),
            Self::Postgres(_) => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''disk''; END';
                 CREATE TRIGGER refused BEFORE INSERT ON client FOR EACH ROW WHEN (NEW.id = '{id}') EXECUTE FUNCTION refuse()"
            ),
        })
    }

    /// Takes back what [`Sql::refuse`] did.
    pub(crate) fn accept(&self) -> rusqlite::Result<()> {
        self.execute_batch(match self {
            Self::Sqlite(_) => "DROP TRIGGER refused",
            Self::Postgres(_) => "DROP TRIGGER refused ON client; DROP FUNCTION refuse",
        })
    }

    /// Gives a table another name, as if it were lost.
    pub(crate) fn rename(&self, from: &str, to: &str) -> rusqlite::Result<()> {
        self.execute_batch(&format!(r#"ALTER TABLE "{from}" RENAME TO "{to}""#))
    }
}

/// Every byte that is kept: the files of the folder and, where a server has the database, every value in it.
pub(super) fn stored(settings: &Settings) -> Vec<u8> {
    let files = std::fs::read_dir(&settings.data.folder).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|file| file.is_file());
    let mut bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file).unwrap()).collect();
    if settings.sqlite_file().is_none() {
        let sql = Sql::durable(settings);
        for table in sql.tables().unwrap() {
            for row in sql.table(&table).unwrap() {
                row.values().iter().for_each(|value| add(&mut bytes, value));
            }
        }
    }
    assert!(!bytes.is_empty(), "nothing is stored");
    bytes
}

fn add(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => {}
        Value::Integer(number) => bytes.extend(number.to_string().bytes()),
        Value::Real(number) => bytes.extend(number.to_string().bytes()),
        Value::Text(text) => bytes.extend(text.bytes()),
        Value::Blob(blob) => bytes.extend(blob),
    }
    // What stands at the end of one value and the beginning of the next is not one text.
    bytes.push(b'\n');
}
