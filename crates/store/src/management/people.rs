//! Users and roles.
use super::Management;
use crate::entities::{role, role_member, user};
use crate::people::{email_key, user_from_row, username_key};
use crate::{Result, StoreError};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, EntityTrait};

impl Management<'_> {
    /// Makes or replaces a user and returns who stood there before. `password_hash` of `None` leaves the password as it is.
    pub async fn save_user(&self, person: &User, password_hash: Option<String>) -> Result<Option<User>> {
        use user::Column as C;
        let id = (
            person.key.tenant.to_string(),
            person.key.realm.to_string(),
            person.id.clone(),
        );
        let row = user::Entity::find_by_id(id).one(&self.transaction).await?;
        let stored = row.map(user_from_row).transpose()?;
        if password_hash.is_none() && stored.as_ref() == Some(person) {
            return Ok(stored);
        }
        let profile = serde_json::to_string(&person.profile)
            .map_err(|e| StoreError::corrupt("user", "profile", &person.id, e))?;
        let mut columns = vec![
            C::Username,
            C::UsernameKey,
            C::Enabled,
            C::Email,
            C::EmailKey,
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
            email_key: Set(person.email.as_deref().map(email_key)),
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
        self.changed(&person.key, "user", &person.id).await?;
        Ok(stored)
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
