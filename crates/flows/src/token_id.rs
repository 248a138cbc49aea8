//! The id of an access token (`jti`): made and read here and nowhere else (decision 18).
//!
//! It tells its own expiry, and a MAC that only this server can make: a token is revoked by its id without a row, and an id
//! that was never given is known as such. 15 random bytes, 5 of expiry (Unix seconds, big endian), 10 of MAC; 40 characters.
use crate::Deps;
use crate::keys::{Keys, Purpose};
use crate::token::base64url;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;

const RANDOM: usize = 15;
/// Random bytes and expiry: what the MAC is over, besides realm and client.
const SIGNED: usize = RANDOM + 5;
const LENGTH: usize = SIGNED + 10;

/// A fresh id for a token of `client_id` that expires at `exp` (Unix seconds).
pub(crate) fn make(deps: &Deps, key: &RealmKey, client_id: &str, exp: i64) -> String {
    let mut bytes = [0; LENGTH];
    deps.entropy.fill(&mut bytes[..RANDOM]);
    bytes[RANDOM..SIGNED].copy_from_slice(&exp.to_be_bytes()[3..]);
    let mac = mac(&deps.keys, key, client_id, &bytes[..SIGNED]);
    bytes[SIGNED..].copy_from_slice(&mac[..LENGTH - SIGNED]);
    base64url(&bytes)
}

/// When the token of this id expires; `None` for an id that no token of this client in this realm was given.
pub(crate) fn expiry(deps: &Deps, key: &RealmKey, client_id: &str, id: &str) -> Option<UnixMillis> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok().filter(|b| b.len() == LENGTH)?;
    let mac = mac(&deps.keys, key, client_id, &bytes[..SIGNED]);
    if !grantor_jose::equal(&mac[..LENGTH - SIGNED], &bytes[SIGNED..]) {
        return None;
    }
    let mut exp = [0; 8];
    exp[3..].copy_from_slice(&bytes[RANDOM..SIGNED]);
    Some(UnixMillis::from_seconds(i64::from_be_bytes(exp)))
}

fn mac(keys: &Keys, key: &RealmKey, client_id: &str, signed: &[u8]) -> [u8; 32] {
    keys.mac(Purpose::TokenId, key, &[client_id.as_bytes(), signed])
}
