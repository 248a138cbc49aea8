//! Why a configuration cannot be used, each in one line that names the place and what is wanted.
use std::io;
use std::path::PathBuf;

/// A refused configuration. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{place}: unknown key \"{key}\"{hint}")]
    UnknownKey { place: String, key: String, hint: String },
    /// `got` is the value as TOML, masked when the key is a secret.
    #[error("{place}: {key} = {got}: wanted {wanted}")]
    Invalid {
        place: String,
        key: String,
        got: String,
        wanted: String,
    },
    #[error("{place}: both {first} and {second} are set; wanted one of them")]
    SetTwice {
        place: &'static str,
        first: String,
        second: String,
    },
    #[error("{place}: {message}")]
    Syntax { place: String, message: String },
    #[error("environment {0}: the value is not UTF-8")]
    NotUtf8(String),
    #[error("{}: cannot {action}: {source}", path.display())]
    File {
        path: PathBuf,
        action: &'static str,
        source: io::Error,
    },
    #[error("{}: larger than {limit} bytes", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{}: holds a secret but has mode {mode:04o}; close it to group and others with chmod 600", path.display())]
    OpenToOthers { path: PathBuf, mode: u32 },
    #[error("{}: holds no master key: {reason}", path.display())]
    NoMasterKey { path: PathBuf, reason: String },
    #[error("the settings do not fit together: {0}")]
    Unusable(String),
}

/// `text` with control characters as spaces, so that a path or value cannot break a message or a comment into lines.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
