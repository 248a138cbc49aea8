//! The text of a refresh token: which grant, which generation, and a MAC over both. Nothing of it is stored (decision 16).
use crate::Deps;
use crate::keys::Purpose;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_protocol::issuer::RealmKey;

/// What refresh tokens begin with, so that scanners for leaked secrets know them.
const PREFIX: &str = "grt_";
const GRANT: usize = 16;
const GENERATION: usize = 8;
/// 240 bits; with the rest it makes whole base64 groups, so no two texts spell the same bytes.
const MAC: usize = 30;

/// A refresh token that this realm made, whatever has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    pub grant: String,
    pub generation: i64,
}

/// Whether a text claims to be a refresh token.
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The token of a generation; always the same text. `None` for a grant whose id is not one we give.
pub fn text(deps: &Deps, key: &RealmKey, token: &RefreshToken) -> Option<String> {
    text_under(|grant, generation| mac(deps, key, (grant, generation)), token)
}

/// What a text says; `None` unless this realm made it.
pub fn read(deps: &Deps, key: &RealmKey, text: &str) -> Option<RefreshToken> {
    read_under(|grant, generation| mac(deps, key, (grant, generation)), text)
}

/// [`text`] under any MAC of grant and generation.
pub fn text_under(mac: impl Fn(&[u8; GRANT], &[u8; GENERATION]) -> [u8; 32], token: &RefreshToken) -> Option<String> {
    let grant: [u8; GRANT] = URL_SAFE_NO_PAD.decode(&token.grant).ok()?.try_into().ok()?;
    let generation = token.generation.to_be_bytes();
    let mac = mac(&grant, &generation);
    let mut bytes = [0; GRANT + GENERATION + MAC];
    bytes[..GRANT].copy_from_slice(&grant);
    bytes[GRANT..GRANT + GENERATION].copy_from_slice(&generation);
    bytes[GRANT + GENERATION..].copy_from_slice(&mac[..MAC]);
    Some(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// [`read`] under any MAC of grant and generation.
pub fn read_under(mac: impl Fn(&[u8; GRANT], &[u8; GENERATION]) -> [u8; 32], text: &str) -> Option<RefreshToken> {
    let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
    let bytes: [u8; GRANT + GENERATION + MAC] = bytes.try_into().ok()?;
    let (grant, rest) = bytes.split_first_chunk::<GRANT>()?;
    let (generation, presented) = rest.split_first_chunk::<GENERATION>()?;
    let mac = mac(grant, generation);
    grantor_jose::equal(&mac[..MAC], presented).then(|| RefreshToken {
        grant: URL_SAFE_NO_PAD.encode(grant),
        generation: i64::from_be_bytes(*generation),
    })
}

fn mac(deps: &Deps, key: &RealmKey, (grant, generation): (&[u8; GRANT], &[u8; GENERATION])) -> [u8; 32] {
    deps.keys.mac(Purpose::RefreshToken, key, &[grant, generation])
}
