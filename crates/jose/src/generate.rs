//! Making signing keys. Slow for RSA (tens of milliseconds): never on a request's path.
use crate::{JoseError, PublicJwk, SigningAlgorithm, SigningKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use zeroize::Zeroizing;

/// Modulus length of a new RSA key, in bits.
const RSA_BITS: usize = 2048;

/// A new key: its private half goes sealed into the store, its public half into the JWKS.
pub struct GeneratedKey {
    /// The thumbprint of RFC 7638, so that a name never stands for two keys.
    pub kid: String,
    /// The one algorithm the key is for.
    pub algorithm: SigningAlgorithm,
    /// PKCS#8 in DER.
    pub private: Zeroizing<Vec<u8>>,
    /// What is published.
    pub public: PublicJwk,
}

/// Makes a key: RSA-2048, P-256 or Ed25519. Randomness is the libraries' own.
pub fn generate(algorithm: SigningAlgorithm) -> Result<GeneratedKey, JoseError> {
    let private = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => rsa_2048()?,
        SigningAlgorithm::ES256 => p256()?,
        SigningAlgorithm::EdDSA => ed25519()?,
    };
    let mut public = SigningKey::from_pkcs8(algorithm, "unnamed", &private)?.public().clone();
    public.kid = public.thumbprint();
    Ok(GeneratedKey {
        kid: public.kid.clone(),
        algorithm,
        private,
        public,
    })
}

impl std::fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GeneratedKey({} {})", self.algorithm, self.kid)
    }
}

const FAILED: JoseError = JoseError::Library("making a key");

fn rsa_2048() -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, RSA_BITS).map_err(|_| FAILED)?;
    Ok(Zeroizing::new(
        key.to_pkcs8_der().map_err(|_| FAILED)?.as_bytes().to_vec(),
    ))
}

/// Version 1 of PKCS#8 (RFC 5208), which every library reads.
fn p256() -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| FAILED)?;
    Ok(Zeroizing::new(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref().to_vec()))
}

fn ed25519() -> Result<Zeroizing<Vec<u8>>, JoseError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| FAILED)?;
    Ok(Zeroizing::new(pair.to_pkcs8v1().map_err(|_| FAILED)?.as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::pkey::{Id, PKey};

    #[test]
    fn generated_keys_are_named_by_their_thumbprint_and_read_by_openssl() {
        for (algorithm, id, bits) in [
            (SigningAlgorithm::RS256, Id::RSA, 2048),
            (SigningAlgorithm::PS256, Id::RSA, 2048),
            (SigningAlgorithm::ES256, Id::EC, 256),
            (SigningAlgorithm::EdDSA, Id::ED25519, 256),
        ] {
            let key = generate(algorithm).unwrap();
            assert_eq!((key.algorithm, key.public.algorithm()), (algorithm, algorithm));
            assert_eq!(key.kid, key.public.thumbprint());
            assert_eq!(key.kid, key.public.kid());
            let read = PKey::private_key_from_pkcs8(&key.private).unwrap();
            assert_eq!((read.id(), read.bits()), (id, bits), "{algorithm}");
            let again = SigningKey::from_pkcs8(algorithm, &key.kid, &key.private).unwrap();
            assert_eq!(again.public(), &key.public);
            assert_eq!(format!("{key:?}"), format!("GeneratedKey({algorithm} {})", key.kid));
        }
    }

    #[test]
    fn two_keys_differ() {
        for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
            assert_ne!(generate(algorithm).unwrap().kid, generate(algorithm).unwrap().kid);
        }
    }
}
