//! Users.
use crate::entities::user;
use crate::{Result, Store, StoreError};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// A user with the hash a password is checked against.
#[derive(Clone)]
pub struct UserCredential {
    pub user: User,
    /// PHC string; `None` for an account without a password.
    pub password_hash: Option<String>,
}

/// How names are compared: without case.
pub fn username_key(username: &str) -> String {
    username.to_lowercase()
}

/// How e-mail addresses are compared: without case.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

impl Store {
    /// A user by e-mail address.
    pub async fn find_user_by_email(&self, key: &RealmKey, email: &str) -> Result<Option<User>> {
        let row = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(user::Column::EmailKey.eq(email_key(email)));
        row.one(self.read()).await?.map(user_from_row).transpose()
    }

    /// A user by id.
    pub async fn find_user(&self, key: &RealmKey, id: &str) -> Result<Option<User>> {
        let row = user::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
        row.one(self.read()).await?.map(user_from_row).transpose()
    }

    /// A user by the name they sign in with.
    pub async fn find_credential_by_username(&self, key: &RealmKey, username: &str) -> Result<Option<UserCredential>> {
        let row = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(user::Column::UsernameKey.eq(username_key(username)))
            .one(self.read())
            .await?;
        row.map(|r| {
            Ok(UserCredential {
                password_hash: r.password_hash.clone(),
                user: user_from_row(r)?,
            })
        })
        .transpose()
    }
}

pub(crate) fn user_from_row(row: user::Model) -> Result<User> {
    let profile = serde_json::from_str(&row.profile).map_err(|e| StoreError::corrupt("user", "profile", &row.id, e))?;
    Ok(User {
        key: RealmKey::new(row.tenant, row.realm),
        id: row.id,
        username: row.username,
        enabled: row.enabled,
        email: row.email,
        email_verified: row.email_verified,
        profile,
    })
}
