//! Browser sessions: one begins, is used, and ends with what hangs on it.
use super::commands::Outcome;
use super::unit::{Unit, values};
use super::{attempts, codes, grants};
use crate::Result;
use crate::revocations::NewRevocation;
use crate::sessions::NewSession;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;

pub(super) fn start(
    on: Unit<'_>,
    key: &RealmKey,
    session: &NewSession,
    (replaces, account): (Option<&[u8; 32]>, Option<&[u8; 32]>),
) -> Result<Outcome> {
    if !is_still_proven(on, key, session)? {
        return Ok(Outcome::Lost);
    }
    if let Some(account) = account {
        attempts::forget(on, key, account)?;
    }
    let revoked = match replaces {
        Some(old) => finish(on, (key, old), session.created_at, Some(&session.sid))?,
        None => Vec::new(),
    };
    let sql = "INSERT INTO browser_session (tenant, realm, id_mac, sid, \"user\", amr, auth_time, created_at, last_seen_at, expires_at,
               address, agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)";
    on.execute(
        sql,
        &values![
            &*key.tenant,
            &*key.realm,
            &session.id_mac,
            &session.sid,
            &session.user,
            session.amr.join(" "),
            session.auth_time.0,
            session.created_at.0,
            session.expires_at.0,
            &session.address,
            &session.agent,
        ],
    )?;
    Ok(Outcome::of(revoked))
}

/// Whether the password that was looked at is still the stored one of a user who may sign in.
fn is_still_proven(on: Unit<'_>, key: &RealmKey, session: &NewSession) -> Result<bool> {
    let Some(hash) = &session.proven_by else {
        return Ok(true);
    };
    let sql = "SELECT 1 FROM \"user\" WHERE tenant = ?1 AND realm = ?2 AND id = ?3 AND enabled AND password_hash = ?4";
    let values = values![&*key.tenant, &*key.realm, &session.user, hash];
    let sql = on.locking(sql, "FOR SHARE");
    Ok(on.first(&sql, &values, |_| Ok(()))?.is_some())
}

/// Ends one session of a user, by its `sid`, and what hangs on it.
pub(super) fn end_one(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    sid: &str,
    now: UnixMillis,
) -> Result<Option<Vec<NewRevocation>>> {
    let sql = "UPDATE browser_session SET ended_at = ?5
               WHERE tenant = ?1 AND realm = ?2 AND sid = ?3 AND \"user\" = ?4 AND ended_at IS NULL AND expires_at > ?5";
    let ended = on.execute(sql, &values![&*key.tenant, &*key.realm, sid, user, now.0])?;
    match ended {
        0 => Ok(None),
        _ => grants::revoke_of_session(on, (key, sid), now).map(Some),
    }
}

/// Ends every session of a user but the one that is kept, the codes of the others, and what hangs on them. With `offline` also
/// what hangs on no session (`offline_access`, applications that know of none).
pub(super) fn end_all(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    kept: Option<(&[u8; 32], &str)>,
    offline: bool,
    now: UnixMillis,
) -> Result<Vec<NewRevocation>> {
    let (id_mac, sid): (&[u8], &str) = kept.map_or((&[], ""), |(mac, sid)| (mac, sid));
    let theirs = "SELECT id_mac FROM browser_session WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3";
    on.lock(
        theirs,
        "ORDER BY id_mac FOR UPDATE",
        &values![&*key.tenant, &*key.realm, user],
    )?;
    let sql = "UPDATE browser_session SET ended_at = ?5
               WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND id_mac <> ?4 AND ended_at IS NULL AND expires_at > ?5";
    on.execute(sql, &values![&*key.tenant, &*key.realm, user, id_mac, now.0])?;
    codes::drop_of_user(on, (key, user), codes::Kept::Session(sid))?;
    grants::revoke_of_user(on, (key, user), (sid, offline), now)
}

pub(super) fn end(on: Unit<'_>, key: &RealmKey, id_mac: &[u8; 32], now: UnixMillis) -> Result<Outcome> {
    finish(on, (key, id_mac), now, None).map(Outcome::of)
}

/// What hangs on the session dies with it, unless the same person goes on under the same `sid`. A session past its absolute end
/// is nothing that could be ended, whether or not its row was deleted yet.
fn finish(
    on: Unit<'_>,
    (key, id_mac): (&RealmKey, &[u8; 32]),
    now: UnixMillis,
    continued_as: Option<&str>,
) -> Result<Vec<NewRevocation>> {
    let sql = "UPDATE browser_session SET ended_at = ?4
               WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL AND expires_at > ?4 RETURNING sid";
    let values = values![&*key.tenant, &*key.realm, id_mac, now.0];
    let ended = on.first(sql, &values, |row| row.text("sid"))?;
    match ended {
        Some(sid) if continued_as != Some(&sid) => grants::revoke_of_session(on, (key, &sid), now),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn touch(on: Unit<'_>, key: &RealmKey, id_mac: &[u8; 32], now: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE browser_session SET last_seen_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL";
    on.execute(sql, &values![&*key.tenant, &*key.realm, id_mac, now.0])?;
    Ok(Outcome::Done)
}
