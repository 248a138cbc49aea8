//! What people do to their own account. Each is one unit: the write, what ends with it, and the event that tells of it.
use super::commands::Outcome;
use super::revocations::announce;
use super::unit::{Unit, values};
use super::{codes, consents, events, grants, links, sessions};
use crate::events::Event;
use crate::sessions::NewSession;
use crate::{Result, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::account::ProfileEdit;
use grantor_protocol::issuer::RealmKey;

/// Which sessions of a user are ended.
#[derive(Debug, Clone)]
pub enum Ended {
    /// The one with this `sid`.
    One(String),
    /// All but this one; with `offline` also what outlives sessions.
    AllBut {
        id_mac: [u8; 32],
        sid: String,
        offline: bool,
    },
}

/// A change of an account. `event` says when, and whose account it is.
#[derive(Debug, Clone)]
pub enum AccountChange {
    /// `Lost` when there is no such session.
    EndSessions { user: String, ended: Ended, event: Event },
    /// Consent, codes and grants of an application (by its id); `Lost` when there was nothing.
    WithdrawConsent { user: String, client: String, event: Event },
    /// A new password in the place of `was`: the session goes on under a new id, all others end. `Lost` when the password has
    /// changed meanwhile.
    ChangePassword {
        was: String,
        hash: String,
        session: Box<NewSession>,
        replaces: [u8; 32],
        account: [u8; 32],
        event: Event,
    },
    /// `Lost` when there is no such user.
    SaveProfile {
        user: String,
        edit: ProfileEdit,
        event: Event,
    },
    /// A first or a new password by a one-time link, which is used up: all sessions end and a new one begins. `Lost` when somebody
    /// used the link before, or it is over.
    UseLink {
        link: ([u8; 32], &'static str),
        hash: String,
        edit: ProfileEdit,
        session: Box<NewSession>,
        replaces: Option<[u8; 32]>,
        account: [u8; 32],
        event: Event,
    },
}

impl AccountChange {
    /// Whether other processes may keep what it changed.
    pub(super) fn is_change(&self) -> bool {
        matches!(self, Self::SaveProfile { .. } | Self::UseLink { .. })
    }
}

pub(super) fn execute(on: Unit<'_>, key: &RealmKey, change: &AccountChange) -> Result<Outcome> {
    let (outcome, event) = match change {
        AccountChange::EndSessions { user, ended, event } => (end_sessions(on, (key, user), ended, event.at)?, event),
        AccountChange::WithdrawConsent { user, client, event } => (withdraw(on, (key, user), client, event.at)?, event),
        AccountChange::ChangePassword {
            was,
            hash,
            session,
            replaces,
            account,
            event,
        } => {
            if !set_password(on, (key, &session.user), (hash, Some(was)), event.at)? {
                return Ok(Outcome::Lost);
            }
            // Whoever still has a link to set it has none any more.
            links::end(on, (key, &session.user), event.at)?;
            let ends = (Some(replaces), Some(account));
            (begin_alone(on, key, session, ends, event.at)?, event)
        }
        AccountChange::SaveProfile { user, edit, event } => (save_profile(on, (key, user), edit, event.at)?, event),
        AccountChange::UseLink { event, .. } => (use_link(on, key, change)?, event),
    };
    if outcome != Outcome::Lost {
        events::insert(on, key, event)?;
    }
    Ok(outcome)
}

fn end_sessions(on: Unit<'_>, of: (&RealmKey, &str), ended: &Ended, now: UnixMillis) -> Result<Outcome> {
    match ended {
        Ended::One(sid) => Ok(sessions::end_one(on, of, sid, now)?.map_or(Outcome::Lost, Outcome::of)),
        Ended::AllBut { id_mac, sid, offline } => {
            sessions::end_all(on, of, Some((id_mac, sid)), *offline, now).map(Outcome::of)
        }
    }
}

fn withdraw(on: Unit<'_>, of: (&RealmKey, &str), client: &str, now: UnixMillis) -> Result<Outcome> {
    let was_there = consents::withdraw(on, of, client)?;
    codes::drop_of_user(on, of, codes::Kept::AllBut(client))?;
    let revoked = grants::revoke_of_client(on, of, client, now)?;
    Ok(match was_there || !revoked.is_empty() {
        true => Outcome::of(revoked),
        false => Outcome::Lost,
    })
}

/// Begins a session that is the only one of its user from now on.
fn begin_alone(
    on: Unit<'_>,
    key: &RealmKey,
    session: &NewSession,
    ends: (Option<&[u8; 32]>, Option<&[u8; 32]>),
    now: UnixMillis,
) -> Result<Outcome> {
    let mut revoked = match sessions::start(on, key, session, ends)? {
        Outcome::Revoked(revoked) => revoked,
        _ => Vec::new(),
    };
    let kept = Some((&session.id_mac, session.sid.as_str()));
    revoked.extend(sessions::end_all(on, (key, &session.user), kept, false, now)?);
    Ok(Outcome::of(revoked))
}

/// Sets a password, in the place of `was` when that is named; whether it did.
fn set_password(
    on: Unit<'_>,
    (key, user): (&RealmKey, &str),
    (hash, was): (&str, Option<&str>),
    now: UnixMillis,
) -> Result<bool> {
    let sql = "UPDATE \"user\" SET password_hash = ?4, version = version + 1, updated_at = ?6
               WHERE tenant = ?1 AND realm = ?2 AND id = ?3 AND enabled AND (?5 IS NULL OR password_hash = ?5)";
    let set = on.execute(sql, &values![&*key.tenant, &*key.realm, user, hash, was, now.0])?;
    Ok(set > 0)
}

/// Read and written by one at a time: what an admin writes meanwhile is not lost.
fn save_profile(on: Unit<'_>, (key, user): (&RealmKey, &str), edit: &ProfileEdit, now: UnixMillis) -> Result<Outcome> {
    let sql = "SELECT profile FROM \"user\" WHERE tenant = ?1 AND realm = ?2 AND id = ?3";
    let stored = on.first(sql, &values![&*key.tenant, &*key.realm, user], |row| {
        row.text("profile")
    })?;
    let Some(stored) = stored else { return Ok(Outcome::Lost) };
    let corrupt = |e: serde_json::Error| StoreError::corrupt("user", "profile", user, e);
    let after = edit.applied_to(&serde_json::from_str(&stored).map_err(corrupt)?);
    let after = serde_json::to_string(&after).map_err(corrupt)?;
    let sql = "UPDATE \"user\" SET profile = ?4, version = version + 1, updated_at = ?5
               WHERE tenant = ?1 AND realm = ?2 AND id = ?3";
    on.execute(sql, &values![&*key.tenant, &*key.realm, user, after, now.0])?;
    announce(on, key, ("user", user), now.0)?;
    Ok(Outcome::Done)
}

fn use_link(on: Unit<'_>, key: &RealmKey, change: &AccountChange) -> Result<Outcome> {
    let AccountChange::UseLink {
        link: (token_mac, purpose),
        hash,
        edit,
        session,
        replaces,
        account,
        event,
    } = change
    else {
        return Ok(Outcome::Lost);
    };
    let (of, now) = ((key, session.user.as_str()), event.at);
    if !links::consume(on, of, (token_mac, purpose), now)? {
        return Ok(Outcome::Lost);
    }
    set_password(on, of, (hash, None), now)?;
    save_profile(on, of, edit, now)?;
    begin_alone(on, key, session, (replaces.as_ref(), Some(account)), now)
}
