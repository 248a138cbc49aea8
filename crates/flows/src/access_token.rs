//! Opening an access token of ours, whoever presents it: the one path behind introspection, userinfo and every bearer.
use crate::catalog::{self, ClientEntry};
use crate::keys;
use crate::{Deps, Refusal, issuers, revocations, roles};
use grantor_jose::{CompactJws, MAX_TOKEN_LENGTH, parse_claims};
use grantor_protocol::UnixMillis;
use grantor_protocol::claims::AccessTokenClaims;
use grantor_protocol::issuer::{RealmKey, is_issuer_of};
use grantor_protocol::user::User;
use std::sync::Arc;

/// The `typ` of a self-contained access token (RFC 9068 section 2.1); nothing else passes for one.
const TYP: &str = "at+jwt";

/// A token whose signature or seal holds, with what stands behind it.
pub struct OpenedToken {
    /// As they were signed, but for the scopes that the user's roles hold no longer (T-06).
    pub claims: AccessTokenClaims,
    pub client: Option<Arc<ClientEntry>>,
    pub user: Option<Arc<User>>,
    pub revoked: bool,
    /// Whether its issuer is one of the realm's, and client and user exist and are enabled.
    pub parents_stand: bool,
}

impl OpenedToken {
    /// Whether the token may be used now.
    pub fn is_active(&self, now: UnixMillis, skew_seconds: i64) -> bool {
        self.parents_stand && !self.revoked && self.claims.is_current(now, skew_seconds)
    }
}

/// Opens a token of the realm `key`; `None` for anything this realm did not make.
pub async fn open(deps: &Deps, key: &RealmKey, token: &str) -> Result<Option<OpenedToken>, Refusal> {
    let Some(mut claims) = authentic(deps, key, token).await? else {
        return Ok(None);
    };
    let client = catalog::client(deps, key, &claims.client_id).await?;
    let user = match claims.user() {
        Some(id) => catalog::user(deps, key, id).await?,
        None => None,
    };
    let parents_stand = match &client {
        Some(entry) => {
            // Only the root's own tokens make it matter which realm `/` serves.
            let from_root = claims.iss == deps.settings.public_url;
            let serves_root = from_root && issuers::serves_root(deps, key).await?;
            entry.client.enabled
                && is_issuer_of(
                    &claims.iss,
                    &deps.settings.public_url,
                    key,
                    &entry.client.id,
                    serves_root,
                )
                && (claims.user().is_none() || user.as_ref().is_some_and(|u| u.enabled))
        }
        None => false,
    };
    let revoked = parents_stand && revocations::is_revoked(deps, key, &claims).await?;
    if parents_stand && !revoked {
        roles::narrow(deps, key, client.as_deref(), &mut claims).await?;
    }
    Ok(Some(OpenedToken {
        claims,
        client,
        user,
        revoked,
        parents_stand,
    }))
}

/// The claims, once signature or seal is proven by a key of this realm.
async fn authentic(deps: &Deps, key: &RealmKey, token: &str) -> Result<Option<AccessTokenClaims>, Refusal> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Ok(None);
    }
    let payload = match token.bytes().filter(|b| *b == b'.').count() {
        2 => {
            let Ok(jws) = CompactJws::parse(token) else {
                return Ok(None);
            };
            let Some(kid) = jws.kid().filter(|_| jws.typ() == Some(TYP)) else {
                return Ok(None);
            };
            let keys = keys::believed(deps, key).await?;
            let Some(verification) = keys.verification(kid) else {
                return Ok(None);
            };
            jws.verify(verification)
        }
        4 => keys::of_realm(deps, key).await?.referential().open(token),
        _ => return Ok(None),
    };
    Ok(payload.ok().and_then(|p| read(&p)))
}

/// The type refuses members that stand twice and unknown ones; only what a client asked to carry along can nest, and is walked strictly.
fn read(payload: &[u8]) -> Option<AccessTokenClaims> {
    let claims: AccessTokenClaims = serde_json::from_slice(payload).ok()?;
    if claims.custom_claims.is_some() {
        return parse_claims(payload).ok();
    }
    Some(claims)
}
