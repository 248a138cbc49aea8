//! How many tokens an application was issued and refused, by the hour.
use crate::entities::token_tally;
use crate::events::Event;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// What is added to an hour, and examples for the log.
#[derive(Debug, Clone)]
pub struct NewTally {
    /// The application's id.
    pub client: String,
    /// When the hour begins.
    pub hour: UnixMillis,
    pub issued: i64,
    pub refused: i64,
    pub last_at: UnixMillis,
    pub examples: Vec<Event>,
}

/// One hour of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TallyRecord {
    pub hour: UnixMillis,
    pub issued: i64,
    pub refused: i64,
    pub last_at: UnixMillis,
}

impl Store {
    /// The hours of an application from `since` on, newest first; at most a month of them.
    pub async fn list_tallies(&self, key: &RealmKey, client: &str, since: UnixMillis) -> Result<Vec<TallyRecord>> {
        use token_tally::Column as C;
        let rows = token_tally::Entity::find()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::Client.eq(client))
            .filter(C::Hour.gte(since.0))
            .order_by_desc(C::Hour)
            .limit(31 * 24)
            .all(self.read())
            .await?;
        let record = |row: token_tally::Model| TallyRecord {
            hour: UnixMillis(row.hour),
            issued: row.issued,
            refused: row.refused,
            last_at: UnixMillis(row.last_at),
        };
        Ok(rows.into_iter().map(record).collect())
    }
}
