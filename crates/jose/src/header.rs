//! The protected header of compact tokens (RFC 7515 section 4): its limits, and the only members that are read from it.
use crate::claims_json::{members, text};
use crate::{JoseError, SigningAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Longest token that is read or written, in characters.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;
/// Longest encoded header, in characters.
const MAX_HEADER_LENGTH: usize = 2 * 1024;
/// Longest key id, in bytes.
const MAX_KID_LENGTH: usize = 128;
/// Deepest nesting in a header; the object itself is depth 1.
const MAX_HEADER_DEPTH: usize = 8;
/// Members that change how a token is read or bring their own key. None is supported, so any of them refuses the token:
/// RFC 7515 sections 4.1.2 to 4.1.11, RFC 7797 section 3, RFC 7516 section 4.1.
const REFUSED: [&str; 10] = [
    "crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc",
];

/// The header of a JWS; nothing else in it is honoured.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: SigningAlgorithm,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

impl Header {
    /// Reads the first part of a compact JWS.
    pub(crate) fn parse(part: &str) -> Result<Self, JoseError> {
        let json = decode(part)?;
        let names = members(&json, MAX_HEADER_DEPTH)?;
        if REFUSED.iter().any(|name| names.contains(name)) {
            return Err(JoseError::Malformed(
                "the header asks for an extension or carries a key",
            ));
        }
        let wire: Wire = serde_json::from_slice(&json).map_err(|_| JoseError::Malformed("a header is not a string"))?;
        let algorithm = wire.alg.as_deref().and_then(SigningAlgorithm::parse);
        let algorithm = algorithm.ok_or(JoseError::Malformed("alg is missing or not one of ours"))?;
        Ok(Self {
            algorithm,
            typ: wire.typ,
            kid: wire.kid.map(bounded).transpose()?,
        })
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "text")]
    alg: Option<String>,
    #[serde(default, deserialize_with = "text")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "text")]
    kid: Option<String>,
}

/// Whether a key of ours may be named so: visible ASCII that needs no escape in JSON, 1 to 128 characters.
pub(crate) fn check_own_kid(kid: &str) -> Result<(), JoseError> {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if kid.is_empty() || kid.len() > MAX_KID_LENGTH || !kid.bytes().all(plain) {
        return Err(JoseError::Key("a kid is 1 to 128 visible ASCII characters"));
    }
    Ok(())
}

fn bounded(kid: String) -> Result<String, JoseError> {
    if kid.len() > MAX_KID_LENGTH {
        Err(JoseError::Malformed("kid is longer than 128 bytes"))
    } else {
        Ok(kid)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JoseError> {
    if part.len() > MAX_HEADER_LENGTH {
        return Err(JoseError::Malformed("the header is longer than 2 KiB"));
    }
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JoseError::Malformed("the header is not base64url"))
}
