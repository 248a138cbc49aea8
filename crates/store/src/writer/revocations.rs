//! Revocations: one row however many tokens it ends, and a change that tells every process.
use super::unit::{Unit, values};
use crate::Result;
use crate::revocations::NewRevocation;
use grantor_protocol::issuer::RealmKey;

/// An older revocation of the same thing is widened, never narrowed. Lists leave out what is revoked; their rows stay until they
/// expire, because taking one out of its indexes would be the dearest part of a revocation.
pub(super) fn insert(on: Unit<'_>, key: &RealmKey, revocation: &NewRevocation) -> Result<()> {
    let sql = "INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tenant, realm, kind, subject) DO UPDATE SET revoked_at = MAX(revocation.revoked_at, excluded.revoked_at),
               expires_at = MAX(revocation.expires_at, excluded.expires_at)";
    let (kind, subject) = (revocation.revoked.kind(), revocation.revoked.subject());
    let (at, until) = (revocation.at.0, revocation.expires_at.0);
    on.execute(sql, &values![&*key.tenant, &*key.realm, kind, subject, at, until])?;
    announce(on, key, ("revocation", &format!("{kind}:{subject}")), at)
}

/// Writes a change of the feed in the unit that makes it.
pub(super) fn announce(on: Unit<'_>, key: &RealmKey, (kind, subject): (&str, &str), at: i64) -> Result<()> {
    let sql = "INSERT INTO change (tenant, realm, kind, subject, at) VALUES (?1, ?2, ?3, ?4, ?5)";
    on.execute(sql, &values![&*key.tenant, &*key.realm, kind, subject, at])
        .map(drop)
}
