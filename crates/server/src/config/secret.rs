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

/// A URL with a mask in the place of its password.
pub(super) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // Up to the last `@` of the authority: whoever forgot to encode one in the password must not read the rest of it in a log.
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = match rest.rfind('@') {
        Some(at) if authority.contains('@') || authority.contains(':') => &rest[at + 1..],
        _ => return url.to_owned(),
    };
    let user = authority.split([':', '@']).next().unwrap_or_default();
    format!("{scheme}://{user}:{REDACTED}@{rest}")
}

/// For settings that are printed.
pub(super) fn without_password<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite:a@b:c.sqlite", "sqlite:a@b:c.sqlite"),
            ("postgres://h/d", "postgres://h/d"),
            ("postgres://h:1/d", "postgres://h:1/d"),
            (
                "postgres://u:p@h:1/d?sslmode=require",
                "postgres://u:[REDACTED]@h:1/d?sslmode=require",
            ),
            ("postgres://u:p@q@h/d", "postgres://u:[REDACTED]@h/d"),
            ("postgres://u:p/q@h/d", "postgres://u:[REDACTED]@h/d"),
            ("redis://:p@h:6379", "redis://:[REDACTED]@h:6379"),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
