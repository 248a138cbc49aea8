//! Codes: stored once, redeemed once.
use super::commands::{NewReplay, Outcome};
use super::grants;
use super::unit::{Insert, Unit, Value, values};
use crate::Result;
use crate::codes::NewCode;
use crate::grants::NewGrant;
use grantor_protocol::issuer::RealmKey;

pub(super) static INSERT: Insert = Insert::into(
    "authorization_code",
    "tenant, realm, code_mac, client, \"user\", subject, grant_id, issuer, redirect_uri, code_challenge,
     nonce, scope, sid, amr, consent_needed, auth_time, issued_at, expires_at, failed_attempts",
);

pub(super) fn row<'a>(key: &'a RealmKey, code: &'a NewCode) -> [Value<'a>; 19] {
    let grant = &code.authorization;
    values![
        &*key.tenant,
        &*key.realm,
        &code.code_mac,
        &code.client,
        &grant.user,
        &grant.subject,
        &grant.grant,
        code.issuer.to_text(),
        &code.redirect_uri,
        &code.code_challenge,
        &grant.nonce,
        grant.scope.to_string(),
        &grant.sid,
        grant.amr.join(" "),
        code.consent_needed,
        grant.auth_time.0,
        code.issued_at.0,
        code.expires_at.0,
        0,
    ]
}

pub(super) fn insert_code(on: Unit<'_>, key: &RealmKey, code: &NewCode) -> Result<Outcome> {
    INSERT.one(on, &row(key, code))?;
    Ok(Outcome::Done)
}

/// RFC 6749 section 4.1.2: a code is used once. The guarded update and the grant are one unit. Refresh tokens that would hang
/// on a browser session are not born after it was ended (decision 16).
pub(super) fn redeem_code(
    on: Unit<'_>,
    (key, code_mac): (&RealmKey, &[u8; 32]),
    grant: &NewGrant,
    max_attempts: i64,
    replay: &NewReplay,
) -> Result<Outcome> {
    let session_bound = is_session_bound(grant);
    if session_bound {
        // Whoever ends the session waits for this unit, and finds its grant.
        let session = "SELECT s.sid FROM authorization_code c
                       JOIN browser_session s ON s.tenant = c.tenant AND s.realm = c.realm AND s.sid = c.sid
                       WHERE c.tenant = ?1 AND c.realm = ?2 AND c.code_mac = ?3";
        on.lock(session, "FOR SHARE OF s", &values![&*key.tenant, &*key.realm, code_mac])?;
    }
    let sql = "UPDATE authorization_code SET redeemed_at = ?4
               WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NULL AND expires_at > ?4 AND failed_attempts < ?5
               AND NOT (?6 AND EXISTS (SELECT 1 FROM browser_session s WHERE s.tenant = ?1 AND s.realm = ?2 AND s.sid = authorization_code.sid)
                   AND NOT EXISTS (SELECT 1 FROM browser_session s WHERE s.tenant = ?1 AND s.realm = ?2
                       AND s.sid = authorization_code.sid AND s.ended_at IS NULL))";
    let now = replay.now.0;
    let values = values![&*key.tenant, &*key.realm, code_mac, now, max_attempts, session_bound];
    if on.execute(sql, &values)? == 0 {
        return revoke_if_redeemed(on, (key, code_mac), replay);
    }
    grants::insert(on, key, grant, replay.now)?;
    Ok(Outcome::Won)
}

/// Whether refresh tokens are born that die with the browser session.
pub(super) fn is_session_bound(grant: &NewGrant) -> bool {
    grant.refresh.as_ref().is_some_and(|family| family.session_bound)
}

/// Only a code that was redeemed has a grant to lose; one that expired or was never there has none.
fn revoke_if_redeemed(on: Unit<'_>, (key, code_mac): (&RealmKey, &[u8; 32]), replay: &NewReplay) -> Result<Outcome> {
    let sql = "SELECT grant_id FROM authorization_code
               WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NOT NULL";
    let grant = on.first(sql, &values![&*key.tenant, &*key.realm, code_mac], |row| {
        row.text("grant_id")
    })?;
    match grant {
        Some(grant) => grants::revoke_one(on, (key, &grant), replay.now, Some(&replay.event)),
        None => Ok(Outcome::Lost),
    }
}

/// Which codes of a user stay.
pub(super) enum Kept<'a> {
    /// Those of this session.
    Session(&'a str),
    /// Those of other applications than this one.
    AllBut(&'a str),
}

/// Drops codes of a user that were not redeemed yet. One that was stays: it is how a replay is seen.
pub(super) fn drop_of_user(on: Unit<'_>, (key, user): (&RealmKey, &str), kept: Kept<'_>) -> Result<()> {
    let sql = "DELETE FROM authorization_code
               WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND redeemed_at IS NULL
               AND sid <> ?4 AND (?5 IS NULL OR client = ?5)";
    let (sid, client) = match kept {
        Kept::Session(sid) => (sid, None),
        Kept::AllBut(client) => ("", Some(client)),
    };
    on.execute(sql, &values![&*key.tenant, &*key.realm, user, sid, client])?;
    Ok(())
}

pub(super) fn count_failed(on: Unit<'_>, key: &RealmKey, code_mac: &[u8; 32]) -> Result<Outcome> {
    let sql = "UPDATE authorization_code SET failed_attempts = failed_attempts + 1
               WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NULL";
    on.execute(sql, &values![&*key.tenant, &*key.realm, code_mac])?;
    Ok(Outcome::Done)
}
