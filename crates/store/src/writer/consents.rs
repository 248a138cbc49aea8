//! Consents grow.
use super::commands::{NewConsent, Outcome};
use crate::Result;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn save(on: &Connection, key: &RealmKey, new: &NewConsent) -> Result<Outcome> {
    let scope = joined(on, key, new)?;
    let sql = "INSERT INTO consent (tenant, realm, user, client, scope, granted_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
               ON CONFLICT (tenant, realm, user, client) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        new.user,
        new.client,
        scope,
        new.now.0
    ])?;
    Ok(Outcome::Done)
}

/// Takes a consent away; whether there was one.
pub(super) fn withdraw(on: &Connection, (key, user): (&RealmKey, &str), client: &str) -> Result<bool> {
    let sql = "DELETE FROM consent WHERE tenant = ?1 AND realm = ?2 AND user = ?3 AND client = ?4";
    let gone = on
        .prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, user, client])?;
    Ok(gone > 0)
}

/// What was allowed before and what is allowed now. Read and written by the one writer, so two tabs lose nothing.
fn joined(on: &Connection, key: &RealmKey, new: &NewConsent) -> Result<String> {
    let sql = "SELECT scope FROM consent WHERE tenant = ?1 AND realm = ?2 AND user = ?3 AND client = ?4";
    let before: Option<String> = on
        .prepare_cached(sql)?
        .query_row(params![&*key.tenant, &*key.realm, new.user, new.client], |row| {
            row.get(0)
        })
        .optional()?;
    let before = ScopeSet::from_stored(&before.unwrap_or_default());
    Ok(before.union(&ScopeSet::from_stored(&new.scope)).to_string())
}
