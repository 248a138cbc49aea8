//! Attempts at accounts: counted before a password is looked at, so that no number of them at once gets past the limit (O-277).
use super::commands::Outcome;
use super::unit::{Unit, values};
use crate::Result;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::sign_in::Patience;

/// An account nobody tried for so long, beyond its wait, begins anew: less often than the longest wait lets anybody guess.
const REMEMBERED_SECONDS: i64 = 86_400;

/// An attempt at an account, by its MAC.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    pub account: [u8; 32],
    pub patience: Patience,
    pub now: UnixMillis,
}

/// One more attempt, unless the account waits. Read and written by one at a time.
pub(super) fn reserve(on: Unit<'_>, key: &RealmKey, attempt: &NewAttempt) -> Result<Outcome> {
    let NewAttempt { account, patience, now } = attempt;
    on.hold_mac(account)?;
    let sql = "SELECT failed, waits_until FROM sign_in_attempt
               WHERE tenant = ?1 AND realm = ?2 AND account = ?3 AND expires_at > ?4";
    let values = values![&*key.tenant, &*key.realm, account, now.0];
    let before = on.first(sql, &values, |row| {
        Ok((row.number("failed")?, row.number("waits_until")?))
    })?;
    let (failed, waits_until) = before.unwrap_or((0, 0));
    // A wait that is longer than any can be comes of a clock that was put back, or of another setting.
    if waits_until > now.0 && waits_until <= now.plus_seconds(patience.longest_wait_seconds).0 {
        let until = UnixMillis(waits_until);
        return Ok(Outcome::Waits { until, won: false });
    }
    let failed = failed.saturating_add(1);
    let wait = patience.wait_seconds(failed);
    let until = now.plus_seconds(wait);
    let sql = "INSERT INTO sign_in_attempt (tenant, realm, account, failed, waits_until, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tenant, realm, account) DO UPDATE SET
               failed = excluded.failed, waits_until = excluded.waits_until, expires_at = excluded.expires_at";
    on.execute(
        sql,
        &values![
            &*key.tenant,
            &*key.realm,
            account,
            failed,
            if wait > 0 { until.0 } else { 0 },
            until.plus_seconds(REMEMBERED_SECONDS).0,
        ],
    )?;
    match wait {
        0 => Ok(Outcome::Won),
        _ => Ok(Outcome::Waits { until, won: true }),
    }
}

/// Somebody proved who they are: the account begins anew.
pub(super) fn forget(on: Unit<'_>, key: &RealmKey, account: &[u8; 32]) -> Result<()> {
    let sql = "DELETE FROM sign_in_attempt WHERE tenant = ?1 AND realm = ?2 AND account = ?3";
    on.execute(sql, &values![&*key.tenant, &*key.realm, account])?;
    Ok(())
}
