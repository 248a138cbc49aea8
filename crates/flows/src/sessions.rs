//! Browser sessions: the cookie is random, the database knows its HMAC.
use crate::keys::Purpose;
use crate::token::base64url;
use crate::{Deps, Refusal, catalog, revocations};
use grantor_protocol::UnixMillis;
use grantor_protocol::account::kept_agent;
use grantor_protocol::authorize::BrowserSession;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use grantor_store::people::UserCredential;
use grantor_store::sessions::{NewSession, SessionRecord};
use grantor_store::{Command, Outcome};
use std::sync::Arc;

/// Last-seen times are written at most this often, in seconds.
const TOUCH_SECONDS: i64 = 60;

/// A live session and its user.
pub struct LiveSession {
    pub session: BrowserSession,
    pub user: Arc<User>,
    id_mac: [u8; 32],
}

impl LiveSession {
    pub(crate) fn id_mac(&self) -> [u8; 32] {
        self.id_mac
    }

    /// What stands for this sign-in in this browser; signing in again makes another, also under the same `sid`.
    pub fn mark(&self) -> String {
        base64url(&self.id_mac)
    }
}

/// The live session behind a cookie; `None` when it is unknown, ended, too old, unused too long, or its user is disabled.
pub async fn find(
    deps: &Deps,
    key: &RealmKey,
    cookie: Option<&str>,
    now: UnixMillis,
) -> Result<Option<LiveSession>, Refusal> {
    let Some(cookie) = cookie.filter(|c| c.len() <= 128) else {
        return Ok(None);
    };
    let id_mac = mac(deps, key, cookie);
    let Some(record) = deps.store.find_session(key, &id_mac).await? else {
        return Ok(None);
    };
    if !is_live(deps, &record, now) {
        return Ok(None);
    }
    let Some(user) = catalog::user(deps, key, &record.session.user)
        .await?
        .filter(|u| u.enabled)
    else {
        return Ok(None);
    };
    if now.seconds_since(record.last_seen_at) >= TOUCH_SECONDS {
        deps.store.write_later(Command::TouchSession {
            key: key.clone(),
            id_mac,
            now,
        });
    }
    Ok(Some(LiveSession {
        session: record.session,
        user,
        id_mac,
    }))
}

/// Neither ended nor too old nor unused too long, by times that this process's clock can be held against.
fn is_live(deps: &Deps, record: &SessionRecord, now: UnixMillis) -> bool {
    let idle = record.last_seen_at.plus_seconds(deps.settings.session_idle_seconds);
    let ahead = |at: UnixMillis| at.is_ahead_of(now, deps.settings.clock_skew_seconds);
    !record.ended && now < record.expires_at && now < idle && !ahead(record.created_at) && !ahead(record.last_seen_at)
}

/// A session about to be stored, and the cookie that is its only key.
pub(crate) struct Begun {
    pub(crate) cookie: String,
    pub(crate) session: NewSession,
    /// The session the browser held before.
    pub(crate) replaces: Option<[u8; 32]>,
}

/// Which browser it is: the cookie of the session it holds, its address, and what it says of itself.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    pub session: Option<&'a str>,
    pub address: &'a str,
    pub agent: &'a str,
}

/// Starts a session for a user who proved who they are; the browser's former session ends (O-208), and the attempts counted
/// for `account` are forgotten. Returns the cookie and the `sid`; `None` when the password has changed since it was looked at.
pub(crate) async fn start(
    deps: &Deps,
    key: &RealmKey,
    found: &UserCredential,
    (seat, account): (Seat<'_>, [u8; 32]),
    now: UnixMillis,
) -> Result<Option<(String, String)>, Refusal> {
    let Begun {
        cookie,
        mut session,
        replaces,
    } = begin(deps, key, &found.user, seat, now).await?;
    session.proven_by.clone_from(&found.password_hash);
    let sid = session.sid.clone();
    let outcome = deps
        .store
        .write(Command::StartSession {
            key: key.clone(),
            session: Box::new(session),
            replaces,
            account: Some(account),
        })
        .await?;
    revocations::keep(deps, key, &outcome);
    Ok((outcome != Outcome::Lost).then_some((cookie, sid)))
}

/// Makes the session and its cookie; nothing is stored yet.
pub(crate) async fn begin(
    deps: &Deps,
    key: &RealmKey,
    user: &User,
    seat: Seat<'_>,
    now: UnixMillis,
) -> Result<Begun, Refusal> {
    let cookie = base64url(&deps.random::<32>());
    let replaces = seat.session.filter(|c| c.len() <= 128).map(|c| mac(deps, key, c));
    let session = NewSession {
        id_mac: mac(deps, key, &cookie),
        sid: sid(deps, key, (user, now), replaces.as_ref()).await?,
        user: user.id.clone(),
        amr: vec!["pwd".into()],
        auth_time: now,
        created_at: now,
        expires_at: now.plus_seconds(deps.settings.session_absolute_seconds),
        address: seat.address.to_owned(),
        agent: kept_agent(seat.agent),
        proven_by: None,
    };
    Ok(Begun {
        cookie,
        session,
        replaces,
    })
}

/// Whoever signs in again in the same browser goes on under the same `sid`: what hangs on the session must not die of it.
async fn sid(
    deps: &Deps,
    key: &RealmKey,
    (user, now): (&User, UnixMillis),
    former: Option<&[u8; 32]>,
) -> Result<String, Refusal> {
    if let Some(id_mac) = former
        && let Some(record) = deps.store.find_session(key, id_mac).await?
        && !record.ended
        && now < record.expires_at
        && record.session.user == user.id
    {
        return Ok(record.session.sid);
    }
    Ok(base64url(&deps.random::<16>()))
}

/// Ends a session, and the refresh tokens that hang on it (decision 16).
pub async fn end(deps: &Deps, key: &RealmKey, live: &LiveSession, now: UnixMillis) -> Result<(), Refusal> {
    let outcome = deps
        .store
        .write(Command::EndSession {
            key: key.clone(),
            id_mac: live.id_mac,
            now,
        })
        .await?;
    revocations::keep(deps, key, &outcome);
    Ok(())
}

fn mac(deps: &Deps, key: &RealmKey, cookie: &str) -> [u8; 32] {
    deps.keys.mac(Purpose::Session, key, &[cookie.as_bytes()])
}
