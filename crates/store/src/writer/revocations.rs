//! Revocations: one row however many tokens it ends, and a change that tells every process.
use crate::Result;
use crate::revocations::NewRevocation;
use grantor_protocol::issuer::RealmKey;
use rusqlite::{Connection, params};

/// An older revocation of the same thing is widened, never narrowed. Lists leave out what is revoked; their rows stay until they
/// expire, because taking one out of its indexes would be the dearest part of a revocation.
pub(super) fn insert(on: &Connection, key: &RealmKey, revocation: &NewRevocation) -> Result<()> {
    let sql =
        "INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tenant, realm, kind, subject) DO UPDATE SET
               revoked_at = MAX(revoked_at, excluded.revoked_at), expires_at = MAX(expires_at, excluded.expires_at)";
    let (kind, subject) = (revocation.revoked.kind(), revocation.revoked.subject());
    let (at, until) = (revocation.at.0, revocation.expires_at.0);
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, kind, subject, at, until])?;
    let sql = "INSERT INTO change (tenant, realm, kind, subject, at) VALUES (?1, ?2, 'revocation', ?3, ?4)";
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, format!("{kind}:{subject}"), at])?;
    Ok(())
}
