//! Public keys that verify: our own, and those of clients that sign assertions.
use crate::public_jwk::{Curve, KeyType};
use crate::rsa_modulus::check_modulus;
use crate::{JoseError, PublicJwk, SigningAlgorithm};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::Value;
use josekit::jwk::Jwk;
use josekit::jws::{JwsVerifier, PS256, RS256};

/// A public key of one algorithm, parsed once.
pub struct VerificationKey {
    kid: String,
    algorithm: SigningAlgorithm,
    verifier: Verifier,
}

enum Verifier {
    Rsa(Box<dyn JwsVerifier>),
    Curve(ParsedPublicKey),
}

impl VerificationKey {
    /// Parses a JWK. `Key` when its members do not fit its `alg`, are not canonical base64url, a point is not on its curve,
    /// or an RSA modulus has fewer than 2048 or more than 8192 bits or comes from a generator whose keys can be factored.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, JoseError> {
        let verifier = match (jwk.alg, jwk.kty, jwk.crv) {
            (SigningAlgorithm::RS256 | SigningAlgorithm::PS256, KeyType::Rsa, None) => rsa(jwk)?,
            (SigningAlgorithm::ES256, KeyType::Ec, Some(Curve::P256)) => p256(jwk)?,
            (SigningAlgorithm::EdDSA, KeyType::Okp, Some(Curve::Ed25519)) => ed25519(jwk)?,
            _ => return Err(JoseError::Key("alg, kty and crv do not belong together")),
        };
        Ok(Self {
            kid: jwk.kid.clone(),
            algorithm: jwk.alg,
            verifier,
        })
    }
    /// The name the key goes by.
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// The one algorithm the key verifies.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }
    /// Whether `signature` is this key's over `message`, in the form of RFC 7518 section 3 or RFC 8037 section 3.1.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        let sound = match &self.verifier {
            Verifier::Rsa(verifier) => verifier.verify(message, signature).is_ok(),
            Verifier::Curve(key) => signature.len() == 64 && key.verify_sig(message, signature).is_ok(),
        };
        if sound { Ok(()) } else { Err(JoseError::Signature) }
    }
}

impl std::fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerificationKey({} {})", self.algorithm, self.kid)
    }
}

fn rsa(jwk: &PublicJwk) -> Result<Verifier, JoseError> {
    let (Some(n), Some(e), None, None) = (&jwk.n, &jwk.e, &jwk.x, &jwk.y) else {
        return Err(MEMBERS);
    };
    check_modulus(&decode(n)?)?;
    check_exponent(&decode(e)?)?;
    let mut key = Jwk::new("RSA");
    for (name, value) in [("n", n), ("e", e)] {
        key.set_parameter(name, Some(Value::String(value.clone())))
            .map_err(|_| UNUSABLE)?;
    }
    Ok(Verifier::Rsa(match jwk.alg {
        SigningAlgorithm::PS256 => Box::new(PS256.verifier_from_jwk(&key).map_err(|_| UNUSABLE)?),
        _ => Box::new(RS256.verifier_from_jwk(&key).map_err(|_| UNUSABLE)?),
    }))
}

/// An odd number from 3 to 2^40, without leading zeros: a long exponent makes a verification slow.
fn check_exponent(e: &[u8]) -> Result<(), JoseError> {
    let canonical = e.first().is_some_and(|first| *first != 0) && e.last().is_some_and(|last| last % 2 == 1);
    if canonical && e.len() <= 5 && e != [1] {
        Ok(())
    } else {
        Err(JoseError::Key("the RSA exponent is out of range"))
    }
}

fn p256(jwk: &PublicJwk) -> Result<Verifier, JoseError> {
    let (Some(x), Some(y), None, None) = (&jwk.x, &jwk.y, &jwk.n, &jwk.e) else {
        return Err(MEMBERS);
    };
    let (x, y) = (decode(x)?, decode(y)?);
    if x.len() != 32 || y.len() != 32 {
        return Err(JoseError::Key("a P-256 coordinate has 32 bytes"));
    }
    let point = [&[4], &x[..], &y[..]].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .map(Verifier::Curve)
        .map_err(|_| UNUSABLE)
}

fn ed25519(jwk: &PublicJwk) -> Result<Verifier, JoseError> {
    let (Some(x), None, None, None) = (&jwk.x, &jwk.y, &jwk.n, &jwk.e) else {
        return Err(MEMBERS);
    };
    let x = decode(x)?;
    if x.len() != 32 {
        return Err(JoseError::Key("an Ed25519 key has 32 bytes"));
    }
    ParsedPublicKey::new(&ED25519, x)
        .map(Verifier::Curve)
        .map_err(|_| UNUSABLE)
}

const MEMBERS: JoseError = JoseError::Key("members are missing, or belong to another key type");
const UNUSABLE: JoseError = JoseError::Key("the members do not make a key");

fn decode(member: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD
        .decode(member)
        .map_err(|_| JoseError::Key("a member is not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_keys::key;

    fn of(algorithm: SigningAlgorithm, change: impl Fn(&mut PublicJwk)) -> Result<VerificationKey, JoseError> {
        let mut jwk = key(algorithm).public().clone();
        change(&mut jwk);
        VerificationKey::from_jwk(&jwk)
    }
    fn text(bytes: &[u8]) -> Option<String> {
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn our_own_public_keys_parse() {
        for algorithm in SigningAlgorithm::ALL {
            let parsed = of(*algorithm, |_| {}).unwrap();
            assert_eq!((parsed.kid(), parsed.algorithm()), (key(*algorithm).kid(), *algorithm));
            assert_eq!(
                format!("{parsed:?}"),
                format!("VerificationKey({algorithm} {})", parsed.kid())
            );
        }
    }

    #[test]
    fn members_fit_the_algorithm() {
        use SigningAlgorithm::{ES256, EdDSA, PS256, RS256};
        let one = || text(&[1]);
        for (name, read) in [
            ("RSA as ES256", of(RS256, |k| k.alg = ES256)),
            ("EC as RS256", of(ES256, |k| k.alg = RS256)),
            ("EC as EdDSA", of(ES256, |k| k.alg = EdDSA)),
            ("OKP as ES256", of(EdDSA, |k| k.alg = ES256)),
            ("other curve", of(ES256, |k| k.crv = Some(Curve::Ed25519))),
            ("no curve", of(EdDSA, |k| k.crv = None)),
            ("RSA with a curve", of(RS256, |k| k.crv = Some(Curve::P256))),
            ("RSA with x", of(RS256, |k| k.x = one())),
            ("EC with n", of(ES256, |k| k.n = one())),
            ("OKP with y", of(EdDSA, |k| k.y = one())),
            ("no n", of(PS256, |k| k.n = None)),
            ("no e", of(RS256, |k| k.e = None)),
            ("no y", of(ES256, |k| k.y = None)),
            ("no x", of(EdDSA, |k| k.x = None)),
            ("padded", of(ES256, |k| k.x = k.x.take().map(|x| x + "="))),
            ("not base64url", of(EdDSA, |k| k.x = Some("+".repeat(43)))),
        ] {
            assert!(matches!(read, Err(JoseError::Key(_))), "{name}");
        }
    }

    #[test]
    fn numbers_are_in_range_and_points_on_the_curve() {
        use SigningAlgorithm::{ES256, EdDSA, RS256};
        let odd = |length: usize| text(&[&[0x80][..], &vec![1; length - 1]].concat());
        assert!(of(RS256, |k| k.n = odd(1024)).is_ok(), "8192 bits");
        assert!(of(RS256, |k| k.e = text(&[3])).is_ok());
        for (name, read) in [
            ("2040 bits", of(RS256, |k| k.n = odd(255))),
            (
                "2047 bits",
                of(RS256, |k| k.n = text(&[&[0x7F][..], &[1; 255]].concat())),
            ),
            ("8200 bits", of(RS256, |k| k.n = odd(1025))),
            (
                "leading zero",
                of(RS256, |k| k.n = text(&[&[0, 0x80][..], &[1; 255]].concat())),
            ),
            ("even", of(RS256, |k| k.n = text(&[0x80; 256]))),
            ("no modulus", of(RS256, |k| k.n = text(&[]))),
            ("e = 1", of(RS256, |k| k.e = text(&[1]))),
            ("e even", of(RS256, |k| k.e = text(&[2]))),
            ("e empty", of(RS256, |k| k.e = text(&[]))),
            ("e long", of(RS256, |k| k.e = text(&[1, 0, 0, 0, 0, 1]))),
            ("e padded", of(RS256, |k| k.e = text(&[0, 3]))),
            ("off the curve", of(ES256, |k| k.y = text(&[1; 32]))),
            (
                "the origin",
                of(ES256, |k| (k.x, k.y) = (text(&[0; 32]), text(&[0; 32]))),
            ),
            ("31 bytes", of(ES256, |k| k.x = text(&[1; 31]))),
            ("33 bytes", of(ES256, |k| k.x = text(&[0; 33]))),
            ("Ed25519 of 31", of(EdDSA, |k| k.x = text(&[1; 31]))),
            ("Ed25519 of 33", of(EdDSA, |k| k.x = text(&[1; 33]))),
        ] {
            assert!(matches!(read, Err(JoseError::Key(_))), "{name}");
        }
    }
}
