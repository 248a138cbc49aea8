//! Management writes: rare, whole records, in one transaction with the changes they announce.
//!
//! A record that is already what it should become is left alone: no new version, no announced change.
mod clients;
mod ends;
mod groups;
mod people;
mod places;
mod resource_servers;
mod roles;

use crate::changes::{self, Change};
use crate::connect::Transaction;
use crate::events::{self, Event};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::RecordKind;
use grantor_protocol::issuer::RealmKey;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use std::sync::{Mutex, PoisonError};

/// One transaction of management writes. Dropping it undoes everything.
pub struct Management<'a> {
    store: &'a Store,
    transaction: Transaction,
    now: UnixMillis,
    announced: Mutex<Vec<Change>>,
}

impl Store {
    /// Begins management writes at `now`.
    pub async fn manage(&self, now: UnixMillis) -> Result<Management<'_>> {
        Ok(Management {
            store: self,
            transaction: self.begin().await?,
            now,
            announced: Mutex::default(),
        })
    }
}

impl Management<'_> {
    /// Makes everything durable and tells every process. What changed is returned, for this process to take in at once.
    pub async fn commit(self) -> Result<Vec<Change>> {
        self.transaction.commit().await?;
        self.store.ring();
        Ok(self.announced.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// When these writes happen.
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// They waited for their turn until `now`: what others wrote meanwhile happened before.
    pub fn waited_until(&mut self, now: UnixMillis) {
        self.now = now;
    }

    async fn changed(&self, key: &RealmKey, kind: &str, subject: &str) -> Result<()> {
        changes::record(&self.transaction, key, kind, subject, self.now).await?;
        let change = Change {
            key: key.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
        };
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced.push(change);
        Ok(())
    }

    /// Writes an event in the transaction that makes it happen.
    pub async fn tell(&self, key: &RealmKey, event: Event) -> Result<()> {
        events::record(&self.transaction, key, event).await
    }

    /// Which set of documents owns a record from now on.
    pub async fn own(&self, key: &RealmKey, (kind, id): (RecordKind, &str), owner: Option<&str>) -> Result<()> {
        let Some(table) = table_of(kind) else { return Ok(()) };
        let mut update = Query::update();
        update
            .table(table)
            .value("managed_by", owner)
            .and_where(Expr::col("tenant").eq(&*key.tenant))
            .and_where(Expr::col("realm").eq(&*key.realm))
            .and_where(Expr::col("id").eq(id));
        self.transaction.execute(&update).await?;
        Ok(())
    }

    /// The ids of the records of a kind that a set of documents owns.
    pub async fn owned(&self, key: &RealmKey, kind: RecordKind, owner: &str) -> Result<Vec<String>> {
        let Some(table) = table_of(kind) else {
            return Ok(Vec::new());
        };
        let mut select = Query::select();
        select
            .column("id")
            .from(table)
            .and_where(Expr::col("tenant").eq(&*key.tenant))
            .and_where(Expr::col("realm").eq(&*key.realm))
            .and_where(Expr::col("managed_by").eq(owner))
            .order_by("id", sea_orm::Order::Asc);
        let rows = self.transaction.query_all(&select).await?;
        let ids = rows.into_iter().map(|row| row.try_get("", "id"));
        Ok(ids.collect::<std::result::Result<_, _>>()?)
    }

    /// Deletes the rows of a realm whose `column` is `value`.
    async fn delete_where(
        &self,
        table: &'static str,
        key: &RealmKey,
        (column, value): (&'static str, &str),
    ) -> Result<()> {
        let mut delete = Query::delete();
        delete
            .from_table(table)
            .and_where(Expr::col("tenant").eq(&*key.tenant))
            .and_where(Expr::col("realm").eq(&*key.realm))
            .and_where(Expr::col(column).eq(value));
        self.transaction.execute(&delete).await?;
        Ok(())
    }
}

/// The table of the kinds that documents own.
fn table_of(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Application => Some("client"),
        RecordKind::ResourceServer => Some("resource_server"),
        RecordKind::Role => Some("role"),
        RecordKind::User => Some("user"),
        RecordKind::Group => Some("user_group"),
        RecordKind::Tenant | RecordKind::Realm | RecordKind::SigningKey | RecordKind::Token => None,
    }
}
