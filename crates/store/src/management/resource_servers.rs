//! Resource servers and their introspection credentials.
use super::Management;
use crate::entities::{resource_server, resource_server_credential};
use crate::resource_servers::{find_identified, find_resource_server, find_stored};
use crate::{Result, StoreError};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::Stored;
use grantor_protocol::resource_server::ResourceServer;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, EntityTrait};

impl Management<'_> {
    /// A resource server by its id.
    pub async fn resource_server(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<ResourceServer>>> {
        find_stored(&self.transaction, key, id).await
    }

    /// A resource server by its identifier.
    pub async fn resource_server_identified(
        &self,
        key: &RealmKey,
        identifier: &str,
    ) -> Result<Option<Stored<ResourceServer>>> {
        find_identified(&self.transaction, key, identifier).await
    }

    /// Whose the credential `id` is: the id of its resource server.
    pub async fn owner_of_credential(&self, key: &RealmKey, id: &str) -> Result<Option<String>> {
        let id = (key.tenant.to_string(), key.realm.to_string(), id.to_owned());
        let row = resource_server_credential::Entity::find_by_id(id);
        Ok(row.one(&self.transaction).await?.map(|r| r.resource_server))
    }

    /// Deletes a credential.
    pub async fn delete_credential(&self, server: &ResourceServer, id: &str) -> Result<()> {
        self.delete_where("resource_server_credential", &server.key, ("id", id))
            .await?;
        self.changed(&server.key, "credential", id).await
    }

    /// Deletes a resource server that nothing uses, and what it authenticates with.
    pub async fn delete_resource_server(&self, server: &ResourceServer) -> Result<()> {
        let (key, id) = (&server.key, server.id.as_str());
        self.delete_where("resource_server_credential", key, ("resource_server", id))
            .await?;
        self.delete_where("resource_server", key, ("id", id)).await?;
        self.changed(key, "resource_server", id).await
    }

    /// Makes or replaces a resource server; the record was judged before.
    pub async fn save_resource_server(&self, server: &ResourceServer) -> Result<()> {
        use resource_server::Column as C;
        if find_resource_server(&self.transaction, &server.key, &server.id)
            .await?
            .as_ref()
            == Some(server)
        {
            return Ok(());
        }
        let scopes = serde_json::to_string(&server.scopes)
            .map_err(|e| StoreError::corrupt("resource_server", "scopes", &server.id, e))?;
        let row = resource_server::ActiveModel {
            tenant: Set(server.key.tenant.to_string()),
            realm: Set(server.key.realm.to_string()),
            id: Set(server.id.clone()),
            identifier: Set(server.identifier.clone()),
            display_name: Set(server.display_name.clone()),
            is_managed: Set(server.is_managed),
            role_bounded: Set(server.role_bounded),
            scopes: Set(scopes),
            version: Set(1),
            created_at: Set(self.now.0),
            updated_at: Set(self.now.0),
            managed_by: Set(None),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns([C::Identifier, C::DisplayName, C::RoleBounded, C::Scopes, C::UpdatedAt])
            .value(C::Version, Expr::cust("resource_server.version + 1"))
            .to_owned();
        resource_server::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&server.key, "resource_server", &server.id).await
    }

    /// Adds or replaces what a resource server authenticates with; whether anything changed.
    pub async fn save_credential(&self, server: &ResourceServer, id: &str, mac: [u8; 32]) -> Result<bool> {
        use resource_server_credential::Column as C;
        let key = (
            server.key.tenant.to_string(),
            server.key.realm.to_string(),
            id.to_owned(),
        );
        let stored = resource_server_credential::Entity::find_by_id(key)
            .one(&self.transaction)
            .await?;
        if stored.is_some_and(|s| s.resource_server == server.id && s.mac == mac) {
            return Ok(false);
        }
        let row = resource_server_credential::ActiveModel {
            tenant: Set(server.key.tenant.to_string()),
            realm: Set(server.key.realm.to_string()),
            id: Set(id.into()),
            resource_server: Set(server.id.clone()),
            mac: Set(mac.to_vec()),
            created_at: Set(self.now.0),
            expires_at: Set(None),
            last_used_at: Set(None),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns([C::ResourceServer, C::Mac])
            .to_owned();
        resource_server_credential::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&server.key, "credential", id).await?;
        Ok(true)
    }
}
