//! Browser sessions, looked up by the HMAC of their cookie.
use crate::entities::browser_session;
use crate::{Result, Store};
use grantor_protocol::UnixMillis;
use grantor_protocol::authorize::BrowserSession;
use grantor_protocol::issuer::RealmKey;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

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
    /// Where it was begun, and by what.
    pub address: String,
    pub agent: String,
    /// The stored password it was proven by. It begins only while that is still the one: a hash takes its time.
    pub proven_by: Option<String>,
}

/// A stored session with what decides whether it is still good.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    pub session: BrowserSession,
    pub created_at: UnixMillis,
    pub last_seen_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub ended: bool,
}

/// A live session as its owner sees it.
#[derive(Debug, Clone)]
pub struct ListedSession {
    pub id_mac: Vec<u8>,
    pub session: BrowserSession,
    pub last_seen_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub address: String,
    pub agent: String,
}

/// Sessions of one user that a list holds at most.
const LISTED: u64 = 100;

impl Store {
    /// The live sessions of a user, the last used one first: neither ended nor past their absolute end, and used since `idle_since`.
    pub async fn list_sessions(
        &self,
        key: &RealmKey,
        user: &str,
        (idle_since, now): (UnixMillis, UnixMillis),
    ) -> Result<Vec<ListedSession>> {
        use browser_session::Column as C;
        let rows = browser_session::Entity::find()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .filter(C::EndedAt.is_null())
            .filter(C::ExpiresAt.gt(now.0))
            .filter(C::LastSeenAt.gt(idle_since.0))
            .order_by_desc(C::LastSeenAt)
            .limit(LISTED)
            .all(self.read())
            .await?;
        let listed = rows.into_iter().map(|r| ListedSession {
            last_seen_at: UnixMillis(r.last_seen_at),
            expires_at: UnixMillis(r.expires_at),
            id_mac: r.id_mac,
            address: r.address,
            agent: r.agent,
            session: BrowserSession {
                sid: r.sid,
                user: r.user,
                auth_time: UnixMillis(r.auth_time),
                amr: methods(&r.amr),
            },
        });
        Ok(listed.collect())
    }

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
            created_at: UnixMillis(r.created_at),
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
