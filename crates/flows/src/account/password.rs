//! A new password for the old one. The old one is a guess like any other: counted before it is looked at (O-277).
use super::Owner;
use crate::sessions::{Begun, Seat, begin};
use crate::sign_in::{Attempt, Guess, guess};
use crate::{Refusal, devices};
use grantor_protocol::OAuthError;
use grantor_protocol::account::{PasswordFault, check_new_password, password_names};
use grantor_protocol::events::EventKind;
use grantor_protocol::user::User;
use grantor_store::AccountChange;
use grantor_store::people::UserCredential;

/// What was typed, and by which browser.
#[derive(Clone, Copy)]
pub struct NewPassword<'a> {
    pub old: &'a str,
    pub new: &'a str,
    pub repeated: &'a str,
    pub seat: Seat<'a>,
    /// The cookie of the accounts the browser knows.
    pub device: Option<&'a str>,
    /// For the log.
    pub request_id: &'a str,
}

/// What became of it.
pub enum PasswordChange {
    /// The cookies of the session, which goes on under a new id (O-208), and of the browser.
    Done {
        session: String,
        device: String,
    },
    /// The old password is wrong.
    Wrong,
    /// The new one is not taken.
    Refused(PasswordFault),
    /// Seconds after which to try again.
    Wait(u64),
    Busy(u64),
}

/// The names that a password must not consist of.
pub(crate) fn names(user: &User) -> Vec<String> {
    password_names(&user.username, user.email.as_deref(), user.profile.name.as_deref())
}

/// Changes the password; every other session ends, with what hangs on it.
pub async fn change_password(owner: Owner<'_>, typed: NewPassword<'_>) -> Result<PasswordChange, Refusal> {
    let Owner {
        deps, key, live, now, ..
    } = owner;
    // What is wrong with the new one is said without an attempt at the old one.
    if let Err(fault) = check_new_password(typed.new, typed.repeated, &names(&live.user)) {
        return Ok(PasswordChange::Refused(fault));
    }
    let attempt = Attempt {
        username: &live.user.username,
        password: typed.old,
        seat: typed.seat,
        device: typed.device,
        request_id: typed.request_id,
    };
    let (found, account) = match guess(deps, key, attempt, now).await? {
        // A user name that was given to somebody else meanwhile is not this account's.
        Guess::Right(found, account) if found.user.id == live.user.id => (found, account),
        Guess::Right(..) | Guess::Wrong => return Ok(PasswordChange::Wrong),
        Guess::Wait(seconds) => return Ok(PasswordChange::Wait(seconds)),
        Guess::Busy(seconds) => return Ok(PasswordChange::Busy(seconds)),
    };
    if typed.new == typed.old {
        return Ok(PasswordChange::Refused(PasswordFault::Unchanged));
    }
    let hash = match deps.passwords.hash(typed.new.to_owned(), deps.random()).await {
        Ok(hash) => hash.ok_or_else(|| OAuthError::server_error("a password could not be hashed"))?,
        Err(busy) => return Ok(PasswordChange::Busy(busy.0)),
    };
    let Begun {
        cookie,
        session,
        replaces,
    } = begin(deps, key, &live.user, typed.seat, now).await?;
    let change = AccountChange::ChangePassword {
        was: found.password_hash.clone().unwrap_or_default(),
        hash: hash.clone(),
        session: Box::new(session),
        replaces: replaces.unwrap_or_else(|| live.id_mac()),
        account,
        event: owner.event(EventKind::PasswordChanged),
    };
    if !owner.change(change).await? {
        return Ok(PasswordChange::Wrong);
    }
    let credential = UserCredential {
        password_hash: Some(hash),
        user: found.user,
    };
    Ok(PasswordChange::Done {
        session: cookie,
        device: devices::remember(deps, key, typed.device, &credential),
    })
}
