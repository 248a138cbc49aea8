//! `config check` and `config dump`.
use super::arguments::ConfigCommand;
use crate::config::{ConfigError, Loaded, check_files};

/// The text to print. Loading has checked every value; `check` also judges the files of master keys.
pub(super) fn run(command: &ConfigCommand, loaded: &Loaded) -> Result<String, ConfigError> {
    match command {
        ConfigCommand::Check => {
            check_files(&loaded.settings)?;
            Ok("The configuration is valid.\n".to_owned())
        }
        ConfigCommand::Dump { format } => Ok(loaded.dump(*format)),
    }
}
