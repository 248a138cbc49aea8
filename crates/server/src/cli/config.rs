//! `config check` and `config dump`.
use super::arguments::ConfigCommand;
use crate::config::{ConfigError, Loaded, check_file};

/// The text to print. Loading has checked every value; `check` also judges the file of the master key.
pub(super) fn run(command: &ConfigCommand, loaded: &Loaded) -> Result<String, ConfigError> {
    match command {
        ConfigCommand::Check => {
            check_file(&loaded.settings)?;
            Ok("The configuration is valid.\n".to_owned())
        }
        ConfigCommand::Dump { format } => Ok(loaded.dump(*format)),
    }
}
