//! Browser sessions: one begins, is used, and ends with what hangs on it.
use super::commands::Outcome;
use super::{attempts, grants};
use crate::Result;
use crate::revocations::NewRevocation;
use crate::sessions::NewSession;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn start(
    on: &Connection,
    key: &RealmKey,
    session: &NewSession,
    (replaces, account): (Option<&[u8; 32]>, Option<&[u8; 32]>),
) -> Result<Outcome> {
    if let Some(account) = account {
        attempts::forget(on, key, account)?;
    }
    let revoked = match replaces {
        Some(old) => finish(on, (key, old), session.created_at, Some(&session.sid))?,
        None => Vec::new(),
    };
    let sql = "INSERT INTO browser_session (tenant, realm, id_mac, sid, user, amr, auth_time, created_at, last_seen_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        session.id_mac,
        session.sid,
        session.user,
        session.amr.join(" "),
        session.auth_time.0,
        session.created_at.0,
        session.expires_at.0,
    ])?;
    Ok(Outcome::of(revoked))
}

pub(super) fn end(on: &Connection, key: &RealmKey, id_mac: &[u8; 32], now: UnixMillis) -> Result<Outcome> {
    finish(on, (key, id_mac), now, None).map(Outcome::of)
}

/// What hangs on the session dies with it, unless the same person goes on under the same `sid`. A session past its absolute end
/// is nothing that could be ended, whether or not its row was deleted yet.
fn finish(
    on: &Connection,
    (key, id_mac): (&RealmKey, &[u8; 32]),
    now: UnixMillis,
    continued_as: Option<&str>,
) -> Result<Vec<NewRevocation>> {
    let sql = "UPDATE browser_session SET ended_at = ?4
               WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL AND expires_at > ?4 RETURNING sid";
    let ended: Option<String> = on
        .prepare_cached(sql)?
        .query_row(params![&*key.tenant, &*key.realm, id_mac, now.0], |row| row.get(0))
        .optional()?;
    match ended {
        Some(sid) if continued_as != Some(&sid) => grants::revoke_of_session(on, (key, &sid), now),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn touch(on: &Connection, key: &RealmKey, id_mac: &[u8; 32], now: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE browser_session SET last_seen_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL";
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, id_mac, now.0])?;
    Ok(Outcome::Done)
}
