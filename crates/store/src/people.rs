//! Users.
use crate::entities::user;
use crate::listing::{Wanted, newest_first};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::record::{Meta, Stored};
use grantor_protocol::user::User;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

/// A user with the hash a password is checked against.
#[derive(Clone)]
pub struct UserCredential {
    pub user: User,
    /// PHC string; `None` for an account without a password.
    pub password_hash: Option<String>,
}

/// Which users are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserFilter<'a> {
    pub username: Option<&'a str>,
    pub email: Option<&'a str>,
    pub enabled: Option<bool>,
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
    /// The users of a realm that match, newest first, and whether each has a password.
    pub async fn list_users(
        &self,
        key: &RealmKey,
        filter: UserFilter<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Vec<Stored<UserCredential>>> {
        let rows = matching(key, filter, wanted).all(self.read()).await?;
        rows.into_iter().map(stored_credential).collect()
    }

    /// One user.
    pub async fn find_stored_user(&self, key: &RealmKey, id: &str) -> Result<Option<Stored<UserCredential>>> {
        find_user(self.read(), key, id).await
    }

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

pub(crate) fn matching(key: &RealmKey, filter: UserFilter<'_>, wanted: Wanted<'_>) -> Select<user::Entity> {
    use user::Column as C;
    let mut select = user::Entity::find()
        .filter(C::Tenant.eq(&*key.tenant))
        .filter(C::Realm.eq(&*key.realm));
    if let Some(name) = filter.username {
        select = select.filter(C::UsernameKey.eq(username_key(name)));
    }
    if let Some(email) = filter.email {
        select = select.filter(C::EmailKey.eq(email_key(email)));
    }
    if let Some(enabled) = filter.enabled {
        select = select.filter(C::Enabled.eq(enabled));
    }
    newest_first(select, (C::CreatedAt, C::Id), wanted)
}

pub(crate) async fn find_user(
    on: &impl ConnectionTrait,
    key: &RealmKey,
    id: &str,
) -> Result<Option<Stored<UserCredential>>> {
    let row = user::Entity::find_by_id((key.tenant.to_string(), key.realm.to_string(), id.to_owned()));
    row.one(on).await?.map(stored_credential).transpose()
}

pub(crate) fn stored_credential(row: user::Model) -> Result<Stored<UserCredential>> {
    let meta = Meta {
        version: row.version,
        managed_by: row.managed_by.clone(),
        created_at: UnixMillis(row.created_at),
        updated_at: UnixMillis(row.updated_at),
    };
    credential_from_row(row).map(|record| Stored { record, meta })
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
