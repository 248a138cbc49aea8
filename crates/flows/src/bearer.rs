//! The bearer of a management token: at the Configuration API, and instead of a client at introspection and revocation.
//!
//! Owns: whether the token is one of the tenant's admin realm, for the management API, with the scope that is asked.
//! Does not own: which scope an operation asks (its table), nor how a refusal looks (`web`).
use crate::access_token::OpenedToken;
use crate::catalog::ClientEntry;
use crate::issuers::{self, IssuerPath};
use crate::management::Requester;
use crate::{Deps, Refusal, access_token};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_jose::MAX_TOKEN_LENGTH;
use grantor_protocol::events::ActorKind;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::rights::Rights;
use grantor_protocol::management::{ADMIN_REALM, RESERVED_IDENTIFIER};
use grantor_protocol::scope::{self, ScopeSet};
use grantor_protocol::{OAuthError, OAuthErrorCode, UnixMillis};
use grantor_store::events::{Actor, By};
use std::collections::BTreeSet;

/// Whoever holds a management token of the tenant with the scope that was asked.
pub struct ManagementCaller {
    client_id: Box<str>,
    subject: Box<str>,
    actor: Actor,
    scopes: ScopeSet,
}

impl ManagementCaller {
    /// The application the token was issued to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
    /// Whom the token speaks for.
    pub fn subject(&self) -> &str {
        &self.subject
    }
    /// The same as who asks for changes by a request.
    pub fn requester(&self, address: &str, request_id: &str) -> Requester {
        Requester {
            by: By {
                actor: Some(self.actor.clone()),
                address: Some(address.to_owned()),
                request_id: Some(request_id.to_owned()),
            },
            rights: Rights::Scopes(self.scopes.clone()),
        }
    }
}

/// Proves a bearer for `tenant` and `scope`, by either spelling of the scope. Only the tenant's admin realm makes such tokens
/// (decision 10): what another realm's audiences and scopes are called is up to its own admins.
///
/// `invalid_token` for anything that is no live management token, `insufficient_scope` for one that lacks the scope,
/// `access_denied` for a live one of another tenant (decision 21).
pub async fn management(
    deps: &Deps,
    (tenant, scope): (&str, &str),
    token: &str,
    now: UnixMillis,
) -> Result<ManagementCaller, Refusal> {
    let admin = RealmKey::new(tenant, ADMIN_REALM);
    let opened = match opened(deps, &admin, token, now).await? {
        Ok(opened) => opened,
        Err(cause) => {
            return Err(match is_of_another_tenant(deps, tenant, token, now).await? {
                true => OAuthError::new(OAuthErrorCode::AccessDenied, "this token belongs to another tenant"),
                false => {
                    OAuthError::new(OAuthErrorCode::InvalidToken, "the access token is not valid here").because(cause)
                }
            }
            .into());
        }
    };
    let scopes = still_held(&opened);
    if !scopes.grants(scope) {
        let text = format!("this needs the scope {scope}");
        return Err(OAuthError::new(OAuthErrorCode::InsufficientScope, text).into());
    }
    Ok(ManagementCaller {
        actor: actor(&opened),
        scopes,
        client_id: opened.claims.client_id.into(),
        subject: opened.claims.sub.into(),
    })
}

/// What of the token's scopes its application may still have: management tokens live for months, and one whose application was
/// cut back, or linked to another resource server, is worth no more than the application is now (O-252).
fn still_held(opened: &OpenedToken) -> ScopeSet {
    let scopes = ScopeSet::from_stored(&opened.claims.scope);
    let of_management = |entry: &&std::sync::Arc<ClientEntry>| {
        let server = entry.resource_server.as_ref();
        server.is_some_and(|s| s.identifier == RESERVED_IDENTIFIER)
    };
    match opened.client.as_ref().filter(of_management) {
        Some(entry) => scope::still_allowed(&scopes, &entry.bounds_for_users(&BTreeSet::new())),
        None => ScopeSet::default(),
    }
}

/// The user a token speaks for, else its application.
fn actor(opened: &OpenedToken) -> Actor {
    let client = opened.client.as_ref().map(|c| &c.client);
    match (&opened.user, client) {
        (Some(user), _) => Actor {
            kind: ActorKind::User,
            id: user.id.clone(),
            name: user.username.clone(),
        },
        (None, client) => Actor {
            kind: ActorKind::Application,
            id: client.map_or(&opened.claims.client_id, |c| &c.id).clone(),
            name: client.map(|c| c.display_name.clone()).unwrap_or_default(),
        },
    }
}

/// A live management token that `admin` made; else why it is none.
async fn opened(
    deps: &Deps,
    admin: &RealmKey,
    token: &str,
    now: UnixMillis,
) -> Result<Result<OpenedToken, &'static str>, Refusal> {
    // Whoever names tenants that do not exist must not fill the memory for keys with theirs.
    let path = IssuerPath::Realm {
        tenant: &admin.tenant,
        realm: &admin.realm,
    };
    if issuers::resolve(deps, path).await?.is_none() {
        return Ok(Err("the tenant has no admin realm"));
    }
    let Some(opened) = access_token::open(deps, admin, token).await? else {
        return Ok(Err("not a token of the admin realm of this tenant"));
    };
    if !opened.is_active(now, deps.settings.clock_skew_seconds) {
        return Ok(Err("expired or revoked"));
    }
    if !opened.claims.aud.contains(RESERVED_IDENTIFIER) {
        return Ok(Err("not for the management API"));
    }
    Ok(Ok(opened))
}

/// Whether another tenant's admin realm made this management token. Its `iss`, which nobody has verified, says whose keys to
/// try; of a referential token only its own realm can read that, so it stays just invalid.
async fn is_of_another_tenant(deps: &Deps, tenant: &str, token: &str, now: UnixMillis) -> Result<bool, Refusal> {
    let Some(path) = claimed_path(&deps.settings.public_url, token) else {
        return Ok(false);
    };
    let mut segments = path.split('/').skip(1);
    let path = match (
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
    ) {
        (None, ..) => IssuerPath::Root,
        (Some("v1"), Some("tenants"), Some(tenant), Some("realms"), Some(realm)) => IssuerPath::Realm { tenant, realm },
        _ => return Ok(false),
    };
    let Some(issuer) = issuers::resolve(deps, path).await? else {
        return Ok(false);
    };
    let key = &issuer.issuer.key;
    if &*key.tenant == tenant || &*key.realm != ADMIN_REALM {
        return Ok(false);
    }
    Ok(opened(deps, key, token, now).await?.is_ok())
}

/// The path under `base` of the `iss` a JWS claims.
fn claimed_path(base: &str, token: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Claimed {
        iss: String,
    }
    let mut parts = token.split('.').take_while(|_| token.len() <= MAX_TOKEN_LENGTH);
    let payload = URL_SAFE_NO_PAD.decode(parts.nth(1)?).ok()?;
    let claimed: Claimed = serde_json::from_slice(&payload).ok()?;
    claimed.iss.strip_prefix(base).map(str::to_owned)
}
