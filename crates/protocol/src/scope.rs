//! Scope strings (RFC 6749 section 3.3) and what of them is granted (decision 17).
use crate::OAuthError;
use crate::words::OidcScope;
use std::collections::BTreeSet;

/// Longest scope string read; a longer one is refused before it is split.
pub const MAX_SCOPE_LENGTH: usize = 8192;

/// A set of scope tokens in the order they were asked for, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// Splits a scope string. Double spaces are tolerated and duplicates collapse; a character outside
    /// `%x21 / %x23-5B / %x5D-7E` (RFC 6749 section 3.3), tab included, is `invalid_scope`.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_SCOPE_LENGTH {
            return Err(OAuthError::invalid_scope(format!(
                "scope is longer than {MAX_SCOPE_LENGTH} characters"
            )));
        }
        if !text
            .bytes()
            .all(|b| matches!(b, b' ' | 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        {
            return Err(OAuthError::invalid_scope(
                "scope holds a character that RFC 6749 section 3.3 does not allow",
            ));
        }
        let mut seen = BTreeSet::new();
        Ok(Self(
            text.split(' ')
                .filter(|t| !t.is_empty() && seen.insert(*t))
                .map(str::to_owned)
                .collect(),
        ))
    }
    /// Reads a scope string this server wrote itself.
    pub fn from_stored(text: &str) -> Self {
        Self(text.split(' ').filter(|t| !t.is_empty()).map(str::to_owned).collect())
    }
    /// Whether the set holds `scope`.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s == scope)
    }
    /// Whether the set holds `scope` by either of its spellings.
    pub fn grants(&self, scope: &str) -> bool {
        self.iter().any(|s| alias(s) == alias(scope))
    }
    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
    /// Whether every scope of this set is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        let other: BTreeSet<&str> = other.iter().collect();
        self.iter().all(|s| other.contains(s))
    }
    /// Both sets together, this one's order first.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter()
            .chain(other.iter().filter(|s| !self.contains(s)))
            .map(str::to_owned)
            .collect()
    }
}

impl FromIterator<String> for ScopeSet {
    fn from_iter<T: IntoIterator<Item = String>>(scopes: T) -> Self {
        let mut seen = BTreeSet::new();
        Self(scopes.into_iter().filter(|s| seen.insert(s.clone())).collect())
    }
}

impl std::fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// What bounds a request: the application's scopes that its resource server still has, and what the realm knows at all.
pub struct Bounds<'a> {
    /// Scopes of the application that its resource server still defines (A-13: checked at issue time).
    pub allowed: &'a [String],
    /// Whether the application speaks OpenID Connect.
    pub oidc: bool,
    /// Whether it may have refresh tokens, without which `offline_access` says nothing (OpenID Connect Core section 11).
    pub offline: bool,
    /// Every scope that some resource server of the realm defines.
    pub known: &'a BTreeSet<String>,
}

impl Bounds<'_> {
    fn allows(&self, scope: &str) -> bool {
        self.allowed.iter().any(|s| alias(s) == alias(scope))
    }
    fn allows_oidc(&self, scope: OidcScope) -> bool {
        self.oidc && (scope != OidcScope::OfflineAccess || self.offline)
    }
    fn everything(&self) -> ScopeSet {
        self.allowed.iter().cloned().collect()
    }
}

/// `token:delete` and `token:create` are other spellings of `tokens:delete` and `tokens:create`.
pub fn alias(scope: &str) -> &str {
    match scope {
        "token:delete" => "tokens:delete",
        "token:create" => "tokens:create",
        other => other,
    }
}

/// Scopes of a client_credentials request (T-03 to T-05): none asked means all; one that is not allowed refuses the request;
/// OpenID Connect scopes have no user to speak of and are dropped.
pub fn for_client_credentials(asked: Option<&ScopeSet>, bounds: &Bounds<'_>) -> Result<ScopeSet, OAuthError> {
    let Some(asked) = asked.filter(|s| !s.is_empty()) else {
        return Ok(bounds.everything());
    };
    let mut granted = Vec::new();
    for scope in asked.iter().filter(|s| OidcScope::parse(s).is_none()) {
        if !bounds.allows(scope) {
            return Err(OAuthError::invalid_scope(format!(
                "scope {scope} is not allowed for this application"
            )));
        }
        granted.push(scope.to_owned());
    }
    Ok(granted.into_iter().collect())
}

/// Scopes of an authorization request: none asked means all allowed; known but not allowed refuses; unknown is ignored;
/// OpenID Connect scopes pass on an `oidc` application and are dropped on an `oauth2` one.
pub fn for_authorization(asked: Option<&ScopeSet>, bounds: &Bounds<'_>) -> Result<ScopeSet, OAuthError> {
    let Some(asked) = asked.filter(|s| !s.is_empty()) else {
        return Ok(bounds.everything());
    };
    let mut granted = Vec::new();
    for scope in asked.iter() {
        if let Some(oidc) = OidcScope::parse(scope) {
            if bounds.allows_oidc(oidc) {
                granted.push(scope.to_owned());
            }
        } else if bounds.allows(scope) {
            granted.push(scope.to_owned());
        } else if bounds.known.contains(scope) || bounds.known.contains(alias(scope)) {
            return Err(OAuthError::invalid_scope(format!(
                "scope {scope} is not allowed for this application"
            )));
        }
    }
    Ok(granted.into_iter().collect())
}

/// What of a consented scope may still be granted: the application or its resource server may have lost some since.
pub fn still_allowed(consented: &ScopeSet, bounds: &Bounds<'_>) -> ScopeSet {
    let stands = |scope: &&str| match OidcScope::parse(scope) {
        Some(oidc) => bounds.allows_oidc(oidc),
        None => bounds.allows(scope),
    };
    consented.iter().filter(stands).map(str::to_owned).collect()
}

/// What of `scopes` a user's roles hold, by either spelling; OpenID Connect's are nobody's to hold (T-06).
pub fn bounded_by_roles(scopes: &ScopeSet, held: &[&str]) -> ScopeSet {
    let holds = |scope: &&str| OidcScope::parse(scope).is_some() || held.iter().any(|h| alias(h) == alias(scope));
    scopes.iter().filter(holds).map(str::to_owned).collect()
}

/// `scope` at the token endpoint narrows what was consented, never widens it, and keeps `openid` (T-10).
pub fn narrow(consented: &ScopeSet, asked: Option<&ScopeSet>) -> ScopeSet {
    match asked.filter(|s| !s.is_empty()) {
        None => consented.clone(),
        Some(asked) => consented
            .iter()
            .filter(|s| *s == OidcScope::OpenId.as_str() || asked.contains(s))
            .map(str::to_owned)
            .collect(),
    }
}

#[cfg(test)]
mod tests;
