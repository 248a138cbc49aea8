//! The list of referential tokens.
use super::commands::{NewReference, Outcome};
use crate::Result;
use grantor_protocol::issuer::RealmKey;
use rusqlite::{Connection, params};

pub(super) fn insert(on: &Connection, key: &RealmKey, row: &NewReference) -> Result<Outcome> {
    let sql = "INSERT INTO reference_token (tenant, realm, id, client, user, grant_id, subject, scope, suffix, issued_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        row.id,
        row.client,
        row.user,
        row.grant,
        row.subject,
        row.scope,
        row.suffix,
        row.issued_at.0,
        row.expires_at.0,
    ])?;
    Ok(Outcome::Done)
}
