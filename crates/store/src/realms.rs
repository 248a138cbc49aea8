//! Tenants and realms.
use crate::entities::{realm, tenant};
use crate::{Result, Store};
use grantor_protocol::issuer::RealmKey;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// A realm as the catalog keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmRecord {
    pub key: RealmKey,
    pub display_name: String,
    /// Whether `/` serves this realm.
    pub serves_root: bool,
}

impl Store {
    /// A realm by tenant and id.
    pub async fn find_realm(&self, key: &RealmKey) -> Result<Option<RealmRecord>> {
        let row = realm::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string()))
            .one(self.read())
            .await?;
        Ok(row.map(record))
    }

    /// The realm `/` serves; `None` on an installation that was never started.
    pub async fn find_root_realm(&self) -> Result<Option<RealmRecord>> {
        let row = realm::Entity::find()
            .filter(realm::Column::ServesRoot.eq(true))
            .one(self.read())
            .await?;
        Ok(row.map(record))
    }

    /// Whether any tenant exists: false before the first start.
    pub async fn is_installed(&self) -> Result<bool> {
        Ok(tenant::Entity::find().one(self.background()).await?.is_some())
    }
}

fn record(row: realm::Model) -> RealmRecord {
    RealmRecord {
        key: RealmKey::new(row.tenant, row.id),
        display_name: row.display_name,
        serves_root: row.serves_root,
    }
}
