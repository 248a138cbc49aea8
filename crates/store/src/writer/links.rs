//! One-time links: ended, and used once.
use super::unit::{Unit, values};
use crate::Result;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;

/// Ends every link of a user.
pub(super) fn end(on: Unit<'_>, (key, user): (&RealmKey, &str), now: UnixMillis) -> Result<()> {
    let sql =
        "UPDATE one_time_link SET used_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND used_at IS NULL";
    on.execute(sql, &values![&*key.tenant, &*key.realm, user, now.0])
        .map(drop)
}

/// Whether this caller used it: once, in its time, for a user who may sign in.
pub(super) fn consume(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    (token_mac, purpose): (&[u8; 32], &str),
    now: UnixMillis,
) -> Result<bool> {
    let sql = "UPDATE one_time_link SET used_at = ?6
               WHERE tenant = ?1 AND realm = ?2 AND token_mac = ?3 AND purpose = ?4 AND \"user\" = ?5
               AND used_at IS NULL AND expires_at > ?6
               AND EXISTS (SELECT 1 FROM \"user\" u WHERE u.tenant = ?1 AND u.realm = ?2 AND u.id = ?5 AND u.enabled)";
    let won = on.execute(
        sql,
        &values![&*key.tenant, &*key.realm, token_mac, purpose, user, now.0],
    )?;
    Ok(won > 0)
}
