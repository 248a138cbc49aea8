//! A value that is never printed.
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// What is printed in place of a secret.
pub(crate) const REDACTED: &str = "[REDACTED]";

/// A secret setting; empty when it was not given.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the code that uses it; `None` when it is empty.
    pub fn expose(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expose().map_or("\"\"", |_| REDACTED))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose().map_or("", |_| REDACTED))
    }
}
