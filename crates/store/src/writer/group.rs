//! One transaction around the commands that share a commit; a savepoint around each.
use super::commands::{Command, Outcome, execute};
use crate::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};

pub(super) struct Group;

impl Group {
    /// Runs every command. A constraint, or a row that cannot be read, fails its own command alone; any other error fails the whole group, and nothing of it is written.
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
}
