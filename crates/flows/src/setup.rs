//! One-time links that set a password: for the first admin (C0, decision 10), and for whoever has lost theirs.
//!
//! The token is 256 random bits and stands in the link alone; the database knows its MAC, which is worth nothing in another realm or
//! for another purpose (O-274). Looking at a link changes nothing; using it is one guarded write (O-258).
use crate::account::{forget, names};
use crate::keys::Purpose;
use crate::management::change::{About, target};
use crate::management::{Change, ManagementRefusal, Requester, identities};
use crate::sessions::{Begun, Seat, begin};
use crate::token::base64url;
use crate::{Deps, Refusal, devices, revocations, sign_in};
use grantor_protocol::account::{LINK_SECONDS, PasswordFault, ProfileEdit, check_new_password};
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::issuer::{Issuer, IssuerKind, RealmKey};
use grantor_protocol::user::User;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::events::Event;
use grantor_store::links::{LinkRecord, NewLink};
use grantor_store::people::UserCredential;
use grantor_store::roles::Holder;
use grantor_store::{AccountChange, Command, Outcome};

/// What the links of this file are for; one that was made for something else is none.
const PURPOSE: &str = "password";
/// 32 bytes in base64url.
const TOKEN: usize = 43;

/// Makes a link for a user and returns its path. Links made for them before end. `None` for a user who may not sign in. Whoever has
/// the link has the account: it is for those to make who may touch the user, judged in the transaction that stores it.
pub async fn make_link(
    deps: &Deps,
    key: &RealmKey,
    user_id: &str,
    requester: &Requester,
) -> Result<Option<String>, ManagementRefusal> {
    let mut change = Change::in_realm(deps, key, requester).await?;
    let user = identities::get(&change, user_id).await?.record.user;
    identities::may_touch(&change, Holder::User(user_id)).await?;
    if !user.enabled {
        return Ok(None);
    }
    let path = link(&mut change, key, &user).await?;
    change.commit().await?;
    Ok(Some(path))
}

/// The path of a link that is good once the change is committed, for a user of this realm.
pub(crate) async fn link(change: &mut Change<'_>, key: &RealmKey, user: &User) -> Result<String, ManagementRefusal> {
    let token = base64url(&change.deps.random::<32>());
    let link = NewLink {
        token_mac: mac(change.deps, key, &token),
        purpose: PURPOSE,
        user: user.id.clone(),
        expires_at: change.now().plus_seconds(LINK_SECONDS),
    };
    change.tx.save_link(key, link).await?;
    let about = About {
        user: Some(&user.id),
        ..About::default()
    };
    let target = target(RecordKind::User, &user.id, &user.username);
    change
        .tell_in::<()>(key, EventKind::SetupLinkMade, target, (None, None), about)
        .await?;
    let prefix = Issuer::new("", key.clone(), IssuerKind::Realm).prefix();
    Ok(format!("{prefix}/setup/{token}"))
}

/// The same for whoever has this user name.
pub async fn make_link_for(deps: &Deps, key: &RealmKey, username: &str) -> Result<Option<String>, ManagementRefusal> {
    match deps.store.find_credential_by_username(key, username).await? {
        Some(found) => make_link(deps, key, &found.user.id, &Requester::operator()).await,
        None => Ok(None),
    }
}

/// A link for the first admin, as long as that account has no credential.
pub async fn link_for_first_admin(deps: &Deps) -> Result<Option<String>, ManagementRefusal> {
    let key = RealmKey::new("default", "admin");
    match deps.store.find_credential_by_id(&key, "admin").await? {
        Some(found) if found.password_hash.is_none() => make_link(deps, &key, "admin", &Requester::operator()).await,
        _ => Ok(None),
    }
}

/// What a link leads to.
pub enum Link {
    /// It can be used, for this user.
    Open(Box<User>),
    /// Unknown, over, or of somebody who is gone.
    Gone,
    /// Used, or another link took its place.
    Used,
}

/// Looks at a link; that changes nothing, however often.
pub async fn look(deps: &Deps, key: &RealmKey, token: &str) -> Result<Link, Refusal> {
    look_at(deps, key, token, deps.clock.now()).await
}

async fn look_at(deps: &Deps, key: &RealmKey, token: &str, now: UnixMillis) -> Result<Link, Refusal> {
    if token.len() != TOKEN {
        return Ok(Link::Gone);
    }
    let found = deps.store.find_link(key, &mac(deps, key, token)).await?;
    let skew = deps.settings.clock_skew_seconds;
    let good = |l: &LinkRecord| l.purpose == PURPOSE && now < l.expires_at && !l.created_at.is_ahead_of(now, skew);
    let Some(link) = found.filter(good) else {
        return Ok(Link::Gone);
    };
    if link.used {
        return Ok(Link::Used);
    }
    let user = deps.store.find_user(key, &link.user).await?.filter(|u| u.enabled);
    Ok(user.map_or(Link::Gone, |u| Link::Open(Box::new(u))))
}

/// What was typed, and by which browser.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    pub new: &'a str,
    pub repeated: &'a str,
    pub edit: &'a ProfileEdit,
    pub seat: Seat<'a>,
    /// The cookie of the accounts the browser knows.
    pub device: Option<&'a str>,
    /// For the log.
    pub request_id: &'a str,
}

/// What became of a use.
pub enum Consumed {
    /// The cookies of the new session and of the browser that is known from now on.
    Done {
        session: String,
        device: String,
    },
    /// The new password is not taken; the link is as good as before.
    Refused(PasswordFault),
    Gone,
    /// Somebody else was first.
    Used,
    /// Seconds after which to try again.
    Busy(u64),
}

/// Uses a link: the password and the profile are set, every session of the user ends, and a new one begins, all in one unit.
pub async fn consume(deps: &Deps, key: &RealmKey, token: &str, wish: Wish<'_>) -> Result<Consumed, Refusal> {
    let now = deps.clock.now();
    let user = match look_at(deps, key, token, now).await? {
        Link::Open(user) => *user,
        Link::Gone => return Ok(Consumed::Gone),
        Link::Used => return Ok(Consumed::Used),
    };
    if let Err(fault) = check_new_password(wish.new, wish.repeated, &names(&user)) {
        return Ok(Consumed::Refused(fault));
    }
    let hash = match deps.passwords.hash(wish.new.to_owned(), deps.random()).await {
        Ok(hash) => hash.ok_or_else(|| OAuthError::server_error("a password could not be hashed"))?,
        Err(busy) => return Ok(Consumed::Busy(busy.0)),
    };
    let Begun {
        cookie,
        session,
        replaces,
    } = begin(deps, key, &user, wish.seat, now).await?;
    let address = wish.seat.address;
    let change = AccountChange::UseLink {
        link: (mac(deps, key, token), PURPOSE),
        hash: hash.clone(),
        edit: wish.edit.clone(),
        session: Box::new(session),
        replaces,
        account: sign_in::account_of(deps, key, &user.id),
        event: event(EventKind::SetupLinkUsed, &user.id, Some(address), now),
    };
    let outcome = deps
        .store
        .write(Command::ChangeAccount(key.clone(), Box::new(change)))
        .await?;
    if outcome == Outcome::Lost {
        return Ok(Consumed::Used);
    }
    revocations::keep(deps, key, &outcome);
    forget(deps, key, &user.id);
    let request_id = wish.request_id;
    tracing::info!(event = "setup_link.used", realm = %key, user = %user.id, address, request_id, "a one-time link was used");
    let credential = UserCredential {
        password_hash: Some(hash),
        user,
    };
    Ok(Consumed::Done {
        session: cookie,
        device: devices::remember(deps, key, wish.device, &credential),
    })
}

fn event(kind: EventKind, user: &str, address: Option<&str>, now: UnixMillis) -> Event {
    Event {
        user: Some(user.to_owned()),
        address: address.map(str::to_owned),
        ..Event::new(kind, now)
    }
}

fn mac(deps: &Deps, key: &RealmKey, token: &str) -> [u8; 32] {
    let parts = [PURPOSE.as_bytes(), token.as_bytes()];
    deps.keys.mac(Purpose::SetupLink, key, &parts)
}
