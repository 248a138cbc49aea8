//! The audit log, read with filters and pages.
use super::ManagementRefusal;
use super::lists::{after, filters};
use crate::Deps;
use crate::page_token::{self, List};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::event::{ActorBody, EventBody, TargetBody};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{Page, PageBody, PageRequest};
use grantor_protocol::management::token_list::Position;
use grantor_store::StoreError;
use grantor_store::events::{EventQuery, EventRecord};

/// A page of the realm's events, newest first.
pub async fn list(deps: &Deps, key: &RealmKey, query: &Params<'_>) -> Result<PageBody<EventBody>, ManagementRefusal> {
    let now = deps.clock.now();
    let request = PageRequest::parse(query, filters(Operation::ListEvents)).map_err(ManagementRefusal::Invalid)?;
    let narrowed = request.narrowed_to();
    let list = List {
        key,
        of: "events",
        filter: &narrowed,
    };
    let behind = after(deps, &list, request.token, now)?;
    let kind = match request.filters[0] {
        None => None,
        Some(text) => Some(EventKind::parse(text).ok_or_else(|| ManagementRefusal::field("kind", "no kind of event"))?),
    };
    let wanted = EventQuery {
        kind,
        actor: request.filters[1],
        target: request.filters[2],
        client: request.filters[3],
        user: request.filters[4],
        address: request.filters[5],
        request_id: request.filters[6],
        since: time("since", request.filters[7])?.max(Some(began(deps, key).await?)),
        until: time("until", request.filters[8])?,
        after: behind.and_then(|p| Some((p.issued_at, p.id.parse().ok()?))),
        limit: request.size + 1,
    };
    let found = deps.store.find_events(key, &wanted).await?;
    let page = Page::cut(found, request.size, |r: &EventRecord| Position {
        issued_at: r.event.at,
        id: r.id.to_string(),
    });
    Ok(PageBody {
        next_page_token: page.next.as_ref().map(|p| page_token::make(deps, &list, p, now)),
        list: [("events", page.records.into_iter().map(body).collect())].into(),
    })
}

/// One event.
pub async fn read(deps: &Deps, key: &RealmKey, id: &str) -> Result<EventBody, ManagementRefusal> {
    let missing = || ManagementRefusal::Missing(Detail::missing("event", id));
    let number = id
        .parse()
        .ok()
        .filter(|n: &i64| n.to_string() == id)
        .ok_or_else(missing)?;
    let began = began(deps, key).await?;
    let found = deps.store.find_event(key, number).await?;
    found.filter(|r| r.event.at >= began).map(body).ok_or_else(missing)
}

/// The log of a deleted realm is kept, and is not for the admins of another one that got its name (O-242).
pub(crate) async fn began(deps: &Deps, key: &RealmKey) -> Result<UnixMillis, StoreError> {
    let realm = deps.store.find_stored_realm(key).await?;
    Ok(realm.map_or(UnixMillis(0), |r| r.meta.created_at))
}

fn time(name: &str, text: Option<&str>) -> Result<Option<UnixMillis>, ManagementRefusal> {
    let read = |text| {
        let at = UnixMillis::from_rfc3339(text);
        at.ok_or_else(|| ManagementRefusal::field(name, "a time as RFC 3339 spells it"))
    };
    text.map(read).transpose()
}

fn body(record: EventRecord) -> EventBody {
    let event = record.event;
    let json = |text: Option<String>| text.and_then(|t| serde_json::from_str(&t).ok());
    EventBody {
        id: record.id.to_string(),
        at: event.at.rfc3339(),
        kind: event.kind.as_str(),
        actor: event.actor.map(|a| ActorBody {
            r#type: a.kind.as_str(),
            id: a.id,
            display_name: a.name,
        }),
        target: event.target.map(|t| TargetBody {
            r#type: t.kind.as_str(),
            id: t.id,
            display_name: t.name,
        }),
        application_id: event.client,
        identity_id: event.user,
        grant_id: event.grant,
        address: event.address,
        request_id: event.request_id,
        detail: event.detail,
        before: json(event.before),
        after: json(event.after),
    }
}
