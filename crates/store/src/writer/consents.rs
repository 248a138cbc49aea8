//! Consents grow.
use super::commands::{NewConsent, Outcome};
use super::unit::{Unit, values};
use crate::Result;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;

pub(super) fn save(on: Unit<'_>, key: &RealmKey, new: &NewConsent) -> Result<Outcome> {
    on.hold("consent", key, &format!("{}\n{}", new.user, new.client))?;
    let scope = joined(on, key, new)?;
    let sql = "INSERT INTO consent (tenant, realm, \"user\", client, scope, granted_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
               ON CONFLICT (tenant, realm, \"user\", client) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at";
    on.execute(
        sql,
        &values![&*key.tenant, &*key.realm, &new.user, &new.client, scope, new.now.0],
    )?;
    Ok(Outcome::Done)
}

/// Takes a consent away; whether there was one.
pub(super) fn withdraw(on: Unit<'_>, (key, user): (&RealmKey, &str), client: &str) -> Result<bool> {
    on.hold("consent", key, &format!("{user}\n{client}"))?;
    let sql = "DELETE FROM consent WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND client = ?4";
    let gone = on.execute(sql, &values![&*key.tenant, &*key.realm, user, client])?;
    Ok(gone > 0)
}

/// What was allowed before and what is allowed now. Read and written by one at a time, so two tabs lose nothing.
fn joined(on: Unit<'_>, key: &RealmKey, new: &NewConsent) -> Result<String> {
    let sql = "SELECT scope FROM consent WHERE tenant = ?1 AND realm = ?2 AND \"user\" = ?3 AND client = ?4";
    let values = values![&*key.tenant, &*key.realm, &new.user, &new.client];
    let before = on.first(sql, &values, |row| row.text("scope"))?;
    let before = ScopeSet::from_stored(&before.unwrap_or_default());
    Ok(before.union(&ScopeSet::from_stored(&new.scope)).to_string())
}
