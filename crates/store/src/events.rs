//! Events: what happened, to whom, and from where. No secret and no token is ever part of one.
use crate::entities::event;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::EventKind;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
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

impl Store {
    /// The newest events of a realm, newest first.
    pub async fn list_events(&self, key: &RealmKey, most: u64) -> Result<Vec<Event>> {
        let rows = event::Entity::find()
            .filter(event::Column::Tenant.eq(&*key.tenant))
            .filter(event::Column::Realm.eq(&*key.realm))
            .order_by_desc(event::Column::Id)
            .limit(most)
            .all(self.read())
            .await?;
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
