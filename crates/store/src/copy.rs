//! Moving up: an installation is copied from SQLite to an empty PostgreSQL database, in one transaction, and both are compared.
use crate::connect::{PostgresSettings, SqliteSettings};
use crate::writer::unit::Value;
use crate::writer::{Session, row_values};
use crate::{Result, StoreError};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::time::Duration;

/// Rows handed over at once.
const BATCH: usize = 500;

/// One table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    pub table: String,
    pub rows: u64,
    /// Of all its rows, in whatever order; the same on both sides.
    pub digest: RowDigest,
}

/// A digest of rows that does not depend on their order: the sum of their SHA-256 values, modulo 2^256.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RowDigest([u8; 32]);

impl RowDigest {
    fn add(&mut self, row: &[Datum]) {
        let mut hash = Sha256::new();
        for datum in row {
            datum.feed(&mut hash);
        }
        let mut carry = 0;
        for (sum, byte) in self.0.iter_mut().zip(hash.finalize()).rev() {
            let total = u16::from(*sum) + u16::from(byte) + carry;
            *sum = total.to_le_bytes()[0];
            carry = total >> 8;
        }
    }
}

impl fmt::Display for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A column as both databases have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    Bytes,
}

/// A value of a row that is copied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(bool),
    Bytes(Vec<u8>),
}

impl Datum {
    /// What it is, how long, and its bytes: no two different rows read alike.
    fn feed(&self, hash: &mut Sha256) {
        let mut part = |kind: u8, bytes: &[u8]| {
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        match self {
            Self::Text(None) | Self::Number(None) => part(0, &[]),
            Self::Text(Some(text)) => part(1, text.as_bytes()),
            Self::Number(Some(number)) => part(2, &number.to_be_bytes()),
            Self::Flag(flag) => part(3, &[u8::from(*flag)]),
            Self::Bytes(bytes) => part(4, bytes),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::MaybeText(text.as_deref()),
            Self::Number(number) => Value::MaybeNumber(*number),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }

    fn of(kind: Kind, value: ValueRef<'_>) -> Option<Self> {
        match (kind, value) {
            (Kind::Text, ValueRef::Null) => Some(Self::Text(None)),
            (Kind::Text, ValueRef::Text(text)) => Some(Self::Text(Some(std::str::from_utf8(text).ok()?.to_owned()))),
            (Kind::Number, ValueRef::Null) => Some(Self::Number(None)),
            (Kind::Number, ValueRef::Integer(number)) => Some(Self::Number(Some(number))),
            (Kind::Flag, ValueRef::Integer(flag)) => Some(Self::Flag(flag != 0)),
            (Kind::Bytes, ValueRef::Blob(bytes)) => Some(Self::Bytes(bytes.to_vec())),
            _ => None,
        }
    }
}

/// A table, with its columns in the order in which they are copied.
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

impl Table {
    fn names(&self) -> String {
        let quoted = self.columns.iter().map(|(name, _)| format!("\"{name}\""));
        quoted.collect::<Vec<_>>().join(", ")
    }
}

/// Copies every table of an installation whose schema is of today into a database whose schema is and whose tables are empty.
/// Nobody writes to the source meanwhile. With an error the target is as it was. Blocks, on a thread of its own.
pub fn copy(from: &SqliteSettings, to: &PostgresSettings) -> Result<Vec<CopiedTable>> {
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| copy_here(from, to));
        let copied = copying.join();
        copied.map_err(|_| StoreError::Unavailable("the copy broke off".into()))?
    })
}

fn copy_here(from: &SqliteSettings, to: &PostgresSettings) -> Result<Vec<CopiedTable>> {
    let mut source = Connection::open(&from.file)?;
    source.busy_timeout(Duration::from_secs(20))?;
    // Held to the end: what is copied is what there is.
    let source = source.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let patient = PostgresSettings {
        timeout: to.timeout.max(Duration::from_secs(60)),
        ..to.clone()
    };
    let target = Session::open(&patient)?;
    target.transaction(|| {
        let mut copied = Vec::new();
        for table in tables(&target)? {
            copied.push(copy_table(&source, &target, &table)?);
        }
        move_sequences(&target)?;
        Ok(copied)
    })
}

/// Refuses a target that holds tables of something else, before anything is made there.
pub fn refuse_another_s(to: &PostgresSettings) -> Result<()> {
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let target = Session::open(to)?;
            let sql =
                "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()
                       AND to_regclass('seaql_migrations') IS NULL LIMIT 1";
            match target.rows(sql, &[])?.first() {
                None => Ok(()),
                Some(row) => {
                    let name = crate::writer::unit::Row::Postgres(row).text("name")?;
                    let why = format!("the target holds the table {name} of something else; nothing was made there");
                    Err(StoreError::Conflict(why))
                }
            }
        });
        looking
            .join()
            .unwrap_or_else(|_| Err(StoreError::Unavailable("the look at the target broke off".into())))
    })
}

/// The tables of the target, but those that tell which migrations it has, and short-lived data.
fn tables(target: &Session) -> Result<Vec<Table>> {
    let sql = "SELECT table_name::text AS name, column_name::text AS col, data_type::text AS kind FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name NOT LIKE 'seaql%' AND table_name <> 'ephemeral'
               AND NOT (table_name = 'change' AND column_name = 'xact') ORDER BY table_name, ordinal_position";
    let mut tables: Vec<Table> = Vec::new();
    for row in target.rows(sql, &[])? {
        let row = crate::writer::unit::Row::Postgres(&row);
        let (name, column) = (row.text("name")?, row.text("col")?);
        let kind = match row.text("kind")?.as_str() {
            "bigint" => Kind::Number,
            "boolean" => Kind::Flag,
            "bytea" => Kind::Bytes,
            _ => Kind::Text,
        };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push((column, kind)),
            None => tables.push(Table {
                name,
                columns: vec![(column, kind)],
            }),
        }
    }
    Ok(tables)
}

fn copy_table(source: &Connection, target: &Session, table: &Table) -> Result<CopiedTable> {
    let (name, columns) = (&table.name, table.names());
    let refused = |why: &str| StoreError::Conflict(format!("table {name}: {why}; nothing was copied"));
    let quoted = format!("\"{name}\"");
    if !target
        .rows(&format!("SELECT 1 AS one FROM {quoted} LIMIT 1"), &[])?
        .is_empty()
    {
        return Err(refused("the target is not empty"));
    }
    let mut select = source.prepare(&format!("SELECT {columns} FROM {quoted}"))?;
    let mut found = select.query([])?;
    let (mut rows, mut digest, mut batch) = (0, RowDigest::default(), Vec::new());
    while let Some(row) = found.next()? {
        let mut data = Vec::with_capacity(table.columns.len());
        for (place, (column, kind)) in table.columns.iter().enumerate() {
            let datum = Datum::of(*kind, row.get_ref(place)?);
            let datum = datum.ok_or_else(|| refused(&format!("column {column} holds what it should not")))?;
            if matches!(&datum, Datum::Text(Some(text)) if text.contains('\0')) {
                return Err(refused(&format!(
                    "column {column} holds a text with a NUL, which PostgreSQL cannot keep"
                )));
            }
            data.push(datum);
        }
        digest.add(&data);
        rows += 1;
        batch.push(data);
        if batch.len() == BATCH {
            hand_over(target, (&quoted, &columns), &batch)?;
            batch.clear();
        }
    }
    hand_over(target, (&quoted, &columns), &batch)?;
    if digest_of(target, table)? != digest {
        return Err(refused("what was copied does not read as what was there"));
    }
    Ok(CopiedTable {
        table: table.name.clone(),
        rows,
        digest,
    })
}

fn hand_over(target: &Session, into: (&str, &str), batch: &[Vec<Datum>]) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let rows = batch.iter().map(|data| data.iter().map(Datum::value).collect());
    target.insert_into(into, &rows.collect::<Vec<Vec<Value<'_>>>>())
}

/// The digest of a table as PostgreSQL has it, read through a cursor.
fn digest_of(target: &Session, table: &Table) -> Result<RowDigest> {
    let kinds: Vec<(&str, Kind)> = table
        .columns
        .iter()
        .map(|(name, kind)| (name.as_str(), *kind))
        .collect();
    // A name of its own for each: the driver remembers what columns a statement's text has.
    let cursor = format!("\"copied {}\"", table.name);
    let (names, name) = (table.names(), &table.name);
    let declare = format!("DECLARE {cursor} NO SCROLL CURSOR FOR SELECT {names} FROM \"{name}\"");
    target.execute(&declare, &[])?;
    let mut digest = RowDigest::default();
    loop {
        let rows = target.rows(&format!("FETCH 1000 FROM {cursor}"), &[])?;
        if rows.is_empty() {
            target.execute(&format!("CLOSE {cursor}"), &[])?;
            return Ok(digest);
        }
        for row in &rows {
            digest.add(&row_values(row, &kinds)?);
        }
    }
}

/// What is counted goes on behind the last number.
fn move_sequences(target: &Session) -> Result<()> {
    for (table, column) in [("change", "seq"), ("event", "id")] {
        let last = format!("COALESCE((SELECT {column} FROM {table} ORDER BY {column} DESC LIMIT 1), 0) + 1");
        let sql = format!("SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {last}, FALSE)");
        target.rows(&sql, &[])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Datum]]) -> RowDigest {
        let mut digest = RowDigest::default();
        rows.iter().for_each(|row| digest.add(row));
        digest
    }

    #[test]
    fn a_digest_knows_every_row_and_no_order() {
        let text = |t: &str| Datum::Text(Some(t.to_owned()));
        let (a, b) = ([text("ab"), text("c")], [text("a"), text("bc")]);
        assert_eq!(digest(&[&a, &b]), digest(&[&b, &a]));
        let all = [
            digest(&[]),
            digest(&[&a]),
            digest(&[&b]),
            digest(&[&a, &a]),
            digest(&[&[text(""), Datum::Text(None)]]),
            digest(&[&[Datum::Text(None), text("")]]),
            digest(&[&[Datum::Number(Some(1)), Datum::Flag(true)]]),
            digest(&[&[Datum::Flag(true), Datum::Number(Some(1))]]),
        ];
        for (place, one) in all.iter().enumerate() {
            assert_eq!(all.iter().filter(|other| *other == one).count(), 1, "{place}");
        }
    }
}
