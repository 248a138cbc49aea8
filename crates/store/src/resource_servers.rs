//! Resource servers, and what they authenticate with.
use crate::entities::{resource_server, resource_server_credential};
use crate::listing::{Wanted, newest_first};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::{Meta, Stored};
use grantor_protocol::resource_server::ResourceServer;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

/// What a resource server authenticates with (decision 23).
#[derive(Debug, Clone)]
pub struct CredentialRecord {
    pub id: String,
    pub mac: Vec<u8>,
    pub created_at: UnixMillis,
    pub expires_at: Option<UnixMillis>,
    pub resource_server: ResourceServer,
}

impl Store {
    /// The credential a resource server presents at the introspection endpoint.
    pub async fn find_credential(&self, key: &RealmKey, id: &str) -> Result<Option<CredentialRecord>> {
        let id_of_row = (key.tenant.to_string(), key.realm.to_string(), id.to_owned());
        let Some(row) = resource_server_credential::Entity::find_by_id(id_of_row)
            .one(self.read())
            .await?
        else {
            return Ok(None);
        };
        let Some(resource_server) = self.find_resource_server(key, &row.resource_server).await? else {
            return Ok(None);
        };
        let (created_at, expires_at) = (UnixMillis(row.created_at), row.expires_at.map(UnixMillis));
        Ok(Some(CredentialRecord {
            id: row.id,
            mac: row.mac,
            created_at,
            expires_at,
            resource_server,
        }))
    }

    /// A resource server by its id.
    pub async fn find_resource_server(&self, key: &RealmKey, id: &str) -> Result<Option<ResourceServer>> {
        find_resource_server(self.read(), key, id).await
    }

    /// Every resource server of a realm.
    pub async fn list_resource_servers(&self, key: &RealmKey) -> Result<Vec<ResourceServer>> {
        let rows = of_realm(key).all(self.read()).await?;
        rows.into_iter().map(server_from_row).collect()
    }

    /// The resource servers of a realm, newest first; with `identifier` the one that has it.
    pub async fn page_of_resource_servers(
        &self,
        key: &RealmKey,
        identifier: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Stored<ResourceServer>>> {
        use resource_server::Column as C;
        let mut select = of_realm(key);
        if let Some(identifier) = identifier {
            select = select.filter(C::Identifier.eq(identifier));
        }
        let rows = newest_first(select, (C::CreatedAt, C::Id), wanted);
        rows.all(self.read()).await?.into_iter().map(stored_server).collect()
    }

    /// One resource server.
    pub async fn find_stored_server(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<ResourceServer>>> {
        find_stored(self.read(), key, id).await
    }

    /// The credentials of a resource server: id, when it was made, when it ends.
    pub async fn list_credentials(
        &self,
        key: &RealmKey,
        server: &str,
    ) -> Result<Vec<(String, UnixMillis, Option<UnixMillis>)>> {
        use resource_server_credential::Column as C;
        let rows = resource_server_credential::Entity::find()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::ResourceServer.eq(server))
            .order_by_asc(C::Id)
            .all(self.read())
            .await?;
        let one = |r: resource_server_credential::Model| (r.id, UnixMillis(r.created_at), r.expires_at.map(UnixMillis));
        Ok(rows.into_iter().map(one).collect())
    }

    /// The id of every resource server's credential, for fingerprints.
    pub async fn list_credential_ids(&self) -> Result<Vec<[String; 3]>> {
        use resource_server_credential::Column::{Id, Realm, Tenant};
        let query = resource_server_credential::Entity::find()
            .select_only()
            .columns([Tenant, Realm, Id]);
        let rows: Vec<(String, String, String)> = query.into_tuple().all(self.background()).await?;
        Ok(rows.into_iter().map(<[String; 3]>::from).collect())
    }
}

fn of_realm(key: &RealmKey) -> Select<resource_server::Entity> {
    resource_server::Entity::find()
        .filter(resource_server::Column::Tenant.eq(&*key.tenant))
        .filter(resource_server::Column::Realm.eq(&*key.realm))
}

pub(crate) async fn find_stored(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    id: &str,
) -> Result<Option<Stored<ResourceServer>>> {
    let row = resource_server::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
    row.one(on).await?.map(stored_server).transpose()
}

pub(crate) async fn find_identified(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    identifier: &str,
) -> Result<Option<Stored<ResourceServer>>> {
    let row = of_realm(key).filter(resource_server::Column::Identifier.eq(identifier));
    row.one(on).await?.map(stored_server).transpose()
}

pub(crate) async fn find_resource_server(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    id: &str,
) -> Result<Option<ResourceServer>> {
    let row = resource_server::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
    row.one(on).await?.map(server_from_row).transpose()
}

pub(crate) fn stored_server(row: resource_server::Model) -> Result<Stored<ResourceServer>> {
    let meta = Meta {
        version: row.version,
        managed_by: row.managed_by.clone(),
        created_at: UnixMillis(row.created_at),
        updated_at: UnixMillis(row.updated_at),
    };
    server_from_row(row).map(|record| Stored { record, meta })
}

fn server_from_row(row: resource_server::Model) -> Result<ResourceServer> {
    let scopes =
        serde_json::from_str(&row.scopes).map_err(|e| StoreError::corrupt("resource_server", "scopes", &row.id, e))?;
    Ok(ResourceServer {
        key: RealmKey::new(row.tenant, row.realm),
        id: row.id,
        identifier: row.identifier,
        display_name: row.display_name,
        is_managed: row.is_managed,
        role_bounded: row.role_bounded,
        scopes,
    })
}
