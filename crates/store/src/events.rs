//! Events: what happened, to whom, by whom, and from where. No secret and no token is ever part of one.
use crate::entities::event;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::{ActorKind, EventKind, RecordKind};
use grantor_protocol::issuer::RealmKey;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: EventKind,
    /// The application's id.
    pub client: Option<String>,
    /// The user's id.
    pub user: Option<String>,
    pub grant: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// In words, for whoever reads the log.
    pub detail: String,
    pub at: UnixMillis,
    /// Who did it.
    pub actor: Option<Actor>,
    /// What it was done to.
    pub target: Option<Target>,
    /// What changed of the target, as JSON: the members before, and after.
    pub before: Option<String>,
    pub after: Option<String>,
    pub request_id: Option<String>,
}

/// Who caused events, and by which request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    pub actor: Option<Actor>,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// Who did something, by the name they had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: String,
    pub name: String,
}

/// What something was done to, by the name it had then: the log keeps it when the record is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub kind: RecordKind,
    pub id: String,
    pub name: String,
}

impl Event {
    /// An event about nothing in particular; callers name what it is about.
    pub fn new(kind: EventKind, at: UnixMillis) -> Self {
        Self {
            kind,
            client: None,
            user: None,
            grant: None,
            address: None,
            detail: String::new(),
            at,
            actor: None,
            target: None,
            before: None,
            after: None,
            request_id: None,
        }
    }

    /// The same event, caused by somebody.
    #[must_use]
    pub fn by(mut self, by: &By) -> Self {
        self.actor.clone_from(&by.actor);
        self.address.clone_from(&by.address);
        self.request_id.clone_from(&by.request_id);
        self
    }
}

/// An event with its number in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    pub id: i64,
    pub event: Event,
}

/// Which events are wanted: those that match everything that is named.
#[derive(Debug, Clone, Default)]
pub struct EventQuery<'a> {
    pub kind: Option<EventKind>,
    pub actor: Option<&'a str>,
    pub target: Option<&'a str>,
    pub client: Option<&'a str>,
    pub user: Option<&'a str>,
    pub address: Option<&'a str>,
    pub request_id: Option<&'a str>,
    /// From this time on, and before that one.
    pub since: Option<UnixMillis>,
    pub until: Option<UnixMillis>,
    /// Only what stands behind this event: its time and number.
    pub after: Option<(UnixMillis, i64)>,
    pub limit: u64,
}

/// A place in the list of a user's events: the one it stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPlace {
    pub at: UnixMillis,
    pub id: i64,
}

impl Store {
    /// The events about a user, newest first: of these kinds alone when any are named, from behind a place.
    pub async fn list_events_of(
        &self,
        key: &RealmKey,
        (user, kinds): (&str, &[EventKind]),
        after: Option<EventPlace>,
        most: u64,
    ) -> Result<Vec<(EventPlace, Event)>> {
        let query = EventQuery {
            user: Some(user),
            after: after.map(|place| (place.at, place.id)),
            limit: most,
            ..EventQuery::default()
        };
        let rows = of_kinds(matching(key, &query), kinds).all(self.read()).await?;
        let listed = rows.into_iter().map(|row| {
            let EventRecord { id, event } = read(row)?;
            Ok((EventPlace { at: event.at, id }, event))
        });
        listed.collect()
    }

    /// The newest events of a realm, newest first.
    pub async fn list_events(&self, key: &RealmKey, most: u64) -> Result<Vec<Event>> {
        let query = EventQuery {
            limit: most,
            ..EventQuery::default()
        };
        let found = self.find_events(key, &query).await?;
        Ok(found.into_iter().map(|r| r.event).collect())
    }

    /// The events of a realm that match, newest first.
    pub async fn find_events(&self, key: &RealmKey, query: &EventQuery<'_>) -> Result<Vec<EventRecord>> {
        let rows = matching(key, query).all(self.read()).await?;
        rows.into_iter().map(read).collect()
    }

    /// One event of a realm.
    pub async fn find_event(&self, key: &RealmKey, id: i64) -> Result<Option<EventRecord>> {
        let row = event::Entity::find_by_id(id)
            .filter(event::Column::Tenant.eq(&*key.tenant))
            .filter(event::Column::Realm.eq(&*key.realm))
            .one(self.read())
            .await?;
        row.map(read).transpose()
    }
}

/// Writes an event in the transaction that makes it happen.
pub(crate) async fn record(on: &impl ConnectionTrait, key: &RealmKey, event: Event) -> Result<()> {
    let (actor, target) = (event.actor.as_ref(), event.target.as_ref());
    let row = event::ActiveModel {
        id: NotSet,
        tenant: Set(key.tenant.to_string()),
        realm: Set(key.realm.to_string()),
        kind: Set(event.kind.as_str().into()),
        actor_kind: Set(actor.map(|a| a.kind.as_str().into())),
        actor: Set(actor.map(|a| a.id.clone())),
        actor_name: Set(actor.map(|a| a.name.clone())),
        target_kind: Set(target.map(|t| t.kind.as_str().into())),
        target: Set(target.map(|t| t.id.clone())),
        target_name: Set(target.map(|t| t.name.clone())),
        client: Set(event.client),
        user: Set(event.user),
        grant_id: Set(event.grant),
        address: Set(event.address),
        detail: Set(event.detail),
        at: Set(event.at.0),
        before: Set(event.before),
        after: Set(event.after),
        request_id: Set(event.request_id),
    };
    event::Entity::insert(row).exec_without_returning(on).await?;
    Ok(())
}

/// By time first, as every index has it; what happened in the same millisecond in the order it was written.
fn matching(key: &RealmKey, query: &EventQuery<'_>) -> Select<event::Entity> {
    use event::Column as C;
    let mut wanted = Condition::all()
        .add(C::Tenant.eq(&*key.tenant))
        .add(C::Realm.eq(&*key.realm));
    let named = [
        (C::Kind, query.kind.map(EventKind::as_str)),
        (C::Actor, query.actor),
        (C::Target, query.target),
        (C::Client, query.client),
        (C::User, query.user),
        (C::Address, query.address),
        (C::RequestId, query.request_id),
    ];
    for (column, value) in named {
        wanted = wanted.add_option(value.map(|v| column.eq(v)));
    }
    wanted = wanted
        .add_option(query.since.map(|t| C::At.gte(t.0)))
        .add_option(query.until.map(|t| C::At.lt(t.0)));
    if let Some((at, id)) = query.after {
        wanted = wanted.add(C::At.lte(at.0)).add(C::At.lt(at.0).or(C::Id.lt(id)));
    }
    event::Entity::find()
        .filter(wanted)
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(query.limit)
}

/// Not by the index of kinds: what else narrows the list is read from the end of its own.
fn of_kinds(rows: Select<event::Entity>, kinds: &[EventKind]) -> Select<event::Entity> {
    if kinds.is_empty() {
        return rows;
    }
    rows.filter(Expr::cust("COALESCE(\"event\".\"kind\", '')").is_in(kinds.iter().map(|k| k.as_str())))
}

fn read(row: event::Model) -> Result<EventRecord> {
    let corrupt = |column, value: &str| StoreError::corrupt("event", column, &row.id.to_string(), value);
    let kind = EventKind::parse(&row.kind).ok_or_else(|| corrupt("kind", &row.kind))?;
    let actor = match (row.actor_kind, row.actor) {
        (Some(kind), Some(id)) => Some(Actor {
            kind: ActorKind::parse(&kind).ok_or_else(|| corrupt("actor_kind", &kind))?,
            name: row.actor_name.unwrap_or_default(),
            id,
        }),
        _ => None,
    };
    let target = match (row.target_kind, row.target) {
        (Some(kind), Some(id)) => Some(Target {
            kind: RecordKind::parse(&kind).ok_or_else(|| corrupt("target_kind", &kind))?,
            name: row.target_name.unwrap_or_default(),
            id,
        }),
        _ => None,
    };
    let event = Event {
        kind,
        client: row.client,
        user: row.user,
        grant: row.grant_id,
        address: row.address,
        detail: row.detail,
        at: UnixMillis(row.at),
        actor,
        target,
        before: row.before,
        after: row.after,
        request_id: row.request_id,
    };
    Ok(EventRecord { id: row.id, event })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatabaseSettings;
    use grantor_migrations::{Migrator, MigratorTrait};
    use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

    #[tokio::test]
    async fn the_newest_events_are_read_from_the_end_of_an_index() -> std::result::Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let database = Store::open_for_migration(&DatabaseSettings::in_folder(folder.path())).await?;
        Migrator::up(&database, None).await?;
        let all = EventQuery::default();
        let of = |change: fn(&mut EventQuery<'static>)| {
            let mut query = all.clone();
            change(&mut query);
            query
        };
        for (query, index) in [
            (of(|_| ()), "(tenant=? AND realm=?"),
            (
                of(|q| q.after = Some((UnixMillis(5), 5))),
                "(tenant=? AND realm=? AND at<?",
            ),
            (of(|q| q.actor = Some("a")), "(tenant=? AND realm=? AND actor=?"),
            (of(|q| q.target = Some("a")), "(tenant=? AND realm=? AND target=?"),
            (of(|q| q.client = Some("a")), "(tenant=? AND realm=? AND client=?"),
            (of(|q| q.user = Some("a")), "(tenant=? AND realm=? AND user=?"),
            (of(|q| q.address = Some("a")), "(tenant=? AND realm=? AND address=?"),
            (
                of(|q| q.request_id = Some("a")),
                "(tenant=? AND realm=? AND request_id=?",
            ),
            (
                of(|q| q.kind = Some(EventKind::UserCreated)),
                "(tenant=? AND realm=? AND kind=?",
            ),
        ] {
            // Several kinds at once change nothing of it.
            let kinds = query.user.map_or(&[][..], |_| EventKind::ALL);
            let statement = of_kinds(matching(&RealmKey::new("t", "r"), &query), kinds).build(DbBackend::Sqlite);
            let explain = Statement {
                sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
                ..statement
            };
            let mut plan = Vec::new();
            for row in database.query_all_raw(explain).await? {
                plan.push(row.try_get::<String>("", "detail")?);
            }
            assert_eq!(plan.len(), 1, "{query:?} {plan:?}");
            assert!(
                plan[0].starts_with("SEARCH event USING INDEX") && plan[0].contains(index),
                "{query:?} {plan:?}"
            );
        }
        Ok(())
    }
}
