//! Proof Key for Code Exchange (RFC 7636), method S256 only.
//!
//! Owns: the form of challenge and verifier, and comparing them. Does not own: when either must be sent.
use crate::OAuthError;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Length of an S256 challenge: 32 bytes in base64url without padding (RFC 7636 section 4.2).
pub const CHALLENGE_LENGTH: usize = 43;

/// Whether `text` has the form of an S256 `code_challenge`: exactly 43 base64url characters (RFC 7636 section 4.2).
/// Anything else is `invalid_request`.
pub fn check_challenge(text: &str) -> Result<(), OAuthError> {
    let base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if text.len() == CHALLENGE_LENGTH && text.bytes().all(base64url) {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "code_challenge must be 43 base64url characters without padding",
    ))
}

/// Whether `text` has the form of a `code_verifier`: 43 to 128 unreserved characters (RFC 7636 section 4.1).
/// Anything else is `invalid_request`.
pub fn check_verifier(text: &str) -> Result<(), OAuthError> {
    if is_verifier(text) {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "code_verifier must be 43 to 128 of the characters A-Z a-z 0-9 - . _ ~",
    ))
}

/// Whether `challenge` is the S256 of `verifier` (RFC 7636 section 4.6), compared in constant time. A verifier of the
/// wrong form never verifies, whatever its hash is.
pub fn verifies(challenge: &str, verifier: &str) -> bool {
    if !is_verifier(verifier) {
        return false;
    }
    let computed = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    computed.as_bytes().ct_eq(challenge.as_bytes()).into()
}

fn is_verifier(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OAuthErrorCode;
    use proptest::prelude::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn s256(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
    }

    #[test]
    fn a_challenge_is_43_base64url_characters() {
        let check = |text: &str, expected: bool| {
            let checked = check_challenge(text);
            assert_eq!(checked.is_ok(), expected, "{text}");
            assert!(checked.err().is_none_or(|e| e.code == OAuthErrorCode::InvalidRequest));
        };
        check(CHALLENGE, true);
        // O-068
        check(&CHALLENGE[..42], false);
        check(&"a".repeat(44), false);
        check(&"a".repeat(129), false);
        for bad in ["=", "+", "/", " ", ".", "~", "\0", "\n", "%"] {
            check(&format!("{}{bad}", &CHALLENGE[..42]), false);
        }
        check(&format!("{}é", &CHALLENGE[..41]), false);
        // O-029 reads an empty one as omitted before it gets here; given here it is no challenge.
        check("", false);
    }

    #[test]
    fn a_verifier_is_43_to_128_unreserved_characters() {
        // A-07, O-072
        for (text, expected) in [
            (VERIFIER.to_owned(), true),
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~._-".repeat(32), true),
            ("a".repeat(128), true),
            ("a".repeat(129), false),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{} ", "a".repeat(43)), false),
            (format!("{}=", "a".repeat(43)), false),
            (format!("{}é", "a".repeat(43)), false),
            (format!("{}\0", "a".repeat(43)), false),
            (String::new(), false),
        ] {
            let checked = check_verifier(&text);
            assert_eq!(checked.is_ok(), expected, "{text}");
            assert!(checked.err().is_none_or(|e| e.code == OAuthErrorCode::InvalidRequest));
        }
    }

    #[test]
    fn only_the_right_verifier_verifies() {
        assert!(verifies(CHALLENGE, VERIFIER));
        assert!(verifies(&s256(&"~".repeat(128)), &"~".repeat(128)));
        // O-070: wrong; O-071: the challenge itself; both directions
        assert!(!verifies(CHALLENGE, &"a".repeat(43)));
        assert!(!verifies(CHALLENGE, CHALLENGE));
        assert!(!verifies(VERIFIER, VERIFIER));
        assert!(!verifies("", VERIFIER));
        assert!(!verifies(&CHALLENGE[..42], VERIFIER));
        assert!(!verifies(&format!("{CHALLENGE}="), VERIFIER));
        // O-072: the hash fits, the verifier is no verifier
        for bad in [
            "a".repeat(42),
            "a".repeat(129),
            format!("{} ", "a".repeat(43)),
            String::new(),
        ] {
            assert!(!verifies(&s256(&bad), &bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_verifier_proves_its_own_challenge_and_no_other(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = s256(&verifier);
            prop_assert!(check_verifier(&verifier).is_ok() && check_challenge(&challenge).is_ok());
            prop_assert!(verifies(&challenge, &verifier));
            prop_assert_eq!(verifies(&challenge, &other), verifier == other);
            prop_assert!(!verifies(&verifier, &verifier), "plain");
        }

        #[test]
        fn any_text_is_judged_without_a_panic(challenge: String, verifier: String) {
            prop_assert!(!verifies(&challenge, &verifier));
            prop_assert!(check_verifier(&verifier).is_err() || verifier.is_ascii());
            prop_assert!(check_challenge(&challenge).is_err() || challenge.len() == CHALLENGE_LENGTH);
        }
    }
}
