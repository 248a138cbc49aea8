//! Signing in with a password: one fact is stored, a browser session; then the interaction goes on.
use crate::interaction::{self, Interaction};
use crate::passwords::TooBusy;
use crate::{Deps, Refusal, sessions};
use grantor_protocol::apply::MAX_PASSWORD;
use grantor_protocol::issuer::RealmKey;

/// What became of it.
pub enum SignIn {
    /// The value of the new session cookie.
    Done(String),
    /// Unknown name, wrong password, disabled account: nobody is told which (O-275).
    Wrong,
    /// Too many hashes are waiting; seconds after which to try again.
    Busy(u64),
}

/// Longest user name read, in bytes.
const MAX_USERNAME: usize = 800;

/// Checks a password, with the same work for every kind of failure, and starts a session bound to the interaction.
pub async fn sign_in(
    deps: &Deps,
    key: &RealmKey,
    (id, interaction): (&str, &mut Interaction),
    (username, password): (&str, &str),
    (former_session, address): (Option<&str>, &str),
) -> Result<SignIn, Refusal> {
    let now = deps.clock.now();
    if let Some(seconds) = deps.sign_in_failures.wait(address, now) {
        return Ok(SignIn::Busy(seconds.unsigned_abs()));
    }
    if username.len() > MAX_USERNAME || password.len() > MAX_PASSWORD {
        return Ok(SignIn::Wrong);
    }
    let found = deps.store.find_credential_by_username(key, username.trim()).await?;
    let hash = found.as_ref().and_then(|f| f.password_hash.clone());
    let verified = match deps.passwords.verify(password.to_owned(), hash).await {
        Ok(verified) => verified,
        Err(TooBusy(seconds)) => return Ok(SignIn::Busy(seconds)),
    };
    let Some(found) = found.filter(|f| verified && f.user.enabled) else {
        deps.sign_in_failures.count(address, now);
        tracing::info!(event = "sign_in.failed", realm = %key, address, "sign-in failed");
        return Ok(SignIn::Wrong);
    };
    let (cookie, session) = sessions::start(deps, key, &found.user, former_session, now).await?;
    interaction.progress.signed_in = Some(session.sid);
    // Whoever signs in anew has not yet been asked.
    interaction.progress.consented = None;
    interaction::save(deps, key, id, interaction).await?;
    tracing::info!(event = "sign_in.succeeded", realm = %key, user = %found.user.id, address, "signed in");
    Ok(SignIn::Done(cookie))
}
