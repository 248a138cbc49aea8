//! Events.
use crate::Result;
use crate::events::Event;
use grantor_protocol::issuer::RealmKey;
use rusqlite::{Connection, params};

pub(super) fn insert(on: &Connection, key: &RealmKey, event: &Event) -> Result<()> {
    let sql = "INSERT INTO event (tenant, realm, kind, client, user, grant_id, address, detail, at, actor_kind, actor, actor_name,
               target_kind, target, target_name, before, after, request_id)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";
    let (actor, target) = (event.actor.as_ref(), event.target.as_ref());
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
        actor.map(|a| a.kind.as_str()),
        actor.map(|a| &a.id),
        actor.map(|a| &a.name),
        target.map(|t| t.kind.as_str()),
        target.map(|t| &t.id),
        target.map(|t| &t.name),
        event.before,
        event.after,
        event.request_id,
    ])?;
    Ok(())
}
