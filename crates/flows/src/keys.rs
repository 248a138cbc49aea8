//! Keys in memory: the data keys everything is looked up and sealed with, and each realm's signing keys, made on first need.
use crate::issuers::Published;
use crate::{Deps, Entropy, Refusal};
use grantor_jose::{
    GeneratedKey, JoseError, MacKey, MasterKey, PublicJwk, ReferentialKey, SigningKey, VerificationKey,
};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::SigningAlgorithm;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::keys::{DataKeyRecord, SigningKeyRecord};
use grantor_store::{Store, StoreError};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;

/// What a MAC is for: a value made for one purpose is worth nothing for another (architecture, invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    ClientSecret,
    Credential,
    Code,
    RefreshToken,
    Session,
    Browser,
    Form,
    SignIn,
    Device,
    TokenId,
    PageToken,
}

impl Purpose {
    const fn context(self) -> &'static str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::Credential => "resource-server-credential",
            Self::Code => "authorization-code",
            Self::RefreshToken => "refresh-token",
            Self::Session => "browser-session",
            Self::Browser => "browser",
            Self::Form => "form",
            Self::SignIn => "sign-in-attempt",
            Self::Device => "known-device",
            Self::TokenId => "jti",
            Self::PageToken => "page-token",
        }
    }
}

/// The keys of one realm.
pub struct RealmKeys {
    signing: HashMap<SigningAlgorithm, Arc<SigningKey>>,
    verification: HashMap<String, VerificationKey>,
    referential: ReferentialKey,
    jwks: Arc<Published>,
}

impl RealmKeys {
    /// The key with this `kid`.
    pub fn verification(&self, kid: &str) -> Option<&VerificationKey> {
        self.verification.get(kid)
    }
    /// The key referential tokens are sealed with; never published.
    pub fn referential(&self) -> &ReferentialKey {
        &self.referential
    }
    /// The JWK Set document (RFC 7517 section 5).
    pub fn jwks(&self) -> Arc<Published> {
        self.jwks.clone()
    }
}

/// Every key of the installation.
pub struct Keys {
    master: MasterKey,
    lookup: MacKey,
    referential: MacKey,
    referential_kid: String,
    realms: Cache<RealmKey, Arc<RealmKeys>>,
    making: tokio::sync::Mutex<()>,
}

impl Keys {
    /// Opens the data keys, making them on the first start.
    pub(crate) async fn open(
        store: &Store,
        master: MasterKey,
        entropy: &dyn Entropy,
        now: UnixMillis,
    ) -> Result<Self, StoreError> {
        let (lookup, _) = data_key(store, &master, "lookup", entropy, now).await?;
        let (referential, referential_kid) = data_key(store, &master, "referential", entropy, now).await?;
        Ok(Self {
            master,
            lookup,
            referential,
            referential_kid,
            realms: Cache::new(1000),
            making: tokio::sync::Mutex::new(()),
        })
    }

    /// The MAC of `parts` for one purpose in one realm.
    pub fn mac(&self, purpose: Purpose, key: &RealmKey, parts: &[&[u8]]) -> [u8; 32] {
        let mut all: [&[u8]; 8] = [&[]; 8];
        all[0] = key.tenant.as_bytes();
        all[1] = key.realm.as_bytes();
        let used = 2 + parts.len();
        all[2..used].copy_from_slice(parts);
        self.lookup.mac(purpose.context(), &all[..used])
    }

    /// Forgets a realm's keys, which are read again on the next need.
    pub(crate) fn forget(&self, key: &RealmKey) {
        self.realms.invalidate(key);
    }
}

async fn data_key(
    store: &Store,
    master: &MasterKey,
    purpose: &str,
    entropy: &dyn Entropy,
    now: UnixMillis,
) -> Result<(MacKey, String), StoreError> {
    let context = format!("data-key/{purpose}");
    let find = async || -> Result<Option<DataKeyRecord>, StoreError> {
        Ok(store.list_data_keys().await?.into_iter().find(|k| k.purpose == purpose))
    };
    let unusable = |e: JoseError| StoreError::Unavailable(format!("data key {purpose} cannot be opened: {e}"));
    if find().await?.is_none() {
        let (mut bytes, mut nonce, mut id) = ([0; 32], [0; 12], [0; 6]);
        entropy.fill(&mut bytes);
        entropy.fill(&mut nonce);
        entropy.fill(&mut id);
        let sealed = master.seal(&context, nonce, &bytes).map_err(unusable)?;
        let record = DataKeyRecord {
            purpose: purpose.into(),
            id: crate::token::base64url(&id),
            sealed,
        };
        match store.insert_data_key(&record, now).await {
            // Another process was quicker; its key counts.
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let record = find()
        .await?
        .ok_or_else(|| StoreError::Unavailable(format!("data key {purpose} vanished")))?;
    let plain = master.open(&context, &record.sealed).map_err(unusable)?;
    let bytes: [u8; 32] = plain[..]
        .try_into()
        .map_err(|_| StoreError::Unavailable(format!("data key {purpose} has the wrong length")))?;
    Ok((MacKey::from_bytes(bytes), record.id))
}

/// The keys of a realm, from memory when warm.
pub async fn of_realm(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmKeys>, Refusal> {
    match deps.keys.realms.get(key) {
        Some(keys) => Ok(keys),
        None => load(deps, key).await,
    }
}

/// The signing key of a realm and algorithm; the first request that needs one makes it (decision 13).
pub async fn signing(deps: &Deps, key: &RealmKey, algorithm: SigningAlgorithm) -> Result<Arc<SigningKey>, Refusal> {
    if let Some(found) = of_realm(deps, key).await?.signing.get(&algorithm) {
        return Ok(found.clone());
    }
    // Many first requests at once make one key.
    let _making = deps.keys.making.lock().await;
    if let Some(found) = of_realm(deps, key).await?.signing.get(&algorithm) {
        return Ok(found.clone());
    }
    let generated = tokio::task::spawn_blocking(move || grantor_jose::generate(algorithm))
        .await
        .map_err(|e| OAuthError::server_error(e.to_string()))??;
    let record = seal(deps, key, &generated)?;
    match deps.store.insert_signing_key(key, &record, deps.clock.now()).await {
        Ok(()) | Err(StoreError::Conflict(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let keys = load(deps, key).await?;
    let found = keys.signing.get(&algorithm).cloned();
    found.ok_or_else(|| OAuthError::server_error("a signing key vanished").into())
}

fn context(key: &RealmKey, kid: &str) -> String {
    format!("signing-key/{key}/{kid}")
}

fn seal(deps: &Deps, key: &RealmKey, generated: &GeneratedKey) -> Result<SigningKeyRecord, Refusal> {
    let sealed = deps
        .keys
        .master
        .seal(&context(key, &generated.kid), deps.random(), &generated.private)?;
    let public_jwk = serde_json::to_string(&generated.public).map_err(|e| OAuthError::server_error(e.to_string()))?;
    Ok(SigningKeyRecord {
        kid: generated.kid.clone(),
        algorithm: generated.algorithm,
        public_jwk,
        sealed,
    })
}

async fn load(deps: &Deps, key: &RealmKey) -> Result<Arc<RealmKeys>, Refusal> {
    let read_at = deps.catalog.generation();
    let records = deps.store.list_signing_keys(key).await?;
    let (mut signing, mut verification, mut public) = (HashMap::new(), HashMap::new(), Vec::new());
    for record in records {
        let private = deps.keys.master.open(&context(key, &record.kid), &record.sealed)?;
        let signer = SigningKey::from_pkcs8(record.algorithm, &record.kid, &private)?;
        let jwk: PublicJwk =
            serde_json::from_str(&record.public_jwk).map_err(|e| OAuthError::server_error(e.to_string()))?;
        verification.insert(record.kid, VerificationKey::from_jwk(&jwk)?);
        signing.insert(record.algorithm, Arc::new(signer));
        public.push(jwk);
    }
    let referential = ReferentialKey::new(
        &deps.keys.referential_kid,
        deps.keys.referential.derive(&key.to_string()),
    )?;
    let jwks = Arc::new(Published::new(grantor_jose::jwks_document(&public)));
    let keys = Arc::new(RealmKeys {
        signing,
        verification,
        referential,
        jwks,
    });
    // A key that was removed while they were read must not come back.
    deps.catalog
        .keep(read_at, || deps.keys.realms.insert(key.clone(), keys.clone()));
    Ok(keys)
}
