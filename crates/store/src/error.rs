//! What can go wrong with a database.

/// A failed store call. Texts are for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or its disk is full. On SQLite nothing was written; on PostgreSQL that is not known when it was the
    /// answer that was lost.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// More writes wait than the writer takes.
    #[error("the writer's queue is full")]
    Busy,
    /// A unique value is taken, or the row changed meanwhile.
    #[error("conflict: {0}")]
    Conflict(String),
    /// A row holds what no version of this program writes.
    #[error("table {table}, column {column}, row {id}: {cause}")]
    Corrupt {
        table: &'static str,
        column: &'static str,
        id: String,
        cause: String,
    },
}

impl StoreError {
    /// A row whose `column` cannot be read.
    pub(crate) fn corrupt(table: &'static str, column: &'static str, id: &str, cause: impl ToString) -> Self {
        Self::Corrupt {
            table,
            column,
            id: id.to_owned(),
            cause: cause.to_string(),
        }
    }
}

impl From<sea_orm::DbErr> for StoreError {
    fn from(error: sea_orm::DbErr) -> Self {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(text)) => Self::Conflict(text),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Self::Conflict(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // Class 23: a constraint; the rest of its text may hold values.
            sqlx::Error::Database(said) if said.code().is_some_and(|code| code.starts_with("23")) => {
                Self::Conflict(said.message().to_owned())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
