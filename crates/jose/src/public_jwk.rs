//! Public keys as JWK (RFC 7517; RFC 7518 section 6; RFC 8037 section 2), their thumbprints, and the JWKS document.
use crate::SigningAlgorithm;
use crate::digest::sha256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A public signing key with exactly its public members; JSON that carries anything else does not parse. Whether the members
/// make a usable key is asked by `VerificationKey::from_jwk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicJwk {
    pub(crate) kty: KeyType,
    #[serde(rename = "use")]
    usage: Usage,
    pub(crate) alg: SigningAlgorithm,
    pub(crate) kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) crv: Option<Curve>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) y: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyType {
    #[serde(rename = "RSA")]
    Rsa,
    #[serde(rename = "EC")]
    Ec,
    #[serde(rename = "OKP")]
    Okp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Usage {
    #[serde(rename = "sig")]
    Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Curve {
    #[serde(rename = "P-256")]
    P256,
    Ed25519,
}

impl PublicJwk {
    /// `n` and `e` are big-endian without leading zeros (RFC 7518 section 6.3.1).
    pub(crate) fn rsa(alg: SigningAlgorithm, kid: &str, n: &[u8], e: &[u8]) -> Self {
        Self {
            n: encoded(n),
            e: encoded(e),
            ..Self::bare(KeyType::Rsa, alg, kid)
        }
    }
    /// Coordinates of 32 bytes each (RFC 7518 section 6.2.1).
    pub(crate) fn p256(kid: &str, x: &[u8], y: &[u8]) -> Self {
        let bare = Self::bare(KeyType::Ec, SigningAlgorithm::ES256, kid);
        Self {
            crv: Some(Curve::P256),
            x: encoded(x),
            y: encoded(y),
            ..bare
        }
    }
    /// The public key of RFC 8032 section 5.1.5, 32 bytes.
    pub(crate) fn ed25519(kid: &str, x: &[u8]) -> Self {
        let bare = Self::bare(KeyType::Okp, SigningAlgorithm::EdDSA, kid);
        Self {
            crv: Some(Curve::Ed25519),
            x: encoded(x),
            ..bare
        }
    }
    fn bare(kty: KeyType, alg: SigningAlgorithm, kid: &str) -> Self {
        let kid = kid.to_owned();
        Self {
            kty,
            usage: Usage::Signature,
            alg,
            kid,
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
        }
    }
    /// The name the key goes by.
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// The one algorithm the key is for.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.alg
    }
    /// The thumbprint of RFC 7638 section 3 (RFC 8037 section 2 for Ed25519): SHA-256 in base64url. It does not depend on
    /// `kid`, `alg` or `use`.
    pub fn thumbprint(&self) -> String {
        let Self {
            crv, e, kty, n, x, y, ..
        } = self;
        let members = Required {
            crv: *crv,
            e: e.as_deref(),
            kty: *kty,
            n: n.as_deref(),
            x: x.as_deref(),
            y: y.as_deref(),
        };
        URL_SAFE_NO_PAD.encode(sha256(&json(&members)))
    }
}

/// The required members of every key type, in the lexicographic order of RFC 7638 section 3.
#[derive(Serialize)]
struct Required<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<Curve>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
    kty: KeyType,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
}

/// The JWK Set (RFC 7517 section 5) as it is served.
pub fn jwks_document(keys: &[PublicJwk]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Document<'a> {
        keys: &'a [PublicJwk],
    }
    json(&Document { keys })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("structs of strings always serialize")
}

fn encoded(bytes: &[u8]) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 section 3.1.
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
        4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ\
        vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    fn decode(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        let n = decode(N);
        for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256] {
            let key = PublicJwk::rsa(algorithm, "2011-04-29", &n, &[1, 0, 1]);
            assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        }
    }

    #[test]
    fn thumbprints_of_curves_hold_their_required_members_only() {
        let input = r#"{"crv":"P-256","kty":"EC","x":"AQEB","y":"AgIC"}"#;
        assert_eq!(
            PublicJwk::p256("k", &[1; 3], &[2; 3]).thumbprint(),
            URL_SAFE_NO_PAD.encode(sha256(input.as_bytes()))
        );
        let input = r#"{"crv":"Ed25519","kty":"OKP","x":"AQEB"}"#;
        assert_eq!(
            PublicJwk::ed25519("k", &[1; 3]).thumbprint(),
            URL_SAFE_NO_PAD.encode(sha256(input.as_bytes()))
        );
    }

    #[test]
    fn the_document_holds_public_members_and_nothing_else() {
        let keys = [
            PublicJwk::rsa(SigningAlgorithm::RS256, "r", &[1; 3], &[1, 0, 1]),
            PublicJwk::p256("p", &[1; 3], &[2; 3]),
            PublicJwk::ed25519("o", &[1; 3]),
        ];
        let expected = concat!(
            r#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"r","n":"AQEB","e":"AQAB"},"#,
            r#"{"kty":"EC","use":"sig","alg":"ES256","kid":"p","crv":"P-256","x":"AQEB","y":"AgIC"},"#,
            r#"{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"o","crv":"Ed25519","x":"AQEB"}]}"#
        );
        assert_eq!(String::from_utf8(jwks_document(&keys)).unwrap(), expected);
        assert_eq!(jwks_document(&[]), br#"{"keys":[]}"#);
        for key in keys {
            assert_eq!(serde_json::from_slice::<PublicJwk>(&json(&key)).unwrap(), key);
        }
    }

    #[test]
    fn a_key_with_private_repeated_or_foreign_members_does_not_parse() {
        let sound = r#"{"kty":"EC","use":"sig","alg":"ES256","kid":"p","crv":"P-256","x":"AQEB","y":"AgIC"}"#;
        assert!(serde_json::from_str::<PublicJwk>(sound).is_ok());
        let with = |from: &str, to: &str| sound.replace(from, to);
        for json in [
            with(r#","y""#, r#","d":"AQEB","y""#),
            with(r#","y""#, r#","k":"AQEB","y""#),
            with(r#","y""#, r#","kid":"q","y""#),
            with(r#","y""#, r#","key_ops":["verify"],"y""#),
            with("sig", "enc"),
            with("ES256", "none"),
            with("ES256", "HS256"),
            with("P-256", "P-384"),
            with(r#""EC""#, r#""oct""#),
            with(r#""use":"sig","#, ""),
            with(r#""kid":"p","#, ""),
        ] {
            assert!(serde_json::from_str::<PublicJwk>(&json).is_err(), "{json}");
        }
    }
}
