//! Whether a token is revoked, without SQL (decision 5); and revoking: durable first, then in memory.
mod load;
mod set;

use crate::{Deps, Refusal};
use grantor_protocol::UnixMillis;
use grantor_protocol::claims::AccessTokenClaims;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_store::revocations::{NewRevocation, Revoked};
use grantor_store::{Command, Outcome};

pub(crate) use load::keep_loaded;
pub use set::RevocationSet;

/// Whether what this process knows ends the token.
fn is_known(deps: &Deps, key: &RealmKey, claims: &AccessTokenClaims) -> bool {
    names(claims).into_iter().flatten().any(|(kind, subject)| {
        let found = deps.revocations.find(key, kind, subject);
        found.is_some_and(|at| ends(kind, at, claims))
    })
}

/// What could have revoked the token.
fn names(claims: &AccessTokenClaims) -> [Option<(&'static str, &str)>; 5] {
    [
        Some(("jti", claims.jti.as_str())),
        claims.gid.as_deref().map(|gid| ("grant", gid)),
        claims.user().map(|user| ("user", user)),
        Some(("client", claims.client_id.as_str())),
        Some(("realm", "")),
    ]
}

/// An epoch ends what was issued until then; a token or a grant is ended whole.
fn ends(kind: &str, at_seconds: i64, claims: &AccessTokenClaims) -> bool {
    matches!(kind, "jti" | "grant") || claims.iat <= at_seconds
}

/// Whether the token, its grant, its user's, its client's or its realm's epoch was revoked. SQL is asked only until the set is loaded or while the feed is stale.
pub async fn is_revoked(deps: &Deps, key: &RealmKey, claims: &AccessTokenClaims) -> Result<bool, Refusal> {
    if is_known(deps, key, claims) {
        return Ok(true);
    }
    if is_complete(deps) {
        return Ok(false);
    }
    for (kind, subject) in names(claims).into_iter().flatten() {
        if let Some(found) = deps
            .store
            .find_revocation_now(key, &format!("{kind}:{subject}"))
            .await?
            && ends(kind, found.at.seconds(), claims)
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

/// Whether the token of this id is revoked as such; of what else could have ended it an id says nothing.
pub(crate) async fn is_token_revoked(deps: &Deps, key: &RealmKey, jti: &str) -> Result<bool, Refusal> {
    if deps.revocations.find(key, "jti", jti).is_some() {
        return Ok(true);
    }
    if is_complete(deps) {
        return Ok(false);
    }
    let found = deps.store.find_revocation_now(key, &format!("jti:{jti}")).await?;
    Ok(found.is_some())
}

/// Whether memory holds every revocation: all were loaded, and the feed tells of new ones.
fn is_complete(deps: &Deps) -> bool {
    deps.revocations.is_loaded() && deps.catalog.feed_is_fresh(deps.clock.uptime())
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

/// Revokes one access token by its id, until it expires. Durable first, then at once in this process: what is answered as
/// revoked stays revoked, and a write that failed leaves the token as live as it is (O-183).
pub(crate) async fn revoke_token(
    deps: &Deps,
    key: &RealmKey,
    (jti, expires_at): (&str, UnixMillis),
    event: Event,
) -> Result<(), Refusal> {
    let revocation = NewRevocation {
        revoked: Revoked::Token(jti.to_owned()),
        at: event.at,
        expires_at,
    };
    let command = Command::RevokeToken {
        key: key.clone(),
        revocation: Box::new(revocation.clone()),
        event: Box::new(event),
    };
    deps.store.write(command).await?;
    deps.revocations.insert(key, &revocation);
    Ok(())
}
