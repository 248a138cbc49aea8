//! One key per algorithm for all tests of this crate, made once a run.
use crate::{GeneratedKey, SigningAlgorithm, SigningKey, VerificationKey, generate};
use std::sync::OnceLock;

fn made(algorithm: SigningAlgorithm) -> &'static (GeneratedKey, SigningKey) {
    static KEYS: [OnceLock<(GeneratedKey, SigningKey)>; 4] = [const { OnceLock::new() }; 4];
    KEYS[algorithm as usize].get_or_init(|| {
        let made = generate(algorithm).unwrap();
        let key = SigningKey::from_pkcs8(algorithm, &made.kid, &made.private).unwrap();
        (made, key)
    })
}

/// The key that signs.
pub(crate) fn key(algorithm: SigningAlgorithm) -> &'static SigningKey {
    &made(algorithm).1
}

/// Its PKCS#8.
pub(crate) fn private(algorithm: SigningAlgorithm) -> &'static [u8] {
    &made(algorithm).0.private
}

/// Its public half, ready to verify.
pub(crate) fn verifier(algorithm: SigningAlgorithm) -> VerificationKey {
    VerificationKey::from_jwk(key(algorithm).public()).unwrap()
}
