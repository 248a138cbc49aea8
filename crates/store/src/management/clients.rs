//! Clients and their secrets.
use super::Management;
use crate::clients::{SecretRecord, clients_of_server, find_client, find_client_named, secrets_of};
use crate::entities::{client, client_origin, client_secret};
use crate::{Result, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::Stored;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Management<'_> {
    /// An application by its id.
    pub async fn client(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<Client>>> {
        find_client(&self.transaction, key, id).await
    }

    /// An application by its `client_id`.
    pub async fn client_named(&self, key: &RealmKey, client_id: &str) -> Result<Option<Stored<Client>>> {
        find_client_named(&self.transaction, key, client_id).await
    }

    /// Applications linked to a resource server: ten at most.
    pub async fn clients_of_server(&self, key: &RealmKey, server: &str) -> Result<Vec<Stored<Client>>> {
        clients_of_server(&self.transaction, key, server).await
    }

    /// The secrets of an application, oldest first.
    pub async fn client_secrets(&self, client: &Client) -> Result<Vec<SecretRecord>> {
        secrets_of(&self.transaction, &client.key, &client.id).await
    }

    /// Makes or replaces a client and returns what stood there before; the record was judged before.
    pub async fn save_client(&self, client: &Client) -> Result<Option<Client>> {
        let stored = self.client(&client.key, &client.id).await?.map(|s| s.record);
        if let Some(stored) = &stored {
            if stored == client {
                return Ok(Some(stored.clone()));
            }
            if stored.client_id != client.client_id {
                // Who remembers the client under its old name must hear of it too.
                self.changed(&client.key, "client", &stored.client_id).await?;
            }
        }
        self.write_client(client).await?;
        self.save_origins(client).await?;
        self.changed(&client.key, "client", &client.client_id).await?;
        Ok(stored)
    }

    async fn write_client(&self, client: &Client) -> Result<()> {
        use client::Column as C;
        let config = serde_json::to_string(&client.config)
            .map_err(|e| StoreError::corrupt("client", "config", &client.id, e))?;
        let row = client::ActiveModel {
            tenant: Set(client.key.tenant.to_string()),
            realm: Set(client.key.realm.to_string()),
            id: Set(client.id.clone()),
            client_id: Set(client.client_id.clone()),
            display_name: Set(client.display_name.clone()),
            is_managed: Set(client.is_managed),
            enabled: Set(client.enabled),
            resource_server: Set(client.resource_server.clone()),
            config: Set(config),
            version: Set(1),
            created_at: Set(self.now.0),
            updated_at: Set(self.now.0),
            managed_by: Set(None),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns([
                C::ClientId,
                C::DisplayName,
                C::Enabled,
                C::ResourceServer,
                C::Config,
                C::UpdatedAt,
            ])
            .value(C::Version, Expr::cust("client.version + 1"))
            .to_owned();
        client::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }

    async fn save_origins(&self, client: &Client) -> Result<()> {
        use client_origin::Column as C;
        client_origin::Entity::delete_many()
            .filter(C::Tenant.eq(&*client.key.tenant))
            .filter(C::Realm.eq(&*client.key.realm))
            .filter(C::Client.eq(&*client.id))
            .exec(&self.transaction)
            .await?;
        let origins: std::collections::BTreeSet<String> = client.origins().into_iter().collect();
        for origin in origins {
            let row = client_origin::ActiveModel {
                tenant: Set(client.key.tenant.to_string()),
                realm: Set(client.key.realm.to_string()),
                origin: Set(origin),
                client: Set(client.id.clone()),
            };
            client_origin::Entity::insert(row)
                .exec_without_returning(&self.transaction)
                .await?;
        }
        Ok(())
    }

    /// Adds a secret to a client. An existing secret with the same id stays as it is.
    pub async fn save_client_secret(&self, client: &Client, id: &str, mac: [u8; 32], hint: &str) -> Result<()> {
        use client_secret::Column as C;
        let row = client_secret::ActiveModel {
            tenant: Set(client.key.tenant.to_string()),
            realm: Set(client.key.realm.to_string()),
            id: Set(id.into()),
            client: Set(client.id.clone()),
            hint: Set(hint.into()),
            mac: Set(mac.to_vec()),
            enabled: Set(true),
            created_at: Set(self.now.0),
            expires_at: Set(None),
            last_used_at: Set(None),
        };
        let keep = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .do_nothing()
            .to_owned();
        let added = client_secret::Entity::insert(row)
            .on_conflict(keep)
            .exec_without_returning(&self.transaction)
            .await?;
        self.client_changed_if(added != 0, client).await
    }

    /// Switches a secret on or off and sets its end.
    pub async fn change_client_secret(
        &self,
        client: &Client,
        id: &str,
        (enabled, expires_at): (bool, Option<UnixMillis>),
    ) -> Result<()> {
        use client_secret::Column as C;
        client_secret::Entity::update_many()
            .col_expr(C::Enabled, Expr::value(enabled))
            .col_expr(C::ExpiresAt, Expr::value(expires_at.map(|t| t.0)))
            .filter(C::Tenant.eq(&*client.key.tenant))
            .filter(C::Realm.eq(&*client.key.realm))
            .filter(C::Client.eq(&*client.id))
            .filter(C::Id.eq(id))
            .exec(&self.transaction)
            .await?;
        self.changed(&client.key, "client", &client.client_id).await
    }

    /// Deletes one secret.
    pub async fn delete_client_secret(&self, client: &Client, id: &str) -> Result<()> {
        client_secret::Entity::delete_by_id((
            client.key.tenant.to_string(),
            client.key.realm.to_string(),
            id.to_owned(),
        ))
        .exec(&self.transaction)
        .await?;
        self.changed(&client.key, "client", &client.client_id).await
    }

    /// Deletes an application with everything that is its own. What it was issued is ended by the caller.
    pub async fn delete_client(&self, client: &Client) -> Result<()> {
        let (key, id) = (&client.key, client.id.as_str());
        for (table, column) in [
            ("client_secret", "client"),
            ("client_origin", "client"),
            ("consent", "client"),
            ("authorization_code", "client"),
            ("authorization_grant", "client"),
            ("reference_token", "client"),
            ("token_tally", "client"),
            ("client", "id"),
        ] {
            self.delete_where(table, key, (column, id)).await?;
        }
        self.changed(key, "client", &client.client_id).await
    }

    /// Gives every secret of a client except `keep` an end, unless it ends earlier already.
    pub async fn expire_client_secrets(&self, client: &Client, keep: &str, at: UnixMillis) -> Result<()> {
        use client_secret::Column as C;
        client_secret::Entity::update_many()
            .col_expr(C::ExpiresAt, Expr::value(at.0))
            .filter(C::Tenant.eq(&*client.key.tenant))
            .filter(C::Realm.eq(&*client.key.realm))
            .filter(C::Client.eq(&*client.id))
            .filter(C::Id.ne(keep))
            .filter(C::ExpiresAt.is_null().or(C::ExpiresAt.gt(at.0)))
            .exec(&self.transaction)
            .await?;
        self.changed(&client.key, "client", &client.client_id).await
    }

    /// Deletes every secret of a client that is to have none.
    pub async fn delete_client_secrets(&self, client: &Client) -> Result<()> {
        use client_secret::Column as C;
        let deleted = client_secret::Entity::delete_many()
            .filter(C::Tenant.eq(&*client.key.tenant))
            .filter(C::Realm.eq(&*client.key.realm))
            .filter(C::Client.eq(&*client.id))
            .exec(&self.transaction)
            .await?;
        self.client_changed_if(deleted.rows_affected != 0, client).await
    }

    async fn client_changed_if(&self, changed: bool, client: &Client) -> Result<()> {
        if changed {
            self.changed(&client.key, "client", &client.client_id).await?;
        }
        Ok(())
    }
}
