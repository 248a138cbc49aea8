//! Events.
use super::unit::{Insert, Unit, Value, values};
use crate::Result;
use crate::events::Event;
use grantor_protocol::issuer::RealmKey;

pub(super) static INSERT: Insert = Insert::into(
    "event",
    "tenant, realm, kind, client, \"user\", grant_id, address, detail, at, actor_kind, actor, actor_name,
     target_kind, target, target_name, before, after, request_id",
);

pub(super) fn row<'a>(key: &'a RealmKey, event: &'a Event) -> [Value<'a>; 18] {
    let (actor, target) = (event.actor.as_ref(), event.target.as_ref());
    values![
        &*key.tenant,
        &*key.realm,
        event.kind.as_str(),
        &event.client,
        &event.user,
        &event.grant,
        &event.address,
        &event.detail,
        event.at.0,
        actor.map(|a| a.kind.as_str()),
        actor.map(|a| &a.id),
        actor.map(|a| &a.name),
        target.map(|t| t.kind.as_str()),
        target.map(|t| &t.id),
        target.map(|t| &t.name),
        &event.before,
        &event.after,
        &event.request_id,
    ]
}

pub(super) fn insert(on: Unit<'_>, key: &RealmKey, event: &Event) -> Result<()> {
    INSERT.one(on, &row(key, event))
}
