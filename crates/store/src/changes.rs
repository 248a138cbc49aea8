//! The change feed: a sequence every process reads to learn what others changed.
use crate::entities::change;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// One change: what kind of thing, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    pub key: RealmKey,
    pub kind: String,
    pub subject: String,
}

/// Changes read at once.
const BATCH: u64 = 1000;

impl Store {
    /// Changes after `seq`, oldest first. On SQLite one writer commits at a time, so the sequence is the order of commits.
    pub async fn list_changes(&self, seq: i64) -> Result<Vec<Change>> {
        let rows = change::Entity::find()
            .filter(change::Column::Seq.gt(seq))
            .order_by_asc(change::Column::Seq)
            .limit(BATCH)
            .all(self.background())
            .await?;
        Ok(rows
            .into_iter()
            .map(|r| Change {
                seq: r.seq,
                key: RealmKey::new(r.tenant, r.realm),
                kind: r.kind,
                subject: r.subject,
            })
            .collect())
    }

    /// Where the feed stands now; 0 when nothing has ever changed.
    pub async fn last_change(&self) -> Result<i64> {
        let last: Option<Option<i64>> = change::Entity::find()
            .select_only()
            .column_as(change::Column::Seq.max(), "last")
            .into_tuple()
            .one(self.background())
            .await?;
        Ok(last.flatten().unwrap_or(0))
    }
}

/// Writes a change in the transaction that makes it.
pub(crate) async fn record(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    kind: &str,
    subject: &str,
    now: UnixMillis,
) -> Result<()> {
    let row = change::ActiveModel {
        seq: NotSet,
        tenant: Set(key.tenant.to_string()),
        realm: Set(key.realm.to_string()),
        kind: Set(kind.into()),
        subject: Set(subject.into()),
        at: Set(now.0),
    };
    change::Entity::insert(row).exec_without_returning(on).await?;
    Ok(())
}
