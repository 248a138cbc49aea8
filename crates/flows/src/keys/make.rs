//! Making signing keys: generated apart from the requests' threads, sealed, stored behind the last one.
use super::{believed, forget, of_realm, signing_context};
use crate::{Deps, Refusal};
use grantor_jose::{GeneratedKey, MasterKey};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::signing_keys::{AboutKey, KeyFacts, last};
use grantor_protocol::words::SigningAlgorithm;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::StoreError;
use grantor_store::events::By;
use grantor_store::signing_keys::{KeyWrite, SigningKeyRecord};

/// How often a key is stored anew when others were quicker, or the master key changed meanwhile.
const ATTEMPTS: usize = 8;

/// The realm has a key of every algorithm discovery names: a verifier that keeps the set it fetched then knows the key of
/// the first token too (docs/adr/0003-keys-published-before-use.md).
pub async fn ensure(deps: &Deps, key: &RealmKey, now: UnixMillis) -> Result<(), Refusal> {
    for algorithm in SigningAlgorithm::ALL {
        if of_realm(deps, key).await?.signer(*algorithm, now).is_none() {
            first(deps, key, *algorithm, now).await?;
        }
    }
    Ok(())
}

/// Makes a key that signs at once, where there is none.
pub(super) async fn first(
    deps: &Deps,
    key: &RealmKey,
    algorithm: SigningAlgorithm,
    now: UnixMillis,
) -> Result<(), Refusal> {
    // Many first requests at once make one key.
    let _making = deps.keys.making.lock().await;
    if believed(deps, key).await?.signer(algorithm, now).is_some() {
        return Ok(());
    }
    let none = |keys: &[SigningKeyRecord]| !keys.iter().any(|k| k.facts.is_live());
    let by = By::default();
    make(deps, key, algorithm, (now, &by), |keys| none(keys).then_some(now)).await?;
    Ok(())
}

/// Makes a key at the end of its realm's and algorithm's chain, when `wanted` says from when on it signs. It is asked again
/// with what another process made meanwhile. Returns the new key's facts.
pub async fn make(
    deps: &Deps,
    key: &RealmKey,
    algorithm: SigningAlgorithm,
    (now, by): (UnixMillis, &By),
    wanted: impl Fn(&[SigningKeyRecord]) -> Option<UnixMillis>,
) -> Result<Option<KeyFacts>, Refusal> {
    let mut generated = None;
    for _ in 0..ATTEMPTS {
        let keys = of_algorithm(deps, key, algorithm).await?;
        let Some(active_from) = wanted(&keys) else {
            // Another process made it, and the feed may not have said so yet.
            forget(deps, key);
            return Ok(None);
        };
        let made = match generated.take() {
            Some(made) => made,
            None => generate(algorithm).await?,
        };
        let facts = facts(&made, last(&keys), now, active_from);
        let ring = deps.keys.ring();
        let record = seal(deps, key, ring.current(), &made, facts.clone())?;
        match deps
            .store
            .insert_signing_key(key, &record, ring.current().marks(), by)
            .await
        {
            Ok(KeyWrite::Done) => {
                forget(deps, key);
                tracing::info!(realm = %key, kid = %facts.kid, %algorithm, "a signing key was made");
                return Ok(Some(facts));
            }
            Ok(KeyWrite::Gone) | Err(StoreError::Conflict(_)) => {}
            Ok(KeyWrite::FormerMasterKey) => deps.keys.read_again(&deps.store).await?,
            Err(other) => return Err(other.into()),
        }
        generated = Some(made);
    }
    Err(OAuthError::server_error("signing keys change faster than one can be added").into())
}

/// The keys of one algorithm, retired ones too, as the database has them now.
async fn of_algorithm(
    deps: &Deps,
    key: &RealmKey,
    algorithm: SigningAlgorithm,
) -> Result<Vec<SigningKeyRecord>, Refusal> {
    let mut keys = deps.store.list_signing_keys(key).await?;
    keys.retain(|k| k.facts().algorithm == algorithm);
    Ok(keys)
}

pub(crate) async fn generate(algorithm: SigningAlgorithm) -> Result<GeneratedKey, Refusal> {
    let made = tokio::task::spawn_blocking(move || grantor_jose::generate(algorithm)).await;
    Ok(made.map_err(|e| OAuthError::server_error(e.to_string()))??)
}

/// A key that signed nothing yet.
pub(crate) fn facts(made: &GeneratedKey, predecessor: &str, now: UnixMillis, active_from: UnixMillis) -> KeyFacts {
    KeyFacts {
        kid: made.kid.clone(),
        algorithm: made.algorithm,
        predecessor: predecessor.to_owned(),
        created_at: now,
        active_from,
        tokens_end_at: active_from,
        retired_at: None,
        revoked: false,
    }
}

pub(crate) fn seal(
    deps: &Deps,
    key: &RealmKey,
    master: &MasterKey,
    made: &GeneratedKey,
    facts: KeyFacts,
) -> Result<SigningKeyRecord, Refusal> {
    let sealed = master.seal(&signing_context(key, &made.kid), deps.random(), &made.private)?;
    let public_jwk = serde_json::to_string(&made.public).map_err(|e| OAuthError::server_error(e.to_string()))?;
    Ok(SigningKeyRecord {
        facts,
        public_jwk,
        sealed,
    })
}
