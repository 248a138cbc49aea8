//! Grants: stored with their code, revoked whole.
use super::commands::Outcome;
use super::unit::{Insert, Unit, Value, values};
use super::{events, revocations};
use crate::Result;
use crate::events::Event;
use crate::grants::NewGrant;
use crate::revocations::{NewRevocation, Revoked};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;

pub(super) static INSERT: Insert = Insert::into(
    "authorization_grant",
    "tenant, realm, id, client, \"user\", subject, scope, sid, auth_time, created_at, issuer, amr,
     consent_needed, session_bound, tokens_end_at, refresh_ends_at, expires_at, generation, rotated_at, last_used_at",
);

pub(super) fn row<'a>(key: &'a RealmKey, grant: &'a NewGrant, now: UnixMillis) -> [Value<'a>; 20] {
    let authorization = &grant.authorization;
    let family = grant.refresh.as_ref();
    let refresh_ends_at = family.map(|f| f.ends_at.0);
    values![
        &*key.tenant,
        &*key.realm,
        &authorization.grant,
        &grant.client,
        &authorization.user,
        &authorization.subject,
        authorization.scope.to_string(),
        &authorization.sid,
        authorization.auth_time.0,
        now.0,
        grant.issuer.to_text(),
        authorization.amr.join(" "),
        grant.consent_needed,
        family.is_some_and(|f| f.session_bound),
        grant.tokens_end_at.0,
        refresh_ends_at,
        refresh_ends_at.unwrap_or(0).max(grant.tokens_end_at.0),
        0,
        now.0,
        now.0,
    ]
}

pub(super) fn insert(on: Unit<'_>, key: &RealmKey, grant: &NewGrant, now: UnixMillis) -> Result<()> {
    INSERT.one(on, &row(key, grant, now))
}

/// Revokes a grant: its refresh tokens by the row, its access tokens by an entry that lives as long as the last of them.
pub(super) fn revoke_one(
    on: Unit<'_>,
    (key, grant): (&RealmKey, &str),
    now: UnixMillis,
    event: Option<&Event>,
) -> Result<Outcome> {
    match revoke_and_tell(on, (key, grant), now, event)? {
        Some(ended) => Ok(Outcome::Revoked(vec![ended])),
        None => Ok(Outcome::Lost),
    }
}

pub(super) fn revoke_and_tell(
    on: Unit<'_>,
    (key, grant): (&RealmKey, &str),
    now: UnixMillis,
    event: Option<&Event>,
) -> Result<Option<NewRevocation>> {
    let ended = revoke(on, (key, grant), now)?;
    if let (Some(_), Some(event)) = (&ended, event) {
        events::insert(on, key, event)?;
    }
    Ok(ended)
}

/// Revokes every grant that dies with a browser session (decision 16).
pub(super) fn revoke_of_session(
    on: Unit<'_>,
    (key, sid): (&RealmKey, &str),
    now: UnixMillis,
) -> Result<Vec<NewRevocation>> {
    let sql = "SELECT id FROM authorization_grant
               WHERE tenant = ?1 AND realm = ?2 AND sid = ?3 AND session_bound AND revoked_at IS NULL";
    revoke_selected(on, key, (sql, &values![&*key.tenant, &*key.realm, sid]), now)
}

/// Revokes the grants of a user that die with their browser sessions, but those of the session `sid`; with `offline` also those
/// that outlive sessions.
pub(super) fn revoke_of_user(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    (sid, offline): (&str, bool),
    now: UnixMillis,
) -> Result<Vec<NewRevocation>> {
    let sql = "SELECT id FROM authorization_grant
               WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND revoked_at IS NULL AND expires_at > ?5
               AND (session_bound AND sid <> ?4
                   OR ?6 AND (sid <> ?4 OR refresh_ends_at IS NOT NULL AND NOT session_bound))";
    let values = values![&*key.tenant, &*key.realm, user, sid, now.0, offline];
    revoke_selected(on, key, (sql, &values), now)
}

/// Revokes every grant of a user and an application.
pub(super) fn revoke_of_client(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    client: &str,
    now: UnixMillis,
) -> Result<Vec<NewRevocation>> {
    let sql = "SELECT id FROM authorization_grant
               WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND client = ?4 AND revoked_at IS NULL";
    revoke_selected(on, key, (sql, &values![&*key.tenant, &*key.realm, user, client]), now)
}

fn revoke_selected(
    on: Unit<'_>,
    key: &RealmKey,
    (sql, values): (&'static str, &[Value<'_>]),
    now: UnixMillis,
) -> Result<Vec<NewRevocation>> {
    // Everybody locks them in the same order.
    let grants = on.all(&on.locking(sql, "ORDER BY id"), values, |row| row.text("id"))?;
    let revoked = grants.iter().map(|grant| revoke(on, (key, grant), now));
    Ok(revoked.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// `None` when there is no such grant any more: nothing of it can be alive.
fn revoke(on: Unit<'_>, (key, grant): (&RealmKey, &str), now: UnixMillis) -> Result<Option<NewRevocation>> {
    let sql = "UPDATE authorization_grant SET revoked_at = COALESCE(revoked_at, ?4)
               WHERE tenant = ?1 AND realm = ?2 AND id = ?3 RETURNING tokens_end_at";
    let values = values![&*key.tenant, &*key.realm, grant, now.0];
    let tokens_end_at = on.first(sql, &values, |row| row.number("tokens_end_at"))?;
    let Some(tokens_end_at) = tokens_end_at else {
        return Ok(None);
    };
    let revocation = NewRevocation {
        revoked: Revoked::Grant(grant.to_owned()),
        at: now,
        expires_at: UnixMillis(tokens_end_at),
    };
    revocations::insert(on, key, &revocation)?;
    Ok(Some(revocation))
}
