//! One-time links: known by the MAC of their token, good once and for a while.
use crate::entities::one_time_link;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use sea_orm::EntityTrait;

/// A link to be stored. Whoever had one for the same user before has nothing any more.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub token_mac: [u8; 32],
    pub purpose: &'static str,
    pub user: String,
    pub expires_at: UnixMillis,
}

/// A stored link, good or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    pub purpose: String,
    pub user: String,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
    /// Somebody used it, or another one took its place.
    pub used: bool,
}

impl Store {
    /// The link whose token has this MAC.
    pub async fn find_link(&self, key: &RealmKey, token_mac: &[u8; 32]) -> Result<Option<LinkRecord>> {
        let id = (key.tenant.to_string(), key.realm.to_string(), token_mac.to_vec());
        let row = one_time_link::Entity::find_by_id(id).one(self.read()).await?;
        Ok(row.map(|r| LinkRecord {
            purpose: r.purpose,
            user: r.user,
            created_at: UnixMillis(r.created_at),
            expires_at: UnixMillis(r.expires_at),
            used: r.used_at.is_some(),
        }))
    }
}
