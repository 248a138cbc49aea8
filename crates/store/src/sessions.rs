//! Browser sessions, looked up by the HMAC of their cookie.
use crate::entities::browser_session;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::authorize::BrowserSession;
use grantor_protocol::issuer::RealmKey;
use sea_orm::EntityTrait;

/// A session to be stored.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub id_mac: [u8; 32],
    pub sid: String,
    pub user: String,
    pub amr: Vec<String>,
    pub auth_time: UnixMillis,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// A stored session with what decides whether it is still good.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    pub session: BrowserSession,
    pub last_seen_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub ended: bool,
}

impl Store {
    /// The session whose cookie has this HMAC, live or not.
    pub async fn find_session(&self, key: &RealmKey, id_mac: &[u8; 32]) -> Result<Option<SessionRecord>> {
        let id = (key.tenant.to_string(), key.realm.to_string(), id_mac.to_vec());
        let row = browser_session::Entity::find_by_id(id).one(self.read()).await?;
        Ok(row.map(|r| SessionRecord {
            session: BrowserSession {
                sid: r.sid,
                user: r.user,
                auth_time: UnixMillis(r.auth_time),
                amr: methods(&r.amr),
            },
            last_seen_at: UnixMillis(r.last_seen_at),
            expires_at: UnixMillis(r.expires_at),
            ended: r.ended_at.is_some(),
        }))
    }
}

/// Authentication methods as a column spells them.
pub(crate) fn methods(text: &str) -> Vec<String> {
    text.split(' ').filter(|m| !m.is_empty()).map(str::to_owned).collect()
}
