//! The writer on SQLite: one transaction around the commands that share a commit; a savepoint around each.
use super::Backend;
use super::commands::{Command, Outcome, execute};
use super::unit::Unit;
use crate::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The connection, made anew after it failed.
pub(super) struct Sqlite {
    file: PathBuf,
    connection: Option<Connection>,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self> {
        Ok(Self {
            connection: Some(connect(file)?),
            file: file.to_owned(),
        })
    }
}

fn connect(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    // A large document holds the lock for a while; whoever waits is answered, not refused.
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

impl Backend for Sqlite {
    const ALONE: Option<Duration> = None;

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Result<Outcome>>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.file)?,
        };
        // A connection with an error is dropped, and everything of its transaction with it.
        let outcomes = run(&mut connection, commands)?;
        self.connection = Some(connection);
        Ok(outcomes)
    }
}

/// A constraint, or a row that cannot be read, fails its own command alone; any other error fails the whole group, and nothing of
/// it is written.
fn run(connection: &mut Connection, commands: &[Command]) -> Result<Vec<Result<Outcome>>> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(commands.len());
    for command in commands {
        let savepoint = transaction.savepoint()?;
        match execute(Unit::Sqlite(&savepoint), command) {
            Ok(outcome) => {
                savepoint.commit()?;
                outcomes.push(Ok(outcome));
            }
            // The command's own fault, or that of the one row it read.
            Err(error @ (StoreError::Conflict(_) | StoreError::Corrupt { .. })) => {
                savepoint.finish()?;
                outcomes.push(Err(error));
            }
            Err(other) => return Err(other),
        }
    }
    transaction.commit()?;
    Ok(outcomes)
}
