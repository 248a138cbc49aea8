//! Users.
use super::Management;
use crate::entities::user;
use crate::people::{UserCredential, email_key, find_user, stored_credential, user_from_row, username_key};
use crate::{Result, StoreError};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::Stored;
use grantor_protocol::user::User;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Management<'_> {
    /// A user by id.
    pub async fn user(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<UserCredential>>> {
        find_user(&self.transaction, key, id).await
    }

    /// A user by user name.
    pub async fn user_named(&self, key: &RealmKey, username: &str) -> Result<Option<Stored<UserCredential>>> {
        self.user_by(key, user::Column::UsernameKey, &username_key(username))
            .await
    }

    /// A user by e-mail address.
    pub async fn user_with_email(&self, key: &RealmKey, email: &str) -> Result<Option<Stored<UserCredential>>> {
        self.user_by(key, user::Column::EmailKey, &email_key(email)).await
    }

    async fn user_by(
        &self,
        key: &RealmKey,
        column: user::Column,
        value: &str,
    ) -> Result<Option<Stored<UserCredential>>> {
        let row = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(column.eq(value));
        row.one(&self.transaction).await?.map(stored_credential).transpose()
    }

    /// Deletes a user with everything that is theirs. What was issued for them is ended by the caller.
    pub async fn delete_user(&self, key: &RealmKey, id: &str) -> Result<()> {
        // First the user: whoever signs in meanwhile has the row, and their session is found below, or waits and finds no user.
        for (table, column) in [
            ("user", "id"),
            ("role_member", "user"),
            ("group_member", "user"),
            ("browser_session", "user"),
            ("consent", "user"),
            ("authorization_code", "user"),
            ("authorization_grant", "user"),
            ("reference_token", "user"),
            ("one_time_link", "user"),
        ] {
            self.delete_where(table, key, (column, id)).await?;
        }
        self.changed(key, "user", id).await
    }

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
            managed_by: Set(None),
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
}
