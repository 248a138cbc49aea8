//! A resource server that has nothing but the published keys: signatures are checked by the `openidconnect` crate, whose
//! cryptography (RustCrypto, dalek) is none of the server's.
use super::part_of;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde_json::Value;

/// The claims of a token whose signature one of the published keys, chosen by `kid`, verifies; else why not.
pub(crate) fn verify_offline(jwks: &str, token: &str) -> Result<Value, String> {
    let keys: CoreJsonWebKeySet = serde_json::from_str(jwks).map_err(|e| format!("JWKS: {e}"))?;
    let header = part_of(token, 0);
    let named = |key: &&CoreJsonWebKey| {
        key.key_id()
            .is_some_and(|id| Some(id.as_str()) == header["kid"].as_str())
    };
    let key = keys.keys().iter().find(named).ok_or("no such kid")?;
    let algorithm: CoreJwsSigningAlgorithm =
        serde_json::from_value(header["alg"].clone()).map_err(|e| format!("alg: {e}"))?;
    let (message, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|e| e.to_string())?;
    key.verify_signature(&algorithm, message.as_bytes(), &signature)
        .map_err(|e| e.to_string())?;
    Ok(part_of(token, 1))
}
