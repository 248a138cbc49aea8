//! What a command's statements run on, whichever the database: values in, rows out.
//!
//! Statements are written once, as SQLite has them: `?1` for a value, and `MAX(a, b)` for the greater of two. PostgreSQL gets
//! them translated (`writer/postgres/session.rs`).
use super::postgres::Session;
use crate::Result;
use rusqlite::OptionalExtension as _;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use sqlx::Row as _;
use std::borrow::Cow;
use std::sync::OnceLock;

/// A value of a statement. What may be absent keeps its type: PostgreSQL wants to know it.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Flag(bool),
    Bytes(&'a [u8]),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::MaybeText(text) => text.map_or(ValueRef::Null, |t| ValueRef::Text(t.as_bytes())),
            Self::Number(number) => ValueRef::Integer(*number),
            Self::MaybeNumber(number) => number.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Flag(flag) => ValueRef::Integer((*flag).into()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What can be a value.
pub(super) trait Bind<'a> {
    fn value(self) -> Value<'a>;
}

macro_rules! bind {
    ($($type:ty => |$given:ident| $value:expr),+ $(,)?) => {
        $(impl<'a> Bind<'a> for $type {
            fn value(self) -> Value<'a> {
                let $given = self;
                $value
            }
        })+
    };
}

bind! {
    &'a str => |text| Value::Text(Cow::Borrowed(text)),
    &'a String => |text| Value::Text(Cow::Borrowed(text)),
    &&'a str => |text| Value::Text(Cow::Borrowed(text)),
    String => |text| Value::Text(Cow::Owned(text)),
    Option<&'a str> => |text| Value::MaybeText(text),
    Option<&'a String> => |text| Value::MaybeText(text.map(String::as_str)),
    &'a Option<String> => |text| Value::MaybeText(text.as_deref()),
    i64 => |number| Value::Number(number),
    Option<i64> => |number| Value::MaybeNumber(number),
    bool => |flag| Value::Flag(flag),
    &'a [u8] => |bytes| Value::Bytes(bytes),
    &'a [u8; 32] => |bytes| Value::Bytes(bytes),
}

/// The values of a statement, in their order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::writer::unit::Bind::value($value)),*] };
}
pub(super) use values;

/// One command's unit of work: a savepoint or a transaction that whoever runs the command ends.
#[derive(Clone, Copy)]
pub(super) enum Unit<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

impl Unit<'_> {
    /// Runs a statement and says how many rows it touched.
    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        match self {
            Self::Sqlite(on) => {
                let touched = on.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
                Ok(touched as u64)
            }
            Self::Postgres(on) => on.execute(sql, values),
        }
    }

    /// The first row a statement finds.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::Sqlite(on) => {
                let mut statement = on.prepare_cached(sql)?;
                let found = statement
                    .query_row(rusqlite::params_from_iter(values), |row| Ok(read(&Row::Sqlite(row))))
                    .optional()?;
                found.transpose()
            }
            Self::Postgres(on) => {
                let rows = on.rows(sql, values)?;
                rows.first().map(|row| read(&Row::Postgres(row))).transpose()
            }
        }
    }

    /// Every row a statement finds.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self {
            Self::Sqlite(on) => {
                let mut statement = on.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::Sqlite(row))?);
                }
                Ok(found)
            }
            Self::Postgres(on) => on
                .rows(sql, values)?
                .iter()
                .map(|row| read(&Row::Postgres(row)))
                .collect(),
        }
    }

    /// Nobody else holds `name` until this unit ends: for what is read and then written. On SQLite there is one writer anyway.
    pub(super) fn hold(&self, kind: &str, key: &grantor_protocol::issuer::RealmKey, name: &str) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(on) => on.hold(&format!("{kind}\n{}\n{}\n{name}", key.tenant, key.realm)),
        }
    }

    /// The same for what is known by a MAC alone.
    pub(super) fn hold_mac(&self, mac: &[u8; 32]) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(on) => on.hold_number(i64::from_be_bytes(*mac.first_chunk().unwrap_or(&[0; 8]))),
        }
    }

    /// Keeps the rows that a statement finds from being changed until this unit ends.
    pub(super) fn lock(&self, select: &'static str, lock: &str, values: &[Value<'_>]) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(on) => on.rows(&self.locking(select, lock), values).map(drop),
        }
    }

    /// A statement that reads rows which nobody may change until this unit ends.
    pub(super) fn locking(&self, select: &'static str, lock: &str) -> Cow<'static, str> {
        match self {
            Self::Sqlite(_) => select.into(),
            Self::Postgres(_) => format!("{select} {lock}").into(),
        }
    }
}

/// A row, read by the names of its columns.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a sqlx::postgres::PgRow),
}

macro_rules! column {
    ($($name:ident -> $type:ty),+ $(,)?) => {
        impl Row<'_> {
            $(pub(crate) fn $name(&self, column: &str) -> Result<$type> {
                match self {
                    Self::Sqlite(row) => Ok(row.get(column)?),
                    Self::Postgres(row) => Ok(row.try_get(column)?),
                }
            })+
        }
    };
}

column! {
    text -> String,
    maybe_text -> Option<String>,
    number -> i64,
    maybe_number -> Option<i64>,
    flag -> bool,
    maybe_flag -> Option<bool>,
}

/// A table that rows are added to, one at a time or many at once, and its columns in the order of the values.
pub(super) struct Insert {
    pub(super) table: &'static str,
    pub(super) columns: &'static str,
    one: OnceLock<String>,
}

impl Insert {
    pub(super) const fn into(table: &'static str, columns: &'static str) -> Self {
        let one = OnceLock::new();
        Self { table, columns, one }
    }

    /// Adds one row.
    pub(super) fn one(&self, on: Unit<'_>, values: &[Value<'_>]) -> Result<()> {
        let sql = self.one.get_or_init(|| {
            let places: Vec<String> = (1..=values.len()).map(|number| format!("?{number}")).collect();
            format!(
                "INSERT INTO {} ({}) VALUES ({})",
                self.table,
                self.columns,
                places.join(", ")
            )
        });
        on.execute(sql, values).map(drop)
    }
}
