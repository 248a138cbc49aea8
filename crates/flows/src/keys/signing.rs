//! The key that signs, and until when it answers for what it signed: durable before the token leaves.
use super::{Ring, believed, forget, make, signing_context};
use crate::{Deps, Refusal};
use grantor_jose::{JoseError, SigningKey};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::signing_keys::{AboutKey, KeyFacts, tokens_end_at};
use grantor_protocol::words::SigningAlgorithm;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::signing_keys::SigningKeyRecord;
use grantor_store::{Command, Outcome};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

/// How often a key that turns out to be retired, or sealed under another master key, is looked for anew.
const ATTEMPTS: usize = 4;

/// A published key as one of those that may sign.
pub(super) struct Signer {
    facts: KeyFacts,
    sealed: Vec<u8>,
    /// Opened when it first signs: keys that wait or that are followed cost nothing.
    opened: OnceLock<Arc<SigningKey>>,
    /// Until when its row answers for tokens, in Unix milliseconds; at least that.
    covered: AtomicI64,
    extending: tokio::sync::Mutex<()>,
}

impl AboutKey for Signer {
    fn facts(&self) -> &KeyFacts {
        &self.facts
    }
}

impl Signer {
    /// The key of a row; opened already when it was `before`.
    pub(super) fn of(record: SigningKeyRecord, before: Option<&Self>) -> Self {
        let opened = before.and_then(|b| b.opened.get()).cloned();
        Self {
            covered: AtomicI64::new(record.facts.tokens_end_at.0),
            facts: record.facts,
            sealed: record.sealed,
            opened: opened.map_or_else(OnceLock::new, OnceLock::from),
            extending: tokio::sync::Mutex::new(()),
        }
    }
    pub(super) fn algorithm(&self) -> SigningAlgorithm {
        self.facts.algorithm
    }
    pub(super) fn is_of(&self, kid: &str) -> bool {
        self.facts.kid == kid
    }

    fn open(&self, ring: &Ring, key: &RealmKey) -> Result<Arc<SigningKey>, JoseError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        let kid = &self.facts.kid;
        let private = ring
            .that_sealed(&self.sealed)?
            .open(&signing_context(key, kid), &self.sealed)?;
        let opened = Arc::new(SigningKey::from_pkcs8(self.facts.algorithm, kid, &private)?);
        Ok(self.opened.get_or_init(|| opened).clone())
    }

    fn covers(&self, exp: i64) -> bool {
        UnixMillis::from_seconds(exp).0 <= self.covered.load(Ordering::Acquire)
    }

    /// Makes the row answer for a token that expires at `exp`. `false` when the key is retired and must not sign it.
    async fn cover(&self, deps: &Deps, key: &RealmKey, exp: i64, now: UnixMillis) -> Result<bool, Refusal> {
        if self.covers(exp) {
            return Ok(true);
        }
        // Many requests at once write it once.
        let _extending = self.extending.lock().await;
        if self.covers(exp) {
            return Ok(true);
        }
        let until = tokens_end_at(exp, now);
        let command = Command::ExtendSigningKey {
            key: key.clone(),
            kid: self.facts.kid.clone(),
            tokens_end_at: until,
        };
        let stands = deps.store.write(command).await? == Outcome::Won;
        if stands {
            self.covered.fetch_max(until.0, Ordering::Release);
        }
        Ok(stands)
    }
}

/// The key that signs, at `now`, a token that expires at `exp` (a NumericDate). Its row answers for the token before this
/// returns: a key is never retired while a token of it lives. The first request that needs a key makes it (decision 13).
pub async fn signing(
    deps: &Deps,
    key: &RealmKey,
    algorithm: SigningAlgorithm,
    exp: i64,
    now: UnixMillis,
) -> Result<Arc<SigningKey>, Refusal> {
    let mut reason = "signing keys change faster than they can be read".to_owned();
    for _ in 0..ATTEMPTS {
        let keys = believed(deps, key).await?;
        let Some(signer) = keys.signer(algorithm, now) else {
            make::first(deps, key, algorithm, now).await?;
            continue;
        };
        match signer.open(&deps.keys.ring(), key) {
            Ok(opened) => {
                if signer.cover(deps, key, exp, now).await? {
                    return Ok(opened);
                }
            }
            // The master key was rotated, and the feed has not said so yet.
            Err(error @ JoseError::OtherMasterKey { .. }) => {
                reason = error.to_string();
                deps.keys.read_again(&deps.store).await?;
            }
            Err(error) => return Err(error.into()),
        }
        forget(deps, key);
    }
    Err(OAuthError::server_error(reason).into())
}
