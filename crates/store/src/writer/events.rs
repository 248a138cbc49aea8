//! Events.
use crate::Result;
use crate::events::Event;
use grantor_protocol::issuer::RealmKey;
use rusqlite::{Connection, params};

pub(super) fn insert(on: &Connection, key: &RealmKey, event: &Event) -> Result<()> {
    let sql = "INSERT INTO event (tenant, realm, kind, client, user, grant_id, address, detail, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        event.kind.as_str(),
        event.client,
        event.user,
        event.grant,
        event.address,
        event.detail,
        event.at.0,
    ])?;
    Ok(())
}
