//! The one error of this crate. Its texts are fixed, so no key, token or claim can reach a log through it.

/// Why a key, a token or a sealed value was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// A key cannot be read, is too weak, or does not belong to the algorithm.
    #[error("the key cannot be used: {0}")]
    Key(&'static str),
    /// A token, header or payload is not in the one form that is read here.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The signature is not the key's over this header and payload.
    #[error("the signature does not verify")]
    Signature,
    /// Sealed bytes were altered, belong to another context, or to another key.
    #[error("the sealed value does not open")]
    Sealed,
    /// Sealed bytes name another master key; both ids are public.
    #[error("sealed under master key {sealed_under}, but master key {given} was given")]
    OtherMasterKey {
        /// Id of the key that sealed.
        sealed_under: String,
        /// Id of the key that was asked to open.
        given: String,
    },
    /// What should be written is longer than what would be read back.
    #[error("too long: {0}")]
    TooLong(&'static str),
    /// The cryptography library failed: out of memory or entropy.
    #[error("the cryptography library failed: {0}")]
    Library(&'static str),
}
