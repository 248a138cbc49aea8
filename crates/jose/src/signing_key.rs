//! Private keys that sign: parsed once, kept, shared by all threads.
use crate::header::{MAX_TOKEN_LENGTH, check_own_kid};
use crate::rsa_modulus::check_modulus;
use crate::{JoseError, PublicJwk, SigningAlgorithm};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::{JwsSigner, PS256, RS256};
use openssl::pkey::PKey;

/// What a token is, which its `typ` says so that none passes for another (RFC 8725 section 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 section 2.1).
    AccessToken,
    /// `JWT` (RFC 7519 section 5.1).
    IdToken,
}

/// A private key of one algorithm, ready to sign.
pub struct SigningKey {
    public: PublicJwk,
    signer: Signer,
    /// The encoded header and its dot, per token type.
    access_token_header: String,
    id_token_header: String,
}

/// josekit signs RSA through OpenSSL; aws-lc signs the curves at a fraction of OpenSSL's cost.
enum Signer {
    Rsa { signer: Box<dyn JwsSigner>, length: usize },
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Reads a PKCS#8 `PrivateKeyInfo` (RFC 5208 section 5) in DER. `Key` when it is not a key for `algorithm`, an RSA key
    /// has fewer than 2048 or more than 8192 bits or comes from a generator whose keys can be factored, or `kid` is not 1 to
    /// 128 visible ASCII characters.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, kid: &str, der: &[u8]) -> Result<Self, JoseError> {
        check_own_kid(kid)?;
        let (signer, public) = match algorithm {
            SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => rsa(algorithm, kid, der)?,
            SigningAlgorithm::ES256 => p256(kid, der)?,
            SigningAlgorithm::EdDSA => ed25519(kid, der)?,
        };
        let header = |typ| {
            let json = format!(r#"{{"alg":"{algorithm}","typ":"{typ}","kid":"{kid}"}}"#);
            URL_SAFE_NO_PAD.encode(json) + "."
        };
        Ok(Self {
            public,
            signer,
            access_token_header: header("at+jwt"),
            id_token_header: header("JWT"),
        })
    }
    /// The name that stands in every header.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }
    /// The one algorithm the key signs with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.public.alg
    }
    /// The half that is published.
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }
    /// A compact JWS (RFC 7515 section 7.1) over `payload`. `TooLong` when it would exceed what is read back, 16 KiB.
    pub fn sign(&self, typ: TokenType, payload: &[u8]) -> Result<String, JoseError> {
        let header = match typ {
            TokenType::AccessToken => &self.access_token_header,
            TokenType::IdToken => &self.id_token_header,
        };
        let length = header.len() + (payload.len() * 4).div_ceil(3) + 1 + (self.signer.length() * 4).div_ceil(3);
        if length > MAX_TOKEN_LENGTH {
            return Err(JoseError::TooLong("the signed token exceeds 16 KiB"));
        }
        let mut token = String::with_capacity(length);
        token.push_str(header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        self.signer.sign_onto(&mut token)?;
        Ok(token)
    }
}

impl Signer {
    /// Length of a signature in bytes.
    fn length(&self) -> usize {
        match self {
            Self::Rsa { length, .. } => *length,
            Self::P256(_) | Self::Ed25519(_) => 64,
        }
    }
    /// Appends a dot and the encoded signature over what `token` holds.
    fn sign_onto(&self, token: &mut String) -> Result<(), JoseError> {
        const FAILED: JoseError = JoseError::Library("signing");
        let append = |token: &mut String, signature: &[u8]| {
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, token);
        };
        let input = token.as_bytes();
        match self {
            Self::Rsa { signer, .. } => append(token, &signer.sign(input).map_err(|_| FAILED)?),
            Self::P256(pair) => append(
                token,
                pair.sign(&SystemRandom::new(), input).map_err(|_| FAILED)?.as_ref(),
            ),
            Self::Ed25519(pair) => append(token, pair.try_sign(input).map_err(|_| FAILED)?.as_ref()),
        }
        Ok(())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm(), self.kid())
    }
}

fn rsa(algorithm: SigningAlgorithm, kid: &str, der: &[u8]) -> Result<(Signer, PublicJwk), JoseError> {
    const UNREADABLE: JoseError = JoseError::Key("not an RSA key in PKCS#8");
    let key = PKey::private_key_from_pkcs8(der)
        .and_then(|key| key.rsa())
        .map_err(|_| UNREADABLE)?;
    check_modulus(&key.n().to_vec())?;
    let signer: Box<dyn JwsSigner> = match algorithm {
        SigningAlgorithm::PS256 => Box::new(PS256.signer_from_der(der).map_err(|_| UNREADABLE)?),
        _ => Box::new(RS256.signer_from_der(der).map_err(|_| UNREADABLE)?),
    };
    let public = PublicJwk::rsa(algorithm, kid, &key.n().to_vec(), &key.e().to_vec());
    Ok((
        Signer::Rsa {
            signer,
            length: key.size() as usize,
        },
        public,
    ))
}

fn p256(kid: &str, der: &[u8]) -> Result<(Signer, PublicJwk), JoseError> {
    const UNREADABLE: JoseError = JoseError::Key("not a P-256 key in PKCS#8");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| UNREADABLE)?;
    // SEC 1 section 2.3.3: 04, x, y.
    let point = pair.public_key().as_ref();
    let coordinates = point.strip_prefix(&[4]).filter(|xy| xy.len() == 64).ok_or(UNREADABLE)?;
    let public = PublicJwk::p256(kid, &coordinates[..32], &coordinates[32..]);
    Ok((Signer::P256(pair), public))
}

fn ed25519(kid: &str, der: &[u8]) -> Result<(Signer, PublicJwk), JoseError> {
    let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| JoseError::Key("not an Ed25519 key in PKCS#8"))?;
    let public = PublicJwk::ed25519(kid, pair.public_key().as_ref());
    Ok((Signer::Ed25519(pair), public))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_keys::{key, private};

    #[test]
    fn a_key_belongs_to_its_algorithm() {
        for own in SigningAlgorithm::ALL {
            for asked in SigningAlgorithm::ALL {
                let rsa = |a: &SigningAlgorithm| matches!(a, SigningAlgorithm::RS256 | SigningAlgorithm::PS256);
                let expected = own == asked || (rsa(own) && rsa(asked));
                let read = SigningKey::from_pkcs8(*asked, "k", private(*own));
                assert_eq!(read.is_ok(), expected, "{own} read as {asked}");
            }
            for broken in [&private(*own)[..20], &[], &[0x30, 0x80][..]] {
                assert!(SigningKey::from_pkcs8(*own, "k", broken).is_err());
            }
        }
    }

    #[test]
    fn weak_rsa_keys_are_refused() {
        let weak = openssl::rsa::Rsa::generate(1024)
            .and_then(PKey::from_rsa)
            .unwrap()
            .private_key_to_pkcs8()
            .unwrap();
        for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256] {
            assert_eq!(
                SigningKey::from_pkcs8(algorithm, "k", &weak).unwrap_err(),
                JoseError::Key("an RSA modulus has 2048 to 8192 bits")
            );
        }
    }

    #[test]
    fn a_kid_that_would_break_the_header_is_refused() {
        let der = private(SigningAlgorithm::ES256);
        for (kid, expected) in [
            ("k", true),
            ("_-7:/.", true),
            (&"k".repeat(128), true),
            (&"k".repeat(129), false),
            ("", false),
            ("a\"b", false),
            ("a\\b", false),
            ("a b", false),
            ("a\nb", false),
            ("ü", false),
        ] {
            assert_eq!(
                SigningKey::from_pkcs8(SigningAlgorithm::ES256, kid, der).is_ok(),
                expected,
                "{kid}"
            );
        }
    }

    #[test]
    fn the_string_is_allocated_once_and_bounded() {
        for algorithm in SigningAlgorithm::ALL {
            let key = key(*algorithm);
            for length in 0..4 {
                let token = key.sign(TokenType::AccessToken, &vec![b'x'; length]).unwrap();
                assert_eq!(token.len(), token.capacity(), "{algorithm} {length}");
            }
            assert!(key.sign(TokenType::IdToken, &[b'x'; 11_000]).is_ok());
            assert!(matches!(
                key.sign(TokenType::IdToken, &[b'x'; 12_288]),
                Err(JoseError::TooLong(_))
            ));
        }
    }

    #[test]
    fn debug_prints_kid_and_algorithm_only() {
        for algorithm in SigningAlgorithm::ALL {
            let key = key(*algorithm);
            assert_eq!(format!("{key:?}"), format!("SigningKey({algorithm} {})", key.kid()));
        }
    }

    #[test]
    fn keys_are_shared_by_threads() {
        fn shareable<T: Send + Sync + 'static>() {}
        shareable::<SigningKey>();
        shareable::<crate::VerificationKey>();
        shareable::<crate::ReferentialKey>();
        shareable::<crate::MasterKey>();
        shareable::<crate::MacKey>();
    }
}
