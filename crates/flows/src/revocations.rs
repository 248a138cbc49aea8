//! The revocations in memory: whether a token is revoked costs no SQL (decision 5).
use crate::{Deps, Refusal};
use grantor_protocol::UnixMillis;
use grantor_protocol::claims::AccessTokenClaims;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, Outcome};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

/// Live revocations by a 128-bit fingerprint of what they end.
#[derive(Default)]
pub struct RevocationSet {
    hashers: (RandomState, RandomState),
    entries: RwLock<HashMap<u128, (UnixMillis, UnixMillis)>>,
    loaded: AtomicBool,
}

impl RevocationSet {
    fn fingerprint(&self, key: &RealmKey, kind: &str, subject: &str) -> u128 {
        let name = (key, kind, subject);
        (u128::from(self.hashers.0.hash_one(name)) << 64) | u128::from(self.hashers.1.hash_one(name))
    }

    pub(crate) fn insert(&self, key: &RealmKey, revocation: &NewRevocation) {
        let name = self.fingerprint(key, revocation.revoked.kind(), revocation.revoked.subject());
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(name).or_insert((revocation.at, revocation.expires_at));
        *entry = (entry.0.max(revocation.at), entry.1.max(revocation.expires_at));
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Acquire)
    }

    pub(crate) fn set_loaded(&self) {
        self.loaded.store(true, Ordering::Release);
    }

    pub(crate) fn forget_expired(&self, now: UnixMillis) {
        self.entries
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, (_, expires)| *expires > now);
    }

    fn revokes(&self, key: &RealmKey, claims: &AccessTokenClaims) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        !entries.is_empty()
            && names(claims).into_iter().flatten().any(|(kind, subject)| {
                let found = entries.get(&self.fingerprint(key, kind, subject));
                found.is_some_and(|(at, _)| ends(kind, *at, claims))
            })
    }
}

/// What could have revoked the token.
fn names(claims: &AccessTokenClaims) -> [Option<(&'static str, &str)>; 4] {
    [
        Some(("jti", claims.jti.as_str())),
        claims.gid.as_deref().map(|gid| ("grant", gid)),
        claims.user().map(|user| ("user", user)),
        Some(("client", claims.client_id.as_str())),
    ]
}

/// An epoch ends what was issued until then; a token or a grant is ended whole.
fn ends(kind: &str, at: UnixMillis, claims: &AccessTokenClaims) -> bool {
    matches!(kind, "jti" | "grant") || claims.iat <= at.seconds()
}

/// Whether the token, its grant, its user's or its client's epoch was revoked. SQL is asked only until the set is loaded or while the feed is stale.
pub async fn is_revoked(deps: &Deps, key: &RealmKey, claims: &AccessTokenClaims) -> Result<bool, Refusal> {
    if deps.revocations.revokes(key, claims) {
        return Ok(true);
    }
    if deps.revocations.is_loaded() && deps.catalog.feed_is_fresh(deps.clock.uptime()) {
        return Ok(false);
    }
    for (kind, subject) in names(claims).into_iter().flatten() {
        if let Some(found) = deps
            .store
            .find_revocation_now(key, &format!("{kind}:{subject}"))
            .await?
            && ends(kind, found.at, claims)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A revocation from now on that stands until nothing it ends can be alive.
pub(crate) fn until_the_last_token_ends(revoked: Revoked, now: UnixMillis) -> NewRevocation {
    NewRevocation {
        revoked,
        at: now,
        expires_at: now.plus_seconds(grantor_protocol::client::MAX_EXPIRES_AFTER),
    }
}

/// Keeps in memory what a command revoked; whether it did.
pub(crate) fn keep(deps: &Deps, key: &RealmKey, outcome: &Outcome) -> bool {
    let Outcome::Revoked(revoked) = outcome else {
        return false;
    };
    for revocation in revoked {
        deps.revocations.insert(key, revocation);
    }
    true
}

/// Revokes a grant with everything that hangs on it: durable first, then at once in this process.
pub(crate) async fn revoke_grant(deps: &Deps, key: &RealmKey, grant: &str, event: Event) -> Result<(), Refusal> {
    let command = Command::RevokeGrant {
        key: key.clone(),
        grant: grant.to_owned(),
        event: Box::new(event),
    };
    let outcome = deps.store.write(command).await?;
    keep(deps, key, &outcome);
    Ok(())
}

/// Revokes one access token by its id, until it expires.
pub(crate) async fn revoke_token(
    deps: &Deps,
    key: &RealmKey,
    jti: &str,
    now: UnixMillis,
    expires_at: UnixMillis,
) -> Result<(), Refusal> {
    let revocation = NewRevocation {
        revoked: Revoked::Token(jti.to_owned()),
        at: now,
        expires_at,
    };
    revoke(deps, key, revocation).await
}

/// Durable first, then at once in this process: what is answered as revoked stays revoked, and a write that failed leaves the
/// token as live as it is (O-183).
async fn revoke(deps: &Deps, key: &RealmKey, revocation: NewRevocation) -> Result<(), Refusal> {
    deps.store
        .write(Command::Revoke(key.clone(), revocation.clone()))
        .await?;
    deps.revocations.insert(key, &revocation);
    Ok(())
}
