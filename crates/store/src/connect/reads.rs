//! Connections that are read from, with a limit to how long a database on the network may take.
use super::transaction::has_nul;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use std::time::Duration;

/// How often a statement is given to another connection when the one it got was broken.
const TRIES: usize = 16;

pub(crate) struct Reads {
    connection: DatabaseConnection,
    limit: Option<Duration>,
}

impl Reads {
    pub(super) fn new(connection: DatabaseConnection, limit: Option<Duration>) -> Self {
        Self { connection, limit }
    }

    /// The connection itself, for migrations.
    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    async fn within<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(limit) = self.limit else { return answer.await };
        tokio::time::timeout(limit, answer)
            .await
            .map_err(|_| DbErr::Custom("the database takes too long".into()))?
    }

    /// Nothing in the database has a text with a NUL, and PostgreSQL will not even be asked for one.
    fn asks_the_impossible(&self, statement: &Statement) -> bool {
        self.limit.is_some() && has_nul(statement)
    }
}

/// After a restart of the server every connection of the pool is a broken one, and each is found out by its use.
fn is_broken(error: &DbErr) -> bool {
    let of = |error: &RuntimeErr| match error {
        RuntimeErr::SqlxError(error) => match &**error {
            sqlx::Error::Database(said) => said.code().is_some_and(|code| code.starts_with("57P")),
            error => matches!(
                error,
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_)
            ),
        },
        RuntimeErr::Internal(_) => false,
    };
    matches!(error, DbErr::Query(error) | DbErr::Exec(error) if of(error))
}

#[async_trait::async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.within(self.connection.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.within(self.connection.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if self.limit.is_none() {
            return self.connection.query_one_raw(statement).await;
        }
        let rows = self.query_all_raw(statement).await?;
        Ok(rows.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if self.limit.is_none() {
            return self.connection.query_all_raw(statement).await;
        }
        if self.asks_the_impossible(&statement) {
            return Ok(Vec::new());
        }
        // What writes and returns rows is not done twice.
        let tries = if statement.sql.starts_with("SELECT") { TRIES } else { 1 };
        let answer = async {
            let mut tried = 1;
            loop {
                match self.connection.query_all_raw(statement.clone()).await {
                    Err(error) if tried < tries && is_broken(&error) => tried += 1,
                    answer => return answer,
                }
            }
        };
        self.within(answer).await
    }
}
