//! The one table of the Configuration API's operations: method, path and the scope a bearer needs.

/// What can be asked of the Configuration API. A new one does not compile until it stands in the table and is run somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// V-07: the tokens of an application.
    ListTokens,
    /// V-07: one token, by its id.
    RevokeToken,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationLine {
    pub method: &'static str,
    /// Below the prefix of a realm, with the names of its variable segments.
    pub path: &'static str,
    pub scope: &'static str,
}

impl Operation {
    /// Every operation.
    pub const ALL: &'static [Self] = &[Self::ListTokens, Self::RevokeToken];

    /// Its line of the table.
    pub const fn line(self) -> OperationLine {
        let (method, path, scope) = match self {
            Self::ListTokens => ("GET", "/applications/{application}/tokens", super::TOKENS_READ),
            Self::RevokeToken => (
                "DELETE",
                "/applications/{application}/tokens/{token}",
                super::TOKENS_DELETE,
            ),
        };
        OperationLine { method, path, scope }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::management::SCOPES;

    #[test]
    fn every_operation_has_a_place_of_its_own_and_a_scope_that_exists() {
        let mut places = std::collections::HashSet::new();
        for operation in Operation::ALL {
            let line = operation.line();
            assert!(places.insert((line.method, line.path)), "{operation:?}");
            assert!(SCOPES.iter().any(|(name, _)| *name == line.scope), "{operation:?}");
            assert!(line.path.starts_with('/') && !line.path.ends_with('/'), "{operation:?}");
        }
    }
}
