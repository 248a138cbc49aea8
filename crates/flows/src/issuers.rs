//! Which issuer a path names, and the documents it publishes.
use crate::{Deps, Refusal, catalog, keys};
use grantor_protocol::OAuthError;
use grantor_protocol::issuer::{Issuer, IssuerKind, RealmKey};
use grantor_protocol::management::place::Realm;
use grantor_protocol::metadata::metadata;
use grantor_protocol::words::GrantType;
use std::sync::Arc;

/// The prefix of a path, as its segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerPath<'a> {
    Root,
    Realm {
        tenant: &'a str,
        realm: &'a str,
    },
    Application {
        tenant: &'a str,
        realm: &'a str,
        application: &'a str,
    },
}

/// A public document and its validator (RFC 9110 section 8.8.3).
pub struct Published {
    pub body: Vec<u8>,
    /// With its quotes.
    pub etag: String,
}

impl Published {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        let etag = format!("\"{}\"", crate::token::base64url(&grantor_jose::sha256(&body)[..12]));
        Self { body, etag }
    }
}

/// An issuer with what it publishes, worked out once.
pub struct IssuerEntry {
    pub issuer: Issuer,
    /// Whether `/` serves the realm, so that the root is one of its issuers.
    pub serves_root: bool,
    /// The metadata document (RFC 8414 section 3.2).
    pub metadata: Published,
    pub realm_name: String,
}

/// The issuer behind a path; `None` when there is no such tenant, realm or application.
pub async fn resolve(deps: &Deps, path: IssuerPath<'_>) -> Result<Option<Arc<IssuerEntry>>, Refusal> {
    let (key, name, kind, grants) = match path {
        IssuerPath::Root => return root(deps).await,
        IssuerPath::Realm { tenant, realm } => {
            let name = format!("realm\n{tenant}\n{realm}");
            let key = RealmKey::new(tenant, realm);
            (key, name, IssuerKind::Realm, GrantType::ALL.to_vec())
        }
        IssuerPath::Application {
            tenant,
            realm,
            application,
        } => {
            let key = RealmKey::new(tenant, realm);
            let Some(entry) = catalog::client_by_id(deps, &key, application).await? else {
                return Ok(None);
            };
            let grants = entry.client.grants();
            // The document tells the grants: with others it is another document.
            let name = format!("application\n{tenant}\n{realm}\n{application}\n{grants:?}");
            (key, name, IssuerKind::Application(application.into()), grants)
        }
    };
    if let Some(found) = deps.catalog.issuers.get(&name) {
        return Ok(Some(found));
    }
    let Some(record) = deps.store.find_realm(&key).await? else {
        return Ok(None);
    };
    let entry = Arc::new(entry(deps, record, kind, &grants)?);
    deps.catalog.issuers.insert(name, entry.clone());
    Ok(Some(entry))
}

/// The issuer most requests come under, kept in a place of its own.
async fn root(deps: &Deps) -> Result<Option<Arc<IssuerEntry>>, Refusal> {
    if let Some(found) = deps.catalog.root.load_full() {
        return Ok(Some(found));
    }
    let Some(record) = deps.store.find_root_realm().await? else {
        return Ok(None);
    };
    let entry = Arc::new(entry(deps, record, IssuerKind::Root, GrantType::ALL)?);
    deps.catalog.root.store(Some(entry.clone()));
    Ok(Some(entry))
}

fn entry(deps: &Deps, record: Realm, kind: IssuerKind, grants: &[GrantType]) -> Result<IssuerEntry, Refusal> {
    let issuer = Issuer::new(&deps.settings.public_url, record.key, kind);
    let document = metadata(&issuer.url, grants);
    let body = serde_json::to_vec(&document).map_err(|e| OAuthError::server_error(e.to_string()))?;
    Ok(IssuerEntry {
        issuer,
        serves_root: record.serves_root,
        metadata: Published::new(body),
        realm_name: record.display_name,
    })
}

/// Whether `/` serves the realm `key`.
pub(crate) async fn serves_root(deps: &Deps, key: &RealmKey) -> Result<bool, Refusal> {
    let root = resolve(deps, IssuerPath::Root).await?;
    Ok(root.is_some_and(|r| r.issuer.key == *key))
}

/// The JWK Set of the issuer's realm: the keys that sign, that will, and that did while their tokens live. The first fetch
/// makes a key of every algorithm discovery names.
pub async fn jwks(deps: &Deps, issuer: &IssuerEntry) -> Result<Arc<Published>, Refusal> {
    let key = &issuer.issuer.key;
    keys::ensure(deps, key, deps.clock.now()).await?;
    Ok(keys::of_realm(deps, key).await?.jwks())
}
