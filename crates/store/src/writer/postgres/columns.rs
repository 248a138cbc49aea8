//! Values for PostgreSQL: one by one, or many rows as an array a column.
use crate::writer::unit::Value;
use crate::{Result, StoreError};
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use std::borrow::Cow;
use std::fmt::Write as _;

fn unfit(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(format!("a value cannot be handed over: {error}"))
}

/// PostgreSQL has no text with a NUL; what people send with one is kept with a mark in its place.
fn text(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => text.replace('\0', "\u{fffd}").into(),
        false => text.into(),
    }
}

/// The values of one statement.
pub(super) fn bind(values: &[Value<'_>]) -> Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(given) => arguments.add(text(given)),
            Value::MaybeText(given) => arguments.add(given.map(text)),
            Value::Number(number) => arguments.add(*number),
            Value::MaybeNumber(number) => arguments.add(*number),
            Value::Flag(flag) => arguments.add(*flag),
            Value::Bytes(bytes) => arguments.add(*bytes),
        }
        .map_err(unfit)?;
    }
    Ok(arguments)
}

/// Rows of a statement, turned into arrays.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) arguments: PgArguments,
    count: usize,
}

impl Columns {
    /// Adds rows, all of the same shape, and says by what a statement names them: `UNNEST($1::text[], …)`.
    pub(super) fn add(&mut self, rows: &[Vec<Value<'_>>]) -> Result<String> {
        let mut named = "UNNEST(".to_owned();
        for column in 0..rows.first().map_or(0, Vec::len) {
            let of_type = self.column(rows, column)?;
            self.count += 1;
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(named, "{comma}${}::{of_type}[]", self.count);
        }
        named.push(')');
        Ok(named)
    }

    fn column(&mut self, rows: &[Vec<Value<'_>>], column: usize) -> Result<&'static str> {
        let values = rows.iter().filter_map(|row| row.get(column));
        let texts = values.clone().filter_map(|value| match value {
            Value::Text(given) => Some(Some(text(given).into_owned())),
            Value::MaybeText(given) => Some(given.map(|given| text(given).into_owned())),
            _ => None,
        });
        let numbers = values.clone().filter_map(|value| match value {
            Value::Number(number) => Some(Some(*number)),
            Value::MaybeNumber(number) => Some(*number),
            _ => None,
        });
        let flags = values.clone().filter_map(|value| match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        });
        let bytes = values.filter_map(|value| match value {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        });
        let (added, of_type) = match rows.first().and_then(|row| row.get(column)) {
            Some(Value::Number(_) | Value::MaybeNumber(_)) => {
                (self.arguments.add(numbers.collect::<Vec<_>>()), "bigint")
            }
            Some(Value::Flag(_)) => (self.arguments.add(flags.collect::<Vec<_>>()), "boolean"),
            Some(Value::Bytes(_)) => (self.arguments.add(bytes.collect::<Vec<_>>()), "bytea"),
            _ => (self.arguments.add(texts.collect::<Vec<_>>()), "text"),
        };
        added.map_err(unfit)?;
        Ok(of_type)
    }
}
