//! Compact JWS (RFC 7515 section 7.1): one strict reading, and the payload only after the signature.
use crate::header::{Header, MAX_TOKEN_LENGTH};
use crate::{JoseError, VerificationKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token that was read but is not believed. `kid` and `typ` serve to choose a key and to refuse early.
pub struct CompactJws<'a> {
    signing_input: &'a str,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> CompactJws<'a> {
    /// Reads three parts of canonical base64url. `Malformed` when the token is longer than 16 KiB or its header longer than
    /// 2 KiB, `alg` is not one we sign with, a member stands twice, or the header carries a key, an extension or a `kid` of
    /// more than 128 bytes.
    pub fn parse(token: &'a str) -> Result<Self, JoseError> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(JoseError::Malformed("the token is longer than 16 KiB"));
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(PARTS)?;
        let (header, payload) = signing_input.split_once('.').ok_or(PARTS)?;
        if payload.contains('.') {
            return Err(PARTS);
        }
        if signature.is_empty() {
            return Err(JoseError::Malformed("the signature is missing"));
        }
        Ok(Self {
            signing_input,
            header: Header::parse(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }
    /// The key the token claims to be signed with.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }
    /// What the token claims to be, as it was written.
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }
    /// The payload, when `key` signed it and its algorithm is the header's. `Signature` otherwise.
    pub fn verify(&self, key: &VerificationKey) -> Result<Vec<u8>, JoseError> {
        if self.header.algorithm != key.algorithm() {
            return Err(JoseError::Signature);
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(self.payload.clone())
    }
}

impl std::fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CompactJws({:?})", self.header)
    }
}

const PARTS: JoseError = JoseError::Malformed("a compact JWS has three parts");

/// The engine refuses padding, white space, the other alphabet and trailing bits that are not zero.
fn decode(part: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JoseError::Malformed("a part is not base64url"))
}

#[cfg(test)]
mod tests;
