//! Management writes: rare, whole records, in one transaction with the changes they announce.
//!
//! A record that is already what it should become is left alone: no new version, no announced change.
mod clients;
mod ends;
mod people;
mod resource_servers;

pub use people::NewRole;

use crate::changes;
use crate::entities::{realm, tenant};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, EntityTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

/// One transaction of management writes. Dropping it undoes everything.
pub struct Management<'a> {
    store: &'a Store,
    transaction: DatabaseTransaction,
    now: UnixMillis,
}

impl Store {
    /// Begins management writes at `now`.
    pub async fn manage(&self, now: UnixMillis) -> Result<Management<'_>> {
        Ok(Management {
            store: self,
            transaction: self.begin().await?,
            now,
        })
    }

    /// Takes the write lock at once: a transaction that reads first could not take it any more after somebody else's commit.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.background().begin_with_options(options).await?)
    }
}

impl Management<'_> {
    /// Makes everything durable and tells every process.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await?;
        self.store.ring();
        Ok(())
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
        changes::record(&self.transaction, key, kind, subject, self.now).await
    }

    /// Whether any tenant exists by now: of two first starts at once only one installs.
    pub async fn is_installed(&self) -> Result<bool> {
        Ok(tenant::Entity::find().one(&self.transaction).await?.is_some())
    }

    /// A new tenant.
    pub async fn insert_tenant(&self, id: &str, display_name: &str) -> Result<()> {
        let row = tenant::ActiveModel {
            id: Set(id.into()),
            display_name: Set(display_name.into()),
            created_at: Set(self.now.0),
        };
        tenant::Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }

    /// A new realm.
    pub async fn insert_realm(&self, key: &RealmKey, display_name: &str, serves_root: bool) -> Result<()> {
        let row = realm::ActiveModel {
            tenant: Set(key.tenant.to_string()),
            id: Set(key.realm.to_string()),
            display_name: Set(display_name.into()),
            serves_root: Set(serves_root),
            created_at: Set(self.now.0),
        };
        realm::Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(key, "realm", &key.realm).await
    }
}
