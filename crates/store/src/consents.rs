//! Lasting consents: which scopes a user allowed an application.
use crate::entities::consent;
use crate::{Result, Store};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;
use sea_orm::EntityTrait;

/// Whether what rests on a consent to `scope` still does.
pub(crate) fn stands(needed: bool, consented: Option<&str>, scope: &ScopeSet) -> bool {
    !needed || consented.is_some_and(|c| scope.is_subset_of(&ScopeSet::from_stored(c)))
}

impl Store {
    /// The scopes `user` allowed the client with id `client`.
    pub async fn find_consent(&self, key: &RealmKey, user: &str, client: &str) -> Result<Option<ScopeSet>> {
        let id = (
            key.tenant.to_string(),
            key.realm.to_string(),
            user.to_owned(),
            client.to_owned(),
        );
        let row = consent::Entity::find_by_id(id).one(self.read()).await?;
        Ok(row.map(|c| ScopeSet::from_stored(&c.scope)))
    }
}
