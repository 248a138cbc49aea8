//! What a caller may hand on: never more than the caller has (architecture, invariant 9; O-245, O-247, O-250).
use super::RESERVED_IDENTIFIER;
use crate::resource_server::ResourceServer;
use crate::scope::{ScopeSet, alias};

/// The management scopes of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Whoever holds the server's files.
    Everything,
    Scopes(ScopeSet),
}

impl Rights {
    /// Whether every one of these scopes is among the caller's, by either spelling.
    pub fn cover<S: AsRef<str>>(&self, scopes: &[S]) -> bool {
        match self {
            Self::Everything => true,
            Self::Scopes(own) => scopes.iter().all(|s| own.iter().any(|o| alias(o) == alias(s.as_ref()))),
        }
    }

    /// Whether the caller may touch what carries `scopes` of `server`: of the management API only what the caller has;
    /// what other resource servers call their scopes is up to those who may edit them.
    pub fn reach<S: AsRef<str>>(&self, server: Option<&ResourceServer>, scopes: &[S]) -> bool {
        match server {
            Some(server) if server.identifier == RESERVED_IDENTIFIER => self.cover(scopes),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_hands_on_more_than_they_have() {
        let rights = Rights::Scopes(ScopeSet::from_stored("applications:read token:delete"));
        for (scopes, expected) in [
            (&[][..], true),
            (&["applications:read"], true),
            (&["tokens:delete"], true),
            (&["token:delete", "applications:read"], true),
            (&["applications:read", "roles:update"], false),
            (&["*"], false),
        ] {
            assert_eq!(rights.cover(scopes), expected, "{scopes:?}");
        }
        assert!(Rights::Everything.cover(&["roles:update"]));
    }
}
