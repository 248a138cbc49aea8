//! Lasting consents: which scopes a user allowed an application.
use crate::entities::consent;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// Whether what rests on a consent to `scope` still does.
pub(crate) fn stands(needed: bool, consented: Option<&str>, scope: &ScopeSet) -> bool {
    !needed || consented.is_some_and(|c| scope.is_subset_of(&ScopeSet::from_stored(c)))
}

/// What a user allowed one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedConsent {
    /// The application's id.
    pub client: String,
    pub scope: ScopeSet,
    pub granted_at: UnixMillis,
}

/// Consents of one user that a list holds at most.
const LISTED: u64 = 500;

impl Store {
    /// Everything a user allowed, application by application.
    pub async fn list_consents(&self, key: &RealmKey, user: &str) -> Result<Vec<ListedConsent>> {
        use consent::Column as C;
        let rows = consent::Entity::find()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .limit(LISTED)
            .all(self.read())
            .await?;
        let listed = rows.into_iter().map(|c| ListedConsent {
            client: c.client,
            scope: ScopeSet::from_stored(&c.scope),
            granted_at: UnixMillis(c.granted_at),
        });
        Ok(listed.collect())
    }

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
