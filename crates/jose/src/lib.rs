//! Keys and what is made with them: JWS, JWE, JWKS, thumbprints, and sealing and HMAC under the master key.
//!
//! Owns: every use of a cryptography library, the strict reading of compact tokens, the shape of a public JWK.
//! Does not own: what a token says (claims, lifetimes, audiences), where keys are kept, which key is active, clocks, IO.

mod claims_json;
mod compact_jws;
mod digest;
mod error;
mod generate;
mod header;
mod mac;
mod master_key;
mod public_jwk;
mod referential;
mod rsa_modulus;
mod signing_key;
#[cfg(test)]
mod test_keys;
mod verification_key;

pub use claims_json::{MAX_PAYLOAD_LENGTH, parse_claims};
pub use compact_jws::CompactJws;
pub use digest::{at_hash, equal, left_half_sha256, sha256};
pub use error::JoseError;
pub use generate::{GeneratedKey, generate};
pub use grantor_protocol::words::SigningAlgorithm;
pub use header::MAX_TOKEN_LENGTH;
pub use mac::MacKey;
pub use master_key::MasterKey;
pub use public_jwk::{PublicJwk, jwks_document};
pub use referential::ReferentialKey;
pub use signing_key::{SigningKey, TokenType};
pub use verification_key::VerificationKey;
