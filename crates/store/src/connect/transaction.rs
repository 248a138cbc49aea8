//! A transaction of management writes, which takes any text on both databases.
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};

/// What changes nothing and says so.
const NOTHING: &str = "SELECT 1 WHERE false";

/// Undone when it is dropped.
pub(crate) struct Transaction(DatabaseTransaction);

/// What PostgreSQL is asked, which has no text with a NUL.
enum Asked {
    Statement(Statement),
    /// A row that cannot be there.
    Nothing,
}

/// Whether a value of it is a text with a NUL.
pub(super) fn has_nul(statement: &Statement) -> bool {
    let nul = |value: &Value| matches!(value, Value::String(Some(text)) if text.contains('\0'));
    statement.values.as_ref().is_some_and(|values| values.0.iter().any(nul))
}

impl Transaction {
    pub(super) fn new(transaction: DatabaseTransaction) -> Self {
        Self(transaction)
    }

    /// Makes what was written durable.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.0.commit().await
    }

    /// A text is kept with a mark in place of each NUL, as the writer keeps it; so one with a NUL is never found.
    fn asked(&self, mut statement: Statement) -> Asked {
        if self.get_database_backend() != DbBackend::Postgres || !has_nul(&statement) {
            return Asked::Statement(statement);
        }
        if ["SELECT", "DELETE"].iter().any(|verb| statement.sql.starts_with(verb)) {
            return Asked::Nothing;
        }
        for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
            if let Value::String(Some(text)) = value {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        Asked::Statement(statement)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.asked(statement) {
            Asked::Statement(statement) => self.0.execute_raw(statement).await,
            Asked::Nothing => self.0.execute_unprepared(NOTHING).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.asked(statement) {
            Asked::Statement(statement) => self.0.query_one_raw(statement).await,
            Asked::Nothing => Ok(None),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.asked(statement) {
            Asked::Statement(statement) => self.0.query_all_raw(statement).await,
            Asked::Nothing => Ok(Vec::new()),
        }
    }
}
