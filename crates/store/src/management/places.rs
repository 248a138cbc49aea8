//! Tenants and realms.
use super::Management;
use crate::Result;
use crate::entities::{realm, tenant};
use crate::realms::{find_realm, find_tenant};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::place::{Realm, Tenant};
use grantor_protocol::management::record::Stored;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

/// Tables whose rows belong to a realm, but events: what happened is kept for as long as the settings say.
const OF_REALM: &[&str] = &[
    "client",
    "client_origin",
    "client_secret",
    "resource_server",
    "resource_server_credential",
    "user",
    "user_group",
    "group_member",
    "role",
    "role_group",
    "role_member",
    "browser_session",
    "consent",
    "authorization_code",
    "authorization_grant",
    "reference_token",
    "revocation",
    "signing_key",
    "sign_in_attempt",
    "one_time_link",
    "token_tally",
];

impl Management<'_> {
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
            enabled: Set(true),
            version: Set(1),
            updated_at: Set(self.now.0),
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
            enabled: Set(true),
            version: Set(1),
            updated_at: Set(self.now.0),
        };
        realm::Entity::insert(row)
            .exec_without_returning(&self.transaction)
            .await?;
        self.changed(key, "realm", &key.realm).await
    }

    /// A tenant by id.
    pub async fn tenant(&self, id: &str) -> Result<Option<Stored<Tenant>>> {
        find_tenant(&self.transaction, id).await
    }

    /// A realm.
    pub async fn realm(&self, key: &RealmKey) -> Result<Option<Stored<Realm>>> {
        find_realm(&self.transaction, key).await
    }

    /// The realms of a tenant.
    pub async fn realms(&self, tenant: &str) -> Result<Vec<RealmKey>> {
        let ids: Vec<String> = realm::Entity::find()
            .select_only()
            .column(realm::Column::Id)
            .filter(realm::Column::Tenant.eq(tenant))
            .into_tuple()
            .all(&self.transaction)
            .await?;
        Ok(ids.into_iter().map(|id| RealmKey::new(tenant, id)).collect())
    }

    /// Changes a tenant that is there.
    pub async fn update_tenant(&self, tenant: &Tenant) -> Result<()> {
        use tenant::Column as C;
        tenant::Entity::update_many()
            .col_expr(C::DisplayName, Expr::value(&*tenant.display_name))
            .col_expr(C::Enabled, Expr::value(tenant.enabled))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .col_expr(C::UpdatedAt, Expr::value(self.now.0))
            .filter(C::Id.eq(&*tenant.id))
            .exec(&self.transaction)
            .await?;
        for key in self.realms(&tenant.id).await? {
            self.changed(&key, "realm", &key.realm).await?;
        }
        Ok(())
    }

    /// Changes a realm that is there.
    pub async fn update_realm(&self, realm: &Realm) -> Result<()> {
        use realm::Column as C;
        realm::Entity::update_many()
            .col_expr(C::DisplayName, Expr::value(&*realm.display_name))
            .col_expr(C::Enabled, Expr::value(realm.enabled))
            .col_expr(C::Version, Expr::col(C::Version).add(1))
            .col_expr(C::UpdatedAt, Expr::value(self.now.0))
            .filter(C::Tenant.eq(&*realm.key.tenant))
            .filter(C::Id.eq(&*realm.key.realm))
            .exec(&self.transaction)
            .await?;
        self.changed(&realm.key, "realm", &realm.key.realm).await
    }

    /// Deletes a realm with everything in it but its events.
    pub async fn delete_realm(&self, key: &RealmKey) -> Result<()> {
        for table in OF_REALM {
            let mut delete = Query::delete();
            delete
                .from_table(*table)
                .and_where(Expr::col("tenant").eq(&*key.tenant))
                .and_where(Expr::col("realm").eq(&*key.realm));
            self.transaction.execute(&delete).await?;
        }
        realm::Entity::delete_by_id((key.tenant.to_string(), key.realm.to_string()))
            .exec(&self.transaction)
            .await?;
        self.changed(key, "realm_deleted", &key.realm).await
    }

    /// Deletes a tenant whose realms are gone.
    pub async fn delete_tenant(&self, id: &str) -> Result<()> {
        tenant::Entity::delete_by_id(id).exec(&self.transaction).await?;
        Ok(())
    }
}
