//! Signing in with a password: one fact is stored, a browser session; then the interaction goes on.
//!
//! Every guess is counted before the password is looked at (O-277), and every kind of failure does the same: a place in the
//! queue, one read, one write, one hash (O-275, O-276).
use crate::keys::Purpose;
use crate::metrics::LoginResult;
use crate::sessions::Seat;
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
    Done(SignedIn),
    /// Unknown name, wrong password, disabled account: nobody is told which (O-275).
    Wrong,
    /// The account, or what has its name, or the address has to wait; seconds after which to try again.
    Wait(u64),
    /// Too many hashes are waiting; seconds after which to try again.
    Busy(u64),
}

/// Somebody is signed in.
pub struct SignedIn {
    /// The values of the cookies of the new session and of the browser that is known from now on.
    pub session: String,
    pub device: String,
    sid: String,
    user: String,
}

/// What was typed, and who sent it.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// A user name or an e-mail address.
    pub username: &'a str,
    pub password: &'a str,
    /// The browser: its session, where it is and what it says of itself.
    pub seat: Seat<'a>,
    /// Its cookie of the accounts it knows.
    pub device: Option<&'a str>,
    /// For the log.
    pub request_id: &'a str,
}

/// Longest user name read, in bytes.
const MAX_USERNAME: usize = 800;

/// Signs in for the interaction `id`, which then goes on.
pub async fn sign_in_for(deps: &Deps, key: &RealmKey, id: &str, attempt: Attempt<'_>) -> Result<SignIn, Refusal> {
    let done = sign_in(deps, key, attempt).await?;
    if let SignIn::Done(SignedIn { sid, user, .. }) = &done {
        interaction::change(deps, key, id, |interaction| {
            let progress = &mut interaction.progress;
            progress.signed_in = Some(sid.clone());
            // Whoever signs in anew has not yet been asked, unless it was they who were.
            progress.consented.take_if(|allowed| allowed.user != *user);
        })
        .await?;
    }
    Ok(done)
}

/// Checks a password, with the same work for every kind of failure, and starts a session.
pub async fn sign_in(deps: &Deps, key: &RealmKey, attempt: Attempt<'_>) -> Result<SignIn, Refusal> {
    let done = judge(deps, key, attempt).await?;
    deps.metrics.logins.add_one(match done {
        SignIn::Done(_) => LoginResult::Succeeded,
        SignIn::Wrong => LoginResult::Wrong,
        SignIn::Wait(_) => LoginResult::Waits,
        SignIn::Busy(_) => LoginResult::Busy,
    });
    Ok(done)
}

async fn judge(deps: &Deps, key: &RealmKey, attempt: Attempt<'_>) -> Result<SignIn, Refusal> {
    let now = deps.clock.now();
    let (found, account) = match guess(deps, key, attempt, now).await? {
        Guess::Right(found, account) => (found, account),
        Guess::Wrong => return Ok(SignIn::Wrong),
        Guess::Wait(seconds) => return Ok(SignIn::Wait(seconds)),
        Guess::Busy(seconds) => return Ok(SignIn::Busy(seconds)),
    };
    let Attempt { seat, request_id, .. } = attempt;
    let Some((session, sid)) = sessions::start(deps, key, &found, (seat, account), now).await? else {
        return Ok(SignIn::Wrong);
    };
    let address = seat.address;
    tracing::info!(event = "sign_in.succeeded", realm = %key, user = %found.user.id, address, request_id, "signed in");
    tell(
        deps,
        key,
        (EventKind::SignInSucceeded, now),
        (Some(found.user.id.clone()), address),
    );
    Ok(SignIn::Done(SignedIn {
        session,
        sid,
        device: devices::remember(deps, key, attempt.device, &found),
        user: found.user.id.clone(),
    }))
}

/// What became of a guess.
pub(crate) enum Guess {
    /// Whose password it is, and what the attempt was counted for.
    Right(Box<UserCredential>, [u8; 32]),
    Wrong,
    Wait(u64),
    Busy(u64),
}

/// Looks at a password once the guess is counted; whoever is right gives the attempts back with the session that follows.
pub(crate) async fn guess(
    deps: &Deps,
    key: &RealmKey,
    attempt: Attempt<'_>,
    now: UnixMillis,
) -> Result<Guess, Refusal> {
    let address = attempt.seat.address;
    if let Some(seconds) = deps.sign_in_failures.wait(address, now) {
        return Ok(Guess::Wait(seconds.unsigned_abs()));
    }
    if attempt.username.len() > MAX_USERNAME || attempt.password.len() > MAX_PASSWORD {
        return Ok(Guess::Wrong);
    }
    // A place first: whoever finds none has not used up an attempt.
    let place = match deps.passwords.place() {
        Ok(place) => place,
        Err(busy) => return Ok(Guess::Busy(busy.0)),
    };
    let found = deps.store.find_credential_by_name(key, attempt.username.trim()).await?;
    let account = account(deps, key, &attempt, found.as_ref());
    let waits_until = match reserve(deps, key, account, now).await? {
        Outcome::Waits { until, won: false } => return Ok(Guess::Wait(seconds_until(until, now))),
        Outcome::Waits { until, .. } => Some(until),
        _ => None,
    };
    let hash = found.as_ref().and_then(|f| f.password_hash.clone());
    let owner = found.as_ref().map(|f| f.user.id.clone());
    let verified = match place.verify(attempt.password.to_owned(), hash).await {
        Ok(verified) => verified,
        Err(busy) => return Ok(Guess::Busy(busy.0)),
    };
    match found.filter(|f| verified && f.user.enabled) {
        Some(found) => Ok(Guess::Right(Box::new(found), account)),
        None => {
            failed(deps, key, &attempt, owner, (waits_until, now));
            Ok(Guess::Wrong)
        }
    }
}

/// A wrong guess is counted for its address and told, also when nobody has the name: the same work for all.
fn failed(
    deps: &Deps,
    key: &RealmKey,
    attempt: &Attempt<'_>,
    owner: Option<String>,
    (waits_until, now): (Option<UnixMillis>, UnixMillis),
) {
    let (address, request_id) = (attempt.seat.address, attempt.request_id);
    deps.sign_in_failures.count(address, now);
    tracing::info!(event = "sign_in.failed", realm = %key, address, request_id, "sign-in failed");
    tell(deps, key, (EventKind::SignInFailed, now), (owner.clone(), address));
    if let Some(until) = waits_until {
        locked(deps, key, attempt, owner, (until, now));
    }
}

/// In the background: nothing depends on it, and the log has said it. What was typed is not said: it may be a password.
fn tell(deps: &Deps, key: &RealmKey, (kind, now): (EventKind, UnixMillis), (user, address): (Option<String>, &str)) {
    let event = Event {
        user,
        address: Some(address.to_owned()),
        ..Event::new(kind, now)
    };
    deps.store
        .write_later(Command::RecordEvent(key.clone(), Box::new(event)));
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

/// What attempts at an account are counted for, in browsers that do not know it.
pub(crate) fn account_of(deps: &Deps, key: &RealmKey, user: &str) -> [u8; 32] {
    deps.keys.mac(Purpose::SignIn, key, &[b"user", user.as_bytes(), b""])
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
    let (address, request_id) = (attempt.seat.address, attempt.request_id);
    let seconds = seconds_until(until, now);
    tracing::warn!(event = "sign_in.locked", realm = %key, user, address, request_id, seconds, "an account waits");
    let event = Event {
        user,
        address: Some(address.to_owned()),
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
