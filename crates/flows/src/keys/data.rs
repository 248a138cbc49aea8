//! Data keys: random, made once, sealed under the master key (docs/adr/0002-data-keys.md).
use super::{Ring, data_context};
use crate::Entropy;
use grantor_jose::{JoseError, MacKey};
use grantor_protocol::UnixMillis;
use grantor_store::keys::DataKeyRecord;
use grantor_store::signing_keys::KeyWrite;
use grantor_store::{Store, StoreError};

/// The key for one purpose and its id; made when there is none.
pub(super) async fn data_key(
    store: &Store,
    ring: &Ring,
    purpose: &str,
    entropy: &dyn Entropy,
    now: UnixMillis,
) -> Result<(MacKey, String), StoreError> {
    let find = async || -> Result<Option<DataKeyRecord>, StoreError> {
        Ok(store.list_data_keys().await?.into_iter().find(|k| k.purpose == purpose))
    };
    if find().await?.is_none() {
        make(store, ring, purpose, entropy, now).await?;
    }
    let record = find()
        .await?
        .ok_or_else(|| StoreError::Unavailable(format!("data key {purpose} vanished")))?;
    let plain = ring
        .that_sealed(&record.sealed)
        .and_then(|key| key.open(&data_context(purpose), &record.sealed))
        .map_err(|e| unusable(purpose, &e))?;
    let bytes: [u8; 32] = plain[..]
        .try_into()
        .map_err(|_| StoreError::Unavailable(format!("data key {purpose} has the wrong length")))?;
    Ok((MacKey::from_bytes(bytes), record.id))
}

async fn make(
    store: &Store,
    ring: &Ring,
    purpose: &str,
    entropy: &dyn Entropy,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let (mut bytes, mut nonce, mut id) = ([0; 32], [0; 12], [0; 6]);
    entropy.fill(&mut bytes);
    entropy.fill(&mut nonce);
    entropy.fill(&mut id);
    let master = ring.current();
    let sealed = master.seal(&data_context(purpose), nonce, &bytes);
    let record = DataKeyRecord {
        purpose: purpose.into(),
        id: crate::token::base64url(&id),
        sealed: sealed.map_err(|e| unusable(purpose, &e))?,
    };
    match store.insert_data_key(&record, master.marks(), now).await {
        Ok(KeyWrite::FormerMasterKey) => Err(StoreError::Unavailable(
            "the master key was rotated at this moment; start again".into(),
        )),
        // Another process was quicker; its key counts.
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

pub(super) fn unusable(purpose: &str, error: &JoseError) -> StoreError {
    StoreError::Unavailable(format!("data key {purpose} cannot be opened: {error}"))
}
