//! What operators and the schedule do with signing keys: list, rotate, revoke; make the next one in time, retire what is over.
//!
//! Everything here is safe beside other processes: a key has its place behind another one, and only one gets it.
use crate::keys::{facts, forget, generate, make, seal};
use crate::{Deps, Refusal};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::signing_keys::{KeyFacts, KeyState, due, last, over, signs, state};
use grantor_protocol::words::SigningAlgorithm;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::events::By;
use grantor_store::signing_keys::{KeyWrite, Replacement, SigningKeyRecord};
use grantor_store::{Command, Outcome, StoreError};
use std::sync::Arc;

/// How often a revocation is tried anew when keys change meanwhile.
const ATTEMPTS: usize = 8;

/// A key and its state at the time of the question.
#[derive(Debug, Clone)]
pub struct ListedKey {
    pub facts: KeyFacts,
    pub state: KeyState,
}

/// Every key of a realm, by algorithm, in the order in which they sign.
pub async fn list(deps: &Deps, key: &RealmKey) -> Result<Vec<ListedKey>, Refusal> {
    must_exist(deps, key).await?;
    let now = deps.clock.now();
    let all = deps.store.list_signing_keys(key).await?;
    let mut listed = Vec::with_capacity(all.len());
    for algorithm in SigningAlgorithm::ALL {
        let keys: Vec<_> = all.iter().filter(|k| k.facts.algorithm == *algorithm).collect();
        listed.extend(keys.iter().map(|k| ListedKey {
            facts: k.facts.clone(),
            state: state(&k.facts, &keys, now),
        }));
    }
    Ok(listed)
}

/// Makes the next key of each of these algorithms. It signs once it was published for as long as the settings say; with
/// `at_once` now, and verifiers that keep the last key set fail until they fetch it again.
pub async fn rotate(
    deps: &Deps,
    key: &RealmKey,
    algorithms: &[SigningAlgorithm],
    at_once: bool,
    by: &By,
) -> Result<Vec<KeyFacts>, Refusal> {
    must_exist(deps, key).await?;
    let now = deps.clock.now();
    let begin = |keys: &[SigningKeyRecord]| {
        // The first one has nobody to surprise.
        let first = !keys.iter().any(|k| k.facts.is_live());
        if at_once || first {
            now
        } else {
            deps.settings.keys.schedule.earliest(now)
        }
    };
    let mut made = Vec::with_capacity(algorithms.len());
    for algorithm in algorithms {
        made.extend(make(deps, key, *algorithm, (now, by), |keys| Some(begin(keys))).await?);
    }
    Ok(made)
}

/// What a revocation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedKey {
    pub algorithm: SigningAlgorithm,
    /// The key that signs in its place from now on, when it was the one that signed: a waiting one, which verifiers may
    /// know already, else a new one.
    pub replacement: Option<String>,
}

/// Takes a key back at once, whatever it signed: it leaves the key set and its tokens are inactive.
pub async fn revoke(deps: &Deps, key: &RealmKey, kid: &str, by: &By) -> Result<RevokedKey, Refusal> {
    must_exist(deps, key).await?;
    let mut spare = None;
    for _ in 0..ATTEMPTS {
        let now = deps.clock.now();
        let mut keys = deps.store.list_signing_keys(key).await?;
        let Some(algorithm) = keys.iter().find(|k| k.facts.kid == kid).map(|k| k.facts.algorithm) else {
            return Err(OAuthError::invalid_request(format!("realm {key} has no signing key {kid}")).into());
        };
        keys.retain(|k| k.facts.algorithm == algorithm);
        let signing = signs(&keys, now).map(|k| k.facts.kid.as_str());
        let mut waiting = keys.iter().filter(|k| state(&k.facts, &keys, now) == KeyState::Next);
        let ring = deps.keys.ring();
        let new;
        let (instead, replacement) = match (signing == Some(kid), waiting.next()) {
            (false, _) => (Replacement::None { signing }, None),
            (true, Some(next)) => {
                let next = &next.facts.kid;
                (Replacement::Waiting(next), Some(next.clone()))
            }
            (true, None) => {
                let made = match spare.take() {
                    Some(made) => made,
                    None => generate(algorithm).await?,
                };
                new = seal(deps, key, ring.current(), &made, facts(&made, last(&keys), now, now))?;
                spare = Some(made);
                let instead = Replacement::New(&new, ring.current().marks());
                (instead, Some(new.facts.kid.clone()))
            }
        };
        match deps.store.revoke_signing_key(key, kid, instead, (now, by)).await {
            Ok(KeyWrite::Done) => {
                forget(deps, key);
                tracing::info!(realm = %key, kid, "a signing key was revoked");
                return Ok(RevokedKey { algorithm, replacement });
            }
            Ok(KeyWrite::Gone) => {
                return Err(OAuthError::invalid_request(format!("signing key {kid} is revoked already")).into());
            }
            Ok(KeyWrite::FormerMasterKey) => deps.keys.read_again(&deps.store).await?,
            // Keys changed meanwhile.
            Err(StoreError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(OAuthError::server_error("signing keys change faster than one can be revoked").into())
}

async fn must_exist(deps: &Deps, key: &RealmKey) -> Result<(), Refusal> {
    // Also a disabled one: a key that leaked is revoked before its realm is enabled again.
    match deps.store.find_stored_realm(key).await? {
        Some(_) => Ok(()),
        None => Err(OAuthError::invalid_request(format!("there is no realm {key}")).into()),
    }
}

/// The job: makes next keys in time and retires what is over, in every realm that has keys. A realm that fails does not
/// keep the others from theirs.
pub async fn tend(deps: Arc<Deps>) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let all = deps
        .store
        .list_live_signing_keys(deps.settings.keys.schedule.old_since(now))
        .await?;
    let same = |a: &(RealmKey, KeyFacts), b: &(RealmKey, KeyFacts)| a.0 == b.0 && a.1.algorithm == b.1.algorithm;
    for group in all.chunk_by(same) {
        let key = &group[0].0;
        let keys: Vec<&KeyFacts> = group.iter().map(|(_, facts)| facts).collect();
        if let Err(refusal) = tend_algorithm(&deps, key, &keys, now).await {
            tracing::error!(realm = %key, algorithm = %keys[0].algorithm, ?refusal, "signing keys cannot be looked after");
        }
    }
    Ok(())
}

async fn tend_algorithm(deps: &Deps, key: &RealmKey, keys: &[&KeyFacts], now: UnixMillis) -> Result<(), Refusal> {
    let schedule = deps.settings.keys.schedule;
    if due(keys, &schedule, now).is_some() {
        let wanted = |keys: &[SigningKeyRecord]| due(keys, &schedule, now);
        make(deps, key, keys[0].algorithm, (now, &By::default()), wanted).await?;
    }
    for ended in over(keys, now) {
        let command = Command::RetireSigningKey {
            key: key.clone(),
            kid: ended.kid.clone(),
            now,
        };
        if deps.store.write(command).await? == Outcome::Won {
            forget(deps, key);
            tracing::info!(realm = %key, kid = %ended.kid, "a signing key was retired");
        }
    }
    Ok(())
}
