//! Events: what happened, to whom, and from where. No secret and no token is ever part of one.
use crate::entities::event;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::EventKind;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::ExprTrait,
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
        }
    }
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
        use event::Column as C;
        let mut rows = newest(key, most).filter(C::User.eq(user));
        if !kinds.is_empty() {
            rows = rows.filter(C::Kind.is_in(kinds.iter().map(|k| k.as_str())));
        }
        if let Some(EventPlace { at, id }) = after {
            // The first half bounds the index, the second splits events of the same millisecond.
            rows = rows.filter(C::At.lte(at.0)).filter(C::At.lt(at.0).or(C::Id.lt(id)));
        }
        let place = |row: &event::Model| EventPlace {
            at: UnixMillis(row.at),
            id: row.id,
        };
        let rows = rows.all(self.read()).await?;
        rows.into_iter().map(|row| Ok((place(&row), read(row)?))).collect()
    }

    /// The newest events of a realm, newest first.
    pub async fn list_events(&self, key: &RealmKey, most: u64) -> Result<Vec<Event>> {
        let rows = newest(key, most).all(self.read()).await?;
        rows.into_iter().map(read).collect()
    }
}

/// Writes an event in the transaction that makes it happen.
pub(crate) async fn record(on: &impl ConnectionTrait, key: &RealmKey, event: Event) -> Result<()> {
    let row = event::ActiveModel {
        id: NotSet,
        tenant: Set(key.tenant.to_string()),
        realm: Set(key.realm.to_string()),
        kind: Set(event.kind.as_str().into()),
        client: Set(event.client),
        user: Set(event.user),
        grant_id: Set(event.grant),
        address: Set(event.address),
        detail: Set(event.detail),
        at: Set(event.at.0),
    };
    event::Entity::insert(row).exec_without_returning(on).await?;
    Ok(())
}

/// By time first, as the index has it; what happened in the same millisecond in the order it was written.
fn newest(key: &RealmKey, most: u64) -> Select<event::Entity> {
    event::Entity::find()
        .filter(event::Column::Tenant.eq(&*key.tenant))
        .filter(event::Column::Realm.eq(&*key.realm))
        .order_by_desc(event::Column::At)
        .order_by_desc(event::Column::Id)
        .limit(most)
}

fn read(row: event::Model) -> Result<Event> {
    let kind = EventKind::parse(&row.kind)
        .ok_or_else(|| StoreError::corrupt("event", "kind", &row.id.to_string(), &row.kind))?;
    Ok(Event {
        kind,
        client: row.client,
        user: row.user,
        grant: row.grant_id,
        address: row.address,
        detail: row.detail,
        at: UnixMillis(row.at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantor_migrations::{Migrator, MigratorTrait};
    use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

    #[tokio::test]
    async fn the_newest_events_are_read_from_the_end_of_an_index() -> std::result::Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let database = Store::open_for_migration(&folder.path().join("grantor.sqlite")).await?;
        Migrator::up(&database, None).await?;
        let query = newest(&RealmKey::new("t", "r"), 10).build(DbBackend::Sqlite);
        let explain = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", query.sql),
            ..query
        };
        let mut plan = Vec::new();
        for row in database.query_all_raw(explain).await? {
            plan.push(row.try_get::<String>("", "detail")?);
        }
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert!(
            plan[0].starts_with("SEARCH event USING INDEX") && plan[0].ends_with("(tenant=? AND realm=?)"),
            "{plan:?}"
        );
        Ok(())
    }
}
