//! Users.
use crate::entities::user;
use crate::{Result, Store, StoreError};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// A user with the hash a password is checked against.
#[derive(Clone)]
pub struct UserCredential {
    pub user: User,
    /// PHC string; `None` for an account without a password.
    pub password_hash: Option<String>,
}

/// How names are compared: without case. What nobody has is compared alike, so it says nothing of whether somebody does.
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

    /// A user by id, with the hash a password is checked against.
    pub async fn find_credential_by_id(&self, key: &RealmKey, id: &str) -> Result<Option<UserCredential>> {
        let row = user::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
        row.one(self.read()).await?.map(credential_from_row).transpose()
    }

    /// A user by user name.
    pub async fn find_credential_by_username(&self, key: &RealmKey, username: &str) -> Result<Option<UserCredential>> {
        let row = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(user::Column::UsernameKey.eq(username_key(username)))
            .one(self.read())
            .await?;
        row.map(credential_from_row).transpose()
    }

    /// A user by what they sign in with: the user name, or the e-mail address when nobody has it for a user name.
    pub async fn find_credential_by_name(&self, key: &RealmKey, name: &str) -> Result<Option<UserCredential>> {
        let (username, email) = (username_key(name), email_key(name));
        let named = user::Column::UsernameKey.eq(&*username);
        let rows = user::Entity::find()
            .filter(user::Column::Tenant.eq(&*key.tenant))
            .filter(user::Column::Realm.eq(&*key.realm))
            .filter(named.or(user::Column::EmailKey.eq(email)))
            .all(self.read())
            .await?;
        let row = rows.into_iter().max_by_key(|row| row.username_key == username);
        row.map(credential_from_row).transpose()
    }
}

fn credential_from_row(row: user::Model) -> Result<UserCredential> {
    Ok(UserCredential {
        password_hash: row.password_hash.clone(),
        user: user_from_row(row)?,
    })
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
