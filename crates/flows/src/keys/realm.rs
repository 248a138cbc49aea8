//! A realm's keys as they are kept: public halves parsed, private halves opened when they first sign.
use super::signing::Signer;
use crate::issuers::Published;
use crate::{Deps, Refusal};
use grantor_jose::{PublicJwk, ReferentialKey, VerificationKey};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::signing_keys::signs;
use grantor_protocol::words::SigningAlgorithm;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::signing_keys::SigningKeyRecord;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many retired keys of an algorithm are kept for old ID tokens, the newest: at the ordinary pace those of four years. The
/// rows stay.
const RETIRED_KEPT: usize = 16;

/// The keys of one realm, as its rows were at one moment.
pub struct RealmKeys {
    signers: HashMap<SigningAlgorithm, Vec<Arc<Signer>>>,
    published: HashMap<String, Arc<VerificationKey>>,
    retired: HashMap<String, Arc<VerificationKey>>,
    referential: ReferentialKey,
    jwks: Arc<Published>,
    outdated: AtomicBool,
}

impl RealmKeys {
    /// The published key with this `kid`. What a key signed counts as long as it is published.
    pub fn verification(&self, kid: &str) -> Option<&VerificationKey> {
        self.published.get(kid).map(|key| &**key)
    }
    /// The same, or a key that was retired in its time: an old ID token still tells who its user was (OpenID Connect Core
    /// section 3.1.2.1, `id_token_hint`). Never a revoked one.
    pub fn hint_verification(&self, kid: &str) -> Option<&VerificationKey> {
        self.verification(kid)
            .or_else(|| self.retired.get(kid).map(|key| &**key))
    }
    /// The key referential tokens are sealed with; never published.
    pub fn referential(&self) -> &ReferentialKey {
        &self.referential
    }
    /// The JWK Set document (RFC 7517 section 5).
    pub fn jwks(&self) -> Arc<Published> {
        self.jwks.clone()
    }
    /// The key that signs with this algorithm at `now`.
    pub(super) fn signer(&self, algorithm: SigningAlgorithm, now: UnixMillis) -> Option<&Arc<Signer>> {
        signs(self.signers.get(&algorithm)?, now)
    }
    pub(super) fn outdate(&self) {
        self.outdated.store(true, Ordering::Release);
    }
    fn is_current(&self) -> bool {
        !self.outdated.load(Ordering::Acquire)
    }
    fn known(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.published.get(kid).or_else(|| self.retired.get(kid)).cloned()
    }
    fn known_signer(&self, record: &SigningKeyRecord) -> Option<&Arc<Signer>> {
        let all = self.signers.get(&record.facts.algorithm)?;
        all.iter().find(|s| s.is_of(&record.facts.kid))
    }
}

/// The keys of a realm, from memory when warm: what is published.
pub async fn of_realm(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmKeys>, Refusal> {
    if let Some(keys) = kept(deps, key) {
        return Ok(keys);
    }
    // Many requests at once read them once.
    let _loading = deps.keys.loading.lock().await;
    match kept(deps, key) {
        Some(keys) => Ok(keys),
        None => load(deps, key).await,
    }
}

/// The keys of a realm for whoever signs or verifies: read again while the change feed does not tell of revoked ones.
pub async fn believed(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmKeys>, Refusal> {
    if deps.catalog.feed_is_fresh(deps.clock.uptime()) {
        return of_realm(deps, key).await;
    }
    load(deps, key).await
}

fn kept(deps: &Deps, key: &RealmKey) -> Option<Arc<RealmKeys>> {
    deps.keys.realms.get(key).filter(|keys| keys.is_current())
}

async fn load(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmKeys>, Refusal> {
    let read_at = deps.catalog.generation();
    let before = deps.keys.realms.get(key);
    let records = deps.store.list_signing_keys(key).await?;
    let keys = Arc::new(parse(deps, key, records, before.as_deref())?);
    // A key that was removed while they were read must not come back.
    deps.catalog
        .keep(read_at, || deps.keys.realms.insert(key.clone(), keys.clone()));
    Ok(keys)
}

/// What there is a use for, in the same order: what is published, and the last that were retired in their time.
fn remembered(mut records: Vec<SigningKeyRecord>) -> Vec<SigningKeyRecord> {
    let mut retired: HashMap<SigningAlgorithm, usize> = HashMap::new();
    records.reverse();
    records.retain(|record| {
        let facts = &record.facts;
        if facts.is_live() || facts.revoked {
            return !facts.revoked;
        }
        let kept = retired.entry(facts.algorithm).or_default();
        *kept += 1;
        *kept <= RETIRED_KEPT
    });
    records.reverse();
    records
}

/// What was parsed `before` is not parsed again.
fn parse(
    deps: &Deps,
    key: &RealmKey,
    records: Vec<SigningKeyRecord>,
    before: Option<&RealmKeys>,
) -> Result<RealmKeys, Refusal> {
    let mut signers: HashMap<_, Vec<_>> = HashMap::new();
    let (mut published, mut retired, mut public) = (HashMap::new(), HashMap::new(), Vec::new());
    for record in remembered(records) {
        let jwk: PublicJwk =
            serde_json::from_str(&record.public_jwk).map_err(|e| OAuthError::server_error(e.to_string()))?;
        let kid = record.facts.kid.clone();
        let verification = match before.and_then(|b| b.known(&kid)) {
            Some(known) => known,
            None => Arc::new(VerificationKey::from_jwk(&jwk)?),
        };
        if !record.facts.is_live() {
            retired.insert(kid, verification);
            continue;
        }
        published.insert(kid, verification);
        public.push(jwk);
        let known = before.and_then(|b| b.known_signer(&record));
        let signer = Arc::new(Signer::of(record, known.map(|s| &**s)));
        signers.entry(signer.algorithm()).or_default().push(signer);
    }
    let referential = deps.keys.referential.derive(&key.to_string());
    Ok(RealmKeys {
        signers,
        published,
        retired,
        referential: ReferentialKey::new(&deps.keys.referential_kid, referential)?,
        jwks: Arc::new(Published::new(grantor_jose::jwks_document(&public))),
        outdated: AtomicBool::new(false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use grantor_protocol::signing_keys::KeyFacts;

    fn record(number: i64, algorithm: SigningAlgorithm, retired: bool, revoked: bool) -> SigningKeyRecord {
        let at = UnixMillis(number);
        let facts = KeyFacts {
            kid: format!("{algorithm}-{number}"),
            algorithm,
            predecessor: String::new(),
            created_at: at,
            active_from: at,
            tokens_end_at: at,
            retired_at: (retired || revoked).then_some(at),
            revoked,
        };
        SigningKeyRecord {
            facts,
            public_jwk: String::new(),
            sealed: Vec::new(),
        }
    }

    #[test]
    fn the_last_retired_keys_of_each_algorithm_are_remembered_and_every_published_one() {
        let (rs, es) = (SigningAlgorithm::RS256, SigningAlgorithm::ES256);
        let mut all = vec![record(0, rs, false, false)];
        all.extend((1..=40).map(|n| record(n, rs, true, n == 39)));
        all.extend((1..=3).map(|n| record(n, es, true, false)));
        all.extend((41..=60).map(|n| record(n, rs, false, false)));
        let kids: Vec<String> = remembered(all).into_iter().map(|r| r.facts.kid).collect();
        let mut expected = vec!["RS256-0".to_owned()];
        // Sixteen, and the revoked one is none of them.
        expected.extend((24..=40).filter(|n| *n != 39).map(|n| format!("RS256-{n}")));
        expected.extend((1..=3).map(|n| format!("ES256-{n}")));
        expected.extend((41..=60).map(|n| format!("RS256-{n}")));
        assert_eq!(kids, expected);
    }
}
