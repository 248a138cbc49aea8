//! Which origins may call the endpoints a browser needs (decision 24).
use crate::{Deps, Refusal, catalog};
use grantor_protocol::issuer::RealmKey;

/// Whether this client may be called from `origin`.
pub async fn client_allows(deps: &Deps, key: &RealmKey, client_id: &str, origin: &str) -> Result<bool, Refusal> {
    Ok(catalog::client(deps, key, client_id)
        .await?
        .is_some_and(|c| c.client.enabled && c.client.allows_origin(origin)))
}

/// Whether some client of the realm may be called from `origin`: a preflight names no client.
pub async fn realm_allows(deps: &Deps, key: &RealmKey, origin: &str) -> Result<bool, Refusal> {
    Ok(origin.len() <= 300 && deps.store.is_client_origin(key, origin).await?)
}
