//! Referential tokens: a JWE (RFC 7516) with `dir` and `A256GCM` that only this server opens (decision 6).
//!
//! aws-lc does the encryption with a key schedule that is kept, and the header is compared as text: josekit's JWE parses
//! headers into maps, makes a cipher per token and knows compression and other algorithms, all of which would have to be
//! switched off again.
use crate::JoseError;
use crate::header::{MAX_TOKEN_LENGTH, check_own_kid};
use crate::master_key::aes_256_gcm;
use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

const TAG_LENGTH: usize = 16;

/// A key that seals and opens referential tokens. Nonces are random, so a key seals at most 2^32 tokens
/// (NIST SP 800-38D section 8.3) before the next one takes over.
pub struct ReferentialKey {
    kid: String,
    key: LessSafeKey,
    /// The encoded header: the associated data of every token.
    header: String,
}

impl ReferentialKey {
    /// A key from 32 random bytes. `Key` when `kid` is not 1 to 128 visible ASCII characters.
    pub fn new(kid: &str, key: [u8; 32]) -> Result<Self, JoseError> {
        check_own_kid(kid)?;
        let header = format!(r#"{{"alg":"dir","enc":"A256GCM","cty":"at+jwt","kid":"{kid}"}}"#);
        let key = aes_256_gcm(&Zeroizing::new(key));
        Ok(Self {
            kid: kid.to_owned(),
            key,
            header: URL_SAFE_NO_PAD.encode(header),
        })
    }
    /// The name in the header.
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// Seals `payload` into a compact JWE (RFC 7516 section 7.1). `TooLong` when it would exceed what is read back, 16 KiB.
    pub fn seal(&self, payload: &[u8]) -> Result<String, JoseError> {
        const FAILED: JoseError = JoseError::Library("sealing a token");
        let length = self.header.len() + 2 + 16 + 1 + (payload.len() * 4).div_ceil(3) + 1 + 22;
        if length > MAX_TOKEN_LENGTH {
            return Err(JoseError::TooLong("the sealed token exceeds 16 KiB"));
        }
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| FAILED)?;
        let mut ciphertext = payload.to_vec();
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&self.header),
                &mut ciphertext,
            )
            .map_err(|_| FAILED)?;
        let mut token = String::with_capacity(length);
        token.push_str(&self.header);
        token.push_str("..");
        URL_SAFE_NO_PAD.encode_string(nonce, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(ciphertext, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut token);
        Ok(token)
    }
    /// Opens a token that `seal` made with this key. `Malformed` when it is not five parts of canonical base64url behind
    /// exactly our header and an empty encrypted key, `Sealed` when a byte was altered.
    pub fn open(&self, token: &str) -> Result<Vec<u8>, JoseError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(JoseError::Malformed("the token is longer than 16 KiB"));
        }
        let rest = token
            .strip_prefix(&self.header)
            .and_then(|rest| rest.strip_prefix(".."));
        let rest = rest.ok_or(JoseError::Malformed("not the header of our referential tokens"))?;
        let (nonce, rest) = rest.split_once('.').ok_or(PARTS)?;
        let (ciphertext, tag) = rest.split_once('.').ok_or(PARTS)?;
        let nonce: [u8; NONCE_LEN] = exact(nonce)?;
        let tag: [u8; TAG_LENGTH] = exact(tag)?;
        let mut payload = URL_SAFE_NO_PAD.decode(ciphertext).map_err(|_| NOT_BASE64URL)?;
        self.key
            .open_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&self.header),
                &tag,
                &mut payload,
            )
            .map_err(|_| JoseError::Sealed)?;
        Ok(payload)
    }
}

impl std::fmt::Debug for ReferentialKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReferentialKey({})", self.kid)
    }
}

const PARTS: JoseError = JoseError::Malformed("a compact JWE has five parts");
const NOT_BASE64URL: JoseError = JoseError::Malformed("a part is not base64url of its length");

/// Decodes exactly `N` bytes.
fn exact<const N: usize>(part: &str) -> Result<[u8; N], JoseError> {
    let mut bytes = [0; N];
    match URL_SAFE_NO_PAD.decode_slice(part, &mut bytes) {
        Ok(length) if length == N => Ok(bytes),
        _ => Err(NOT_BASE64URL),
    }
}

#[cfg(test)]
mod tests;
