//! Connections that are read from, with a limit to how long a database on the network may take.
use super::transaction::has_nul;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How often a statement is given to another connection when the one it got was broken.
pub(super) const TRIES: usize = 16;

/// Connections that are looked at, before a pool takes them back, after a statement was given up.
const LOOKS: usize = 64;

/// Whether connections may have gone silent. A pool that takes one back would wait for it for ever, in the place of a good one.
#[derive(Default)]
pub(super) struct Doubt(AtomicUsize);

impl Doubt {
    fn raise(&self) {
        self.0.store(LOOKS, Ordering::Relaxed);
    }

    /// Whether the next connection is to be looked at.
    pub(super) fn is_due(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        before.is_ok()
    }
}

pub(crate) struct Reads {
    connection: DatabaseConnection,
    limit: Option<Duration>,
    doubt: Arc<Doubt>,
}

impl Reads {
    pub(super) fn new(connection: DatabaseConnection, limit: Option<Duration>, doubt: Arc<Doubt>) -> Self {
        Self {
            connection,
            limit,
            doubt,
        }
    }

    /// The connection itself, for migrations.
    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// No longer than a request waits for the database.
    pub(super) async fn within<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(limit) = self.limit else { return answer.await };
        let mut answer = pin!(answer);
        if let Ok(answered) = tokio::time::timeout(limit, answer.as_mut()).await {
            return answered;
        }
        // Before the connection goes back to its pool, which it does when `answer` goes.
        self.doubt.raise();
        Err(DbErr::Custom("the database takes too long".into()))
    }

    /// Nothing in the database has a text with a NUL, and PostgreSQL will not even be asked for one.
    fn asks_the_impossible(&self, statement: &Statement) -> bool {
        self.limit.is_some() && has_nul(statement)
    }
}

/// After a restart of the server every connection of the pool is a broken one, and each is found out by its use.
pub(super) fn is_broken(error: &DbErr) -> bool {
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
    matches!(error, DbErr::Query(error) | DbErr::Exec(error) | DbErr::Conn(error) if of(error))
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
