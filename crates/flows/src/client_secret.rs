//! Client secrets: made here or supplied through `apply`, stored as HMACs, shown once.
use crate::keys::Purpose;
use crate::management::applications::secrets;
use crate::management::{Change, ManagementRefusal, Requester};
use crate::token::base64url;
use crate::{Deps, catalog};
use grantor_protocol::client::Client;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::merge::Members;
use grantor_protocol::{OAuthError, OAuthErrorCode};
use grantor_store::StoreError;
use grantor_store::clients::SecretRecord;
use grantor_store::management::Management;

/// A fresh secret: 288 bits, 48 characters that need no encoding anywhere.
pub fn generate(deps: &Deps) -> String {
    base64url(&deps.random::<36>())
}

/// Whether the client with this id has this secret, and it may be used.
pub async fn is_of(deps: &Deps, key: &RealmKey, client: &str, secret: &str) -> Result<bool, StoreError> {
    let mac = deps
        .keys
        .mac(Purpose::ClientSecret, key, &[client.as_bytes(), secret.as_bytes()]);
    let now = deps.clock.now();
    let secrets = deps.store.list_client_secrets(key, client).await?;
    let same = |s: &SecretRecord| grantor_jose::equal(&s.mac, &mac) && s.is_live(now);
    Ok(secrets.iter().any(same))
}

/// Adds `secret` to `client`. The same secret given twice is one secret. Returns its id.
pub(crate) async fn add(
    deps: &Deps,
    management: &Management<'_>,
    client: &Client,
    secret: &str,
) -> Result<String, StoreError> {
    let mac = deps.keys.mac(
        Purpose::ClientSecret,
        &client.key,
        &[client.id.as_bytes(), secret.as_bytes()],
    );
    let id = format!("{}-{}", client.id, base64url(&grantor_jose::sha256(&mac)[..9]));
    let hint = secret[secret.len().saturating_sub(4)..].to_owned();
    management.save_client_secret(client, &id, mac, &hint).await?;
    Ok(id)
}

/// Makes a new secret for a confidential client, by its `client_id`, and gives its others `expire_others_seconds` to live, when
/// asked. Returns the text, once.
pub async fn rotate(
    deps: &Deps,
    key: &RealmKey,
    client_id: &str,
    (expire_others_seconds, requester): (Option<u32>, &Requester),
) -> Result<String, ManagementRefusal> {
    let Some(entry) = catalog::client(deps, key, client_id).await? else {
        let text = format!("no application with client_id {client_id} in realm {key}");
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, text).into());
    };
    let mut members = Members::new();
    if let Some(seconds) = expire_others_seconds {
        members.insert("expire_others_after".into(), seconds.into());
    }
    let mut change = Change::in_realm(deps, key, requester).await?;
    let body = secrets::create(&mut change, &entry.client.id, &members).await?;
    change.commit().await?;
    Ok(body.client_secret.unwrap_or_default())
}
