//! Resource servers: the APIs tokens are for, and the scopes that bound applications.
use crate::client::Violation;
use crate::issuer::RealmKey;
use crate::management::RESERVED_IDENTIFIER;
use crate::words::OidcScope;
use serde::{Deserialize, Serialize};

/// A resource server as rules see it. Its identifier is the audience of tokens (RFC 9068 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceServer {
    pub key: RealmKey,
    pub id: String,
    pub identifier: String,
    pub display_name: String,
    /// Made by the server; cannot be edited.
    pub is_managed: bool,
    /// Whether a user's roles bound the scopes of the code flow (T-06).
    pub role_bounded: bool,
    pub scopes: Vec<ScopeDefinition>,
}

/// A scope and the plain words a user reads when consenting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeDefinition {
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub description: String,
}

impl ResourceServer {
    /// Whether `scope` is one of its scopes.
    pub fn defines(&self, scope: &str) -> bool {
        self.scopes.iter().any(|s| s.name == scope)
    }
}

/// Judges the resulting record. The reserved identifier belongs to the server itself (T-12).
pub fn check(identifier: &str, display_name: &str, scopes: &[ScopeDefinition]) -> Vec<Violation> {
    let mut found = Vec::new();
    if identifier == RESERVED_IDENTIFIER {
        found.push(Violation::new("identifier", "this identifier is reserved"));
    }
    if identifier.is_empty() || identifier.len() > 500 || !identifier.bytes().all(|b| b.is_ascii_graphic()) {
        found.push(Violation::new(
            "identifier",
            "1 to 500 printable ASCII characters without blanks, usually a URI",
        ));
    }
    let length = display_name.chars().count();
    if display_name.trim().is_empty() || length > 100 || display_name.chars().any(char::is_control) {
        found.push(Violation::new(
            "display_name",
            "1 to 100 characters without control characters",
        ));
    }
    for (i, scope) in scopes.iter().enumerate() {
        let field = format!("scopes[{i}]");
        let legal = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if scope.name.is_empty() || scope.name.len() > 200 || !scope.name.bytes().all(legal) {
            found.push(Violation::new(
                &*field,
                "1 to 200 characters that RFC 6749 section 3.3 allows",
            ));
        } else if OidcScope::parse(&scope.name).is_some() {
            found.push(Violation::new(
                &*field,
                format!("{} belongs to OpenID Connect", scope.name),
            ));
        } else if scopes[..i].iter().any(|s| s.name == scope.name) {
            found.push(Violation::new(&*field, format!("{} is listed twice", scope.name)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_scopes_are_judged() {
        let scope = |name: &str| ScopeDefinition {
            name: name.into(),
            title: String::new(),
            description: String::new(),
        };
        for (identifier, scopes, expected) in [
            ("https://api.test", vec![scope("read"), scope("write")], 0),
            (RESERVED_IDENTIFIER, vec![], 1),
            ("", vec![], 1),
            ("a b", vec![], 1),
            ("https://api.test", vec![scope("read"), scope("read")], 1),
            ("https://api.test", vec![scope("openid")], 1),
            ("https://api.test", vec![scope("re\"ad"), scope("re ad"), scope("")], 3),
        ] {
            assert_eq!(
                check(identifier, "API", &scopes).len(),
                expected,
                "{identifier} {scopes:?}"
            );
        }
    }
}
