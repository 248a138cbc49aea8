//! Management writes: rare, whole records, in one transaction with the changes they announce.
use crate::changes;
use crate::entities::{
    client, client_origin, client_secret, realm, resource_server, resource_server_credential, role, role_member,
    tenant, user,
};
use crate::people::username_key;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::resource_server::ResourceServer;
use grantor_protocol::user::User;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, TransactionTrait};

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

    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        Ok(self.background().begin().await?)
    }
}

impl Management<'_> {
    /// Makes everything durable and tells every process.
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await?;
        self.store.ring();
        Ok(())
    }

    async fn changed(&self, key: &RealmKey, kind: &str, subject: &str) -> Result<()> {
        changes::record(&self.transaction, key, kind, subject, self.now).await
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

    /// Makes or replaces a client; the record was judged before.
    pub async fn save_client(&self, client: &Client) -> Result<()> {
        use client::Column as C;
        self.forget_former_name(client).await?;
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
        self.save_origins(client).await?;
        self.changed(&client.key, "client", &client.client_id).await
    }

    /// A client that gets another `client_id`: what is known under the former one must go.
    async fn forget_former_name(&self, client: &Client) -> Result<()> {
        let (tenant, realm) = (client.key.tenant.to_string(), client.key.realm.to_string());
        let former = client::Entity::find_by_id((tenant, realm, client.id.clone()));
        match former.one(&self.transaction).await? {
            Some(row) if row.client_id != client.client_id => self.changed(&client.key, "client", &row.client_id).await,
            _ => Ok(()),
        }
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
        client_secret::Entity::insert(row)
            .on_conflict(keep)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&client.key, "client", &client.client_id).await
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

    /// Makes or replaces a resource server; the record was judged before.
    pub async fn save_resource_server(&self, server: &ResourceServer) -> Result<()> {
        use resource_server::Column as C;
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

    /// Adds or replaces what a resource server authenticates with.
    pub async fn save_credential(&self, server: &ResourceServer, id: &str, mac: [u8; 32]) -> Result<()> {
        use resource_server_credential::Column as C;
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
        self.changed(&server.key, "credential", id).await
    }

    /// Makes or replaces a user. `password_hash` of `None` leaves the password as it is.
    pub async fn save_user(&self, person: &User, password_hash: Option<String>) -> Result<()> {
        use user::Column as C;
        let profile = serde_json::to_string(&person.profile)
            .map_err(|e| StoreError::corrupt("user", "profile", &person.id, e))?;
        let mut columns = vec![
            C::Username,
            C::UsernameKey,
            C::Enabled,
            C::Email,
            C::EmailVerified,
            C::Profile,
            C::UpdatedAt,
        ];
        if password_hash.is_some() {
            columns.push(C::PasswordHash);
        }
        let row = user::ActiveModel {
            tenant: Set(person.key.tenant.to_string()),
            realm: Set(person.key.realm.to_string()),
            id: Set(person.id.clone()),
            username: Set(person.username.clone()),
            username_key: Set(username_key(&person.username)),
            enabled: Set(person.enabled),
            email: Set(person.email.clone()),
            email_verified: Set(person.email_verified),
            password_hash: Set(password_hash),
            profile: Set(profile),
            version: Set(1),
            created_at: Set(self.now.0),
            updated_at: Set(self.now.0),
        };
        let replace = OnConflict::columns([C::Tenant, C::Realm, C::Id])
            .update_columns(columns)
            .value(C::Version, Expr::cust("\"user\".version + 1"))
            .to_owned();
        user::Entity::insert(row)
            .on_conflict(replace)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(&person.key, "user", &person.id).await
    }

    /// A new role of a resource server, with its first members.
    pub async fn insert_role(&self, role: &NewRole, members: &[&str]) -> Result<()> {
        let row = role::ActiveModel {
            tenant: Set(role.key.tenant.to_string()),
            realm: Set(role.key.realm.to_string()),
            id: Set(role.id.clone()),
            resource_server: Set(role.resource_server.clone()),
            name: Set(role.name.clone()),
            description: Set(role.description.clone()),
            is_managed: Set(role.is_managed),
            scopes: Set(role.scopes.join(" ")),
            created_at: Set(self.now.0),
        };
        role::Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await?;
        for member in members {
            let row = role_member::ActiveModel {
                tenant: Set(role.key.tenant.to_string()),
                realm: Set(role.key.realm.to_string()),
                role: Set(role.id.clone()),
                user: Set((*member).into()),
            };
            role_member::Entity::insert(row)
                .exec_without_returning(&self.transaction)
                .await?;
        }
        self.changed(&role.key, "role", &role.id).await
    }
}

/// A role: a set of scopes of one resource server (decision 10).
#[derive(Debug, Clone)]
pub struct NewRole {
    pub key: RealmKey,
    pub id: String,
    pub resource_server: String,
    pub name: String,
    pub description: String,
    pub is_managed: bool,
    pub scopes: Vec<String>,
}
