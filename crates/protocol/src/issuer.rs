//! Issuers: the prefix that answered is the issuer (RFC 8414 section 2; RFC 9207).
use std::sync::Arc;

/// The tenant and realm that are part of every key and every query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RealmKey {
    pub tenant: Arc<str>,
    pub realm: Arc<str>,
}

impl RealmKey {
    /// A key from two path segments or columns.
    pub fn new(tenant: impl Into<Arc<str>>, realm: impl Into<Arc<str>>) -> Self {
        Self {
            tenant: tenant.into(),
            realm: realm.into(),
        }
    }
}

impl std::fmt::Display for RealmKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.tenant, self.realm)
    }
}

/// Which of the three prefixes answered. Rows store this, never a URL (decision 11).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IssuerKind {
    /// `/`, which serves the default realm.
    Root,
    /// `/v1/tenants/{tenant}/realms/{realm}`.
    Realm,
    /// `/v1/tenants/{tenant}/realms/{realm}/applications/{application}`; holds the application's id.
    Application(Arc<str>),
}

impl IssuerKind {
    /// How a row spells it: `root`, `realm` or `application:{id}`.
    pub fn to_text(&self) -> String {
        match self {
            Self::Root => "root".into(),
            Self::Realm => "realm".into(),
            Self::Application(id) => format!("application:{id}"),
        }
    }
    /// Reads what [`IssuerKind::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "root" => Some(Self::Root),
            "realm" => Some(Self::Realm),
            other => other
                .strip_prefix("application:")
                .map(|id| Self::Application(id.into())),
        }
    }
}

/// The issuer of one request: what it is, and its byte-exact URL made from the configured base, never from a Host header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub key: RealmKey,
    pub kind: IssuerKind,
    pub url: Arc<str>,
}

impl Issuer {
    /// Builds the issuer that `kind` names under `base` (an origin with an optional path, no trailing slash).
    pub fn new(base: &str, key: RealmKey, kind: IssuerKind) -> Self {
        let url = format!("{base}{}", path(&key, &kind)).into();
        Self { key, kind, url }
    }
    /// The path below the configured base under which everything of this issuer lives; empty for the root.
    pub fn prefix(&self) -> String {
        path(&self.key, &self.kind)
    }
    /// The application's id when the prefix names one.
    pub fn application(&self) -> Option<&str> {
        match &self.kind {
            IssuerKind::Application(id) => Some(id),
            IssuerKind::Root | IssuerKind::Realm => None,
        }
    }
}

fn path(key: &RealmKey, kind: &IssuerKind) -> String {
    let realm = || format!("/v1/tenants/{}/realms/{}", key.tenant, key.realm);
    match kind {
        IssuerKind::Root => String::new(),
        IssuerKind::Realm => realm(),
        IssuerKind::Application(id) => format!("{}/applications/{id}", realm()),
    }
}

/// Whether `url` is one of the issuers under which `key` speaks for the application with id `application`:
/// the realm's, that application's, and the root when this realm is the one `/` serves. Byte by byte.
pub fn is_issuer_of(url: &str, base: &str, key: &RealmKey, application: &str, serves_root: bool) -> bool {
    let Some(rest) = url.strip_prefix(base) else {
        return false;
    };
    if rest.is_empty() {
        return serves_root;
    }
    rest == path(key, &IssuerKind::Realm) || rest == path(key, &IssuerKind::Application(application.into()))
}

#[cfg(test)]
mod tests;
