//! Signing in with a password: one fact is stored, a browser session; then the interaction goes on.
//!
//! Every guess is counted before the password is looked at (O-277), and every kind of failure does the same: a place in the
//! queue, one read, one write, one hash (O-275, O-276).
use crate::keys::Purpose;
use crate::{Deps, Refusal, devices, interaction, sessions};
use grantor_protocol::UnixMillis;
use grantor_protocol::apply::MAX_PASSWORD;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_store::people::{UserCredential, username_key};
use grantor_store::{Command, NewAttempt, Outcome};

/// What became of it.
pub enum SignIn {
    /// The values of the cookies of the new session and of the browser that is known from now on.
    Done { session: String, device: String },
    /// Unknown name, wrong password, disabled account: nobody is told which (O-275).
    Wrong,
    /// The account, or what has its name, or the address has to wait; seconds after which to try again.
    Wait(u64),
    /// Too many hashes are waiting; seconds after which to try again.
    Busy(u64),
}

/// What was typed, and who sent it.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// A user name or an e-mail address.
    pub username: &'a str,
    pub password: &'a str,
    /// The browser's cookies.
    pub session: Option<&'a str>,
    pub device: Option<&'a str>,
    pub address: &'a str,
    /// For the log.
    pub request_id: &'a str,
}

/// Longest user name read, in bytes.
const MAX_USERNAME: usize = 800;

/// Checks a password, with the same work for every kind of failure, and starts a session bound to the interaction `id`.
pub async fn sign_in(deps: &Deps, key: &RealmKey, id: &str, attempt: Attempt<'_>) -> Result<SignIn, Refusal> {
    let Attempt {
        address, request_id, ..
    } = attempt;
    let now = deps.clock.now();
    if let Some(seconds) = deps.sign_in_failures.wait(address, now) {
        return Ok(SignIn::Wait(seconds.unsigned_abs()));
    }
    if attempt.username.len() > MAX_USERNAME || attempt.password.len() > MAX_PASSWORD {
        return Ok(SignIn::Wrong);
    }
    // A place first: whoever finds none has not used up an attempt.
    let place = match deps.passwords.place() {
        Ok(place) => place,
        Err(busy) => return Ok(SignIn::Busy(busy.0)),
    };
    let found = deps.store.find_credential_by_name(key, attempt.username.trim()).await?;
    let account = account(deps, key, &attempt, found.as_ref());
    let waits_until = match reserve(deps, key, account, now).await? {
        Outcome::Waits { until, won: false } => return Ok(SignIn::Wait(seconds_until(until, now))),
        Outcome::Waits { until, .. } => Some(until),
        _ => None,
    };
    let hash = found.as_ref().and_then(|f| f.password_hash.clone());
    let owner = found.as_ref().map(|f| f.user.id.clone());
    let verified = match place.verify(attempt.password.to_owned(), hash).await {
        Ok(verified) => verified,
        Err(busy) => return Ok(SignIn::Busy(busy.0)),
    };
    let Some(found) = found.filter(|f| verified && f.user.enabled) else {
        deps.sign_in_failures.count(address, now);
        tracing::info!(event = "sign_in.failed", realm = %key, address, request_id, "sign-in failed");
        if let Some(until) = waits_until {
            locked(deps, key, &attempt, owner, (until, now));
        }
        return Ok(SignIn::Wrong);
    };
    let (session, started) = sessions::start(deps, key, &found.user, (attempt.session, account), now).await?;
    interaction::change(deps, key, id, |interaction| {
        let progress = &mut interaction.progress;
        progress.signed_in = Some(started.sid);
        // Whoever signs in anew has not yet been asked, unless it was they who were.
        progress.consented.take_if(|allowed| allowed.user != found.user.id);
    })
    .await?;
    tracing::info!(event = "sign_in.succeeded", realm = %key, user = %found.user.id, address, request_id, "signed in");
    let device = devices::remember(deps, key, attempt.device, &found);
    Ok(SignIn::Done { session, device })
}

/// What the attempt is counted for: the browser when it knows the account, else the account by whatever name it was called, else
/// the name that nobody has.
fn account(deps: &Deps, key: &RealmKey, attempt: &Attempt<'_>, found: Option<&UserCredential>) -> [u8; 32] {
    let device = devices::known(deps, key, attempt.device, found);
    let name = username_key(attempt.username.trim());
    let parts: [&[u8]; 3] = match (found, device) {
        (Some(found), Some(device)) => [b"device", found.user.id.as_bytes(), device.as_bytes()],
        (Some(found), None) => [b"user", found.user.id.as_bytes(), b""],
        (None, _) => [b"name", name.as_bytes(), b""],
    };
    deps.keys.mac(Purpose::SignIn, key, &parts)
}

async fn reserve(deps: &Deps, key: &RealmKey, account: [u8; 32], now: UnixMillis) -> Result<Outcome, Refusal> {
    let attempt = NewAttempt {
        account,
        patience: deps.settings.patience,
        now,
    };
    Ok(deps.store.write(Command::ReserveSignIn(key.clone(), attempt)).await?)
}

/// Said once for each wait, by the attempt that began it. What was typed is not said: it may be a password.
fn locked(
    deps: &Deps,
    key: &RealmKey,
    attempt: &Attempt<'_>,
    user: Option<String>,
    (until, now): (UnixMillis, UnixMillis),
) {
    let Attempt {
        address, request_id, ..
    } = attempt;
    let seconds = seconds_until(until, now);
    tracing::warn!(event = "sign_in.locked", realm = %key, user, address, request_id, seconds, "an account waits");
    let event = Event {
        user,
        address: Some((*address).to_owned()),
        detail: format!("waits for {seconds} s after wrong passwords in a row"),
        ..Event::new(EventKind::SignInLocked, now)
    };
    // In the background: nothing depends on it, and the log has said it.
    deps.store
        .write_later(Command::RecordEvent(key.clone(), Box::new(event)));
}

/// Rounded up: whoever comes back then is not sent away again.
fn seconds_until(until: UnixMillis, now: UnixMillis) -> u64 {
    u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0).div_ceil(1000)
}
