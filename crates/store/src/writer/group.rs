//! One transaction around the commands that share a commit; a savepoint around each.
use super::commands::{Command, Outcome, execute};
use crate::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};

pub(super) struct Group;

impl Group {
    /// Runs every command. A constraint fails its own command alone; any other error fails the whole group, and nothing of it is written.
    pub(super) fn run(connection: &mut Connection, commands: &[Command]) -> Result<Vec<Result<Outcome>>> {
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut outcomes = Vec::with_capacity(commands.len());
        for command in commands {
            let savepoint = transaction.savepoint()?;
            match execute(&savepoint, command) {
                Ok(outcome) => {
                    savepoint.commit()?;
                    outcomes.push(Ok(outcome));
                }
                Err(StoreError::Conflict(text)) => {
                    savepoint.finish()?;
                    outcomes.push(Err(StoreError::Conflict(text)));
                }
                Err(other) => return Err(other),
            }
        }
        transaction.commit()?;
        Ok(outcomes)
    }
}
