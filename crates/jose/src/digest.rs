//! Hashes and the constant-time comparison.
use crate::SigningAlgorithm;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256, Sha512};

/// SHA-256 (FIPS 180-4).
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// Whether both are the same bytes, in a time that depends on the length only.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// The left half of the SHA-256, in base64url.
pub fn left_half_sha256(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(data)[..16])
}

/// `at_hash` of OpenID Connect Core section 3.1.3.6: the left half of the access token's hash under the hash function of
/// the ID token's algorithm, which is SHA-512 for Ed25519 (RFC 8032 section 5.1).
pub fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 | SigningAlgorithm::ES256 => {
            left_half_sha256(access_token.as_bytes())
        }
        SigningAlgorithm::EdDSA => URL_SAFE_NO_PAD.encode(&Sha512::digest(access_token.as_bytes())[..32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_the_left_half_under_the_algorithms_hash() {
        // OpenID Connect Core appendix A.4 for RS256; SHA-512 computed apart for Ed25519.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        for (algorithm, expected) in [
            (SigningAlgorithm::RS256, "77QmUPtjPfzWtF2AnpK9RQ"),
            (SigningAlgorithm::PS256, "77QmUPtjPfzWtF2AnpK9RQ"),
            (SigningAlgorithm::ES256, "77QmUPtjPfzWtF2AnpK9RQ"),
            (SigningAlgorithm::EdDSA, "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),
        ] {
            assert_eq!(at_hash(algorithm, token), expected, "{algorithm}");
        }
    }

    #[test]
    fn equal_compares_every_byte_and_the_length() {
        for (a, b, expected) in [
            ("", "", true),
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("xbc", "abc", false),
            ("abc", "ab", false),
        ] {
            assert_eq!(equal(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }
}
