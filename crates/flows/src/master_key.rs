//! Rotating the master key: everything sealed is sealed under another one, all of it or nothing.
//!
//! Owns: what is sealed for whom. Does not own: where master keys are kept (the server), which of them counts (`keys`).
use crate::keys::{data_context, signing_context};
use crate::{Deps, Refusal};
use grantor_jose::{JoseError, MasterKey};
use grantor_store::StoreError;
use grantor_store::keys::Holder;

/// Seals everything under `to`, whichever master key of this installation it is sealed under now; other processes hear of
/// it by the change feed. `to` must be one that they can read. Returns how many things there were.
pub async fn reseal(deps: &Deps, to: &MasterKey) -> Result<usize, Refusal> {
    let ring = deps.keys.ring();
    let seal = |holder: &Holder<'_>, sealed: &[u8]| {
        let context = match holder {
            Holder::DataKey { purpose } => data_context(purpose),
            Holder::SigningKey { key, kid } => signing_context(key, kid),
        };
        let plain = ring.that_sealed(sealed).and_then(|key| key.open(&context, sealed));
        let again = plain.and_then(|plain| to.seal(&context, deps.random(), &plain));
        again.map_err(|error: JoseError| StoreError::Unavailable(format!("{context}: {error}")))
    };
    Ok(deps.store.reseal(deps.clock.now(), seal).await?)
}
