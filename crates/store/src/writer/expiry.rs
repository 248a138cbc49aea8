//! Rows whose time is over go away, some at a time: nobody waits behind a long delete.
use super::commands::Outcome;
use super::unit::{Unit, values};
use crate::Result;
use grantor_protocol::UnixMillis;

/// Rows of one table that go in one command.
const BATCH: i64 = 1000;
/// A replica that was away longer than this reads everything anew, in milliseconds.
const CHANGES_KEPT: i64 = 86_400_000;
/// How long a code may live at most, in milliseconds: so long it must be known that the session it came of was ended.
const SESSIONS_KEPT: i64 = 600_000;

/// Tables whose rows end at `expires_at`: once nothing they guard against can be presented any more.
const TABLES: &[&str] = &[
    "authorization_code",
    "authorization_grant",
    "one_time_link",
    "reference_token",
    "revocation",
    "sign_in_attempt",
];

pub(super) fn delete(on: Unit<'_>, now: UnixMillis, events_before: UnixMillis) -> Result<Outcome> {
    let mut full = false;
    for table in TABLES {
        full |= batch(on, table, "expires_at", now.0)?;
    }
    full |= batch(on, "browser_session", "expires_at", now.0 - SESSIONS_KEPT)?;
    full |= changes(on, now.0 - CHANGES_KEPT)?;
    full |= batch(on, "event", "at", events_before.0)?;
    full |= batch(on, "token_tally", "hour", events_before.0)?;
    Ok(if full { Outcome::More } else { Outcome::Done })
}

/// The oldest changes, without a look at those that stay. The last one stays, however old: whoever was away sees by it how far
/// the feed has got.
fn changes(on: Unit<'_>, until: i64) -> Result<bool> {
    if let Unit::Postgres(on) = on {
        return on.delete_changes(until, BATCH);
    }
    let sql = "DELETE FROM change WHERE seq IN (SELECT seq FROM change ORDER BY seq LIMIT ?2)
               AND at <= ?1 AND seq < (SELECT seq FROM change ORDER BY seq DESC LIMIT 1)";
    let deleted = on.execute(sql, &values![until, BATCH])?;
    Ok(deleted >= BATCH.unsigned_abs())
}

/// Whether there may be more than were deleted.
fn batch(on: Unit<'_>, table: &str, column: &str, until: i64) -> Result<bool> {
    // The row's own place, which PostgreSQL calls `ctid`.
    let sql = format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} <= ?1 LIMIT ?2)");
    let deleted = on.execute(&sql, &values![until, BATCH])?;
    Ok(deleted >= BATCH.unsigned_abs())
}
