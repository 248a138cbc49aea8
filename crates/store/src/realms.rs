//! Tenants and realms.
use crate::entities::{realm, tenant};
use crate::listing::{Wanted, newest_first};
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::place::{Realm, Tenant};
use grantor_protocol::management::record::{Meta, Stored};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

impl Store {
    /// A realm that answers: one that is there, enabled, and whose tenant is.
    pub async fn find_realm(&self, key: &RealmKey) -> Result<Option<Realm>> {
        let found = find_realm(self.read(), key).await?.map(|r| r.record);
        self.of_enabled_tenant(found).await
    }

    /// The realm `/` serves; `None` on an installation that was never started, or while the realm is disabled.
    pub async fn find_root_realm(&self) -> Result<Option<Realm>> {
        let row = realm::Entity::find()
            .filter(realm::Column::ServesRoot.eq(true))
            .one(self.read())
            .await?;
        self.of_enabled_tenant(row.map(|r| realm_from_row(r).record)).await
    }

    async fn of_enabled_tenant(&self, found: Option<Realm>) -> Result<Option<Realm>> {
        let Some(realm) = found.filter(|r| r.enabled) else {
            return Ok(None);
        };
        let tenant = find_tenant(self.read(), &realm.key.tenant).await?;
        Ok(tenant.filter(|t| t.record.enabled).map(|_| realm))
    }

    /// A realm, whatever its state.
    pub async fn find_stored_realm(&self, key: &RealmKey) -> Result<Option<Stored<Realm>>> {
        find_realm(self.read(), key).await
    }

    /// A tenant, whatever its state.
    pub async fn find_tenant(&self, id: &str) -> Result<Option<Stored<Tenant>>> {
        find_tenant(self.read(), id).await
    }

    /// The tenants, newest first.
    pub async fn list_tenants(&self, wanted: Wanted<'_>) -> Result<Vec<Stored<Tenant>>> {
        let rows = tenants(wanted);
        Ok(rows.all(self.read()).await?.into_iter().map(tenant_from_row).collect())
    }

    /// The realms of a tenant, newest first.
    pub async fn list_realms(&self, tenant: &str, wanted: Wanted<'_>) -> Result<Vec<Stored<Realm>>> {
        let rows = realms_of(tenant, wanted);
        Ok(rows.all(self.read()).await?.into_iter().map(realm_from_row).collect())
    }

    /// Whether any tenant exists: false before the first start.
    pub async fn is_installed(&self) -> Result<bool> {
        Ok(tenant::Entity::find().one(self.background()).await?.is_some())
    }
}

pub(crate) fn tenants(wanted: Wanted<'_>) -> Select<tenant::Entity> {
    use tenant::Column as C;
    newest_first(tenant::Entity::find(), (C::CreatedAt, C::Id), wanted)
}

pub(crate) fn realms_of(tenant: &str, wanted: Wanted<'_>) -> Select<realm::Entity> {
    use realm::Column as C;
    let select = realm::Entity::find().filter(C::Tenant.eq(tenant));
    newest_first(select, (C::CreatedAt, C::Id), wanted)
}

pub(crate) async fn find_realm(on: &impl ConnectionTrait, key: &RealmKey) -> Result<Option<Stored<Realm>>> {
    let row = realm::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string()));
    Ok(row.one(on).await?.map(realm_from_row))
}

pub(crate) async fn find_tenant(on: &impl ConnectionTrait, id: &str) -> Result<Option<Stored<Tenant>>> {
    Ok(tenant::Entity::find_by_id(id).one(on).await?.map(tenant_from_row))
}

fn realm_from_row(row: realm::Model) -> Stored<Realm> {
    Stored {
        meta: meta(row.version, row.created_at, row.updated_at),
        record: Realm {
            key: RealmKey::new(row.tenant, row.id),
            display_name: row.display_name,
            enabled: row.enabled,
            serves_root: row.serves_root,
        },
    }
}

fn tenant_from_row(row: tenant::Model) -> Stored<Tenant> {
    Stored {
        meta: meta(row.version, row.created_at, row.updated_at),
        record: Tenant {
            id: row.id,
            display_name: row.display_name,
            enabled: row.enabled,
        },
    }
}

fn meta(version: i64, created_at: i64, updated_at: i64) -> Meta {
    Meta {
        version,
        managed_by: None,
        created_at: UnixMillis(created_at),
        updated_at: UnixMillis(updated_at),
    }
}
