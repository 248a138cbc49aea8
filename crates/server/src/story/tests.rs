//! The story fails where the server does not keep a promise.
use super::{REALM, perform};

/// The story of a realm in which `from` reads `to`: what it said last, and its text without colours.
fn broken(from: &str, to: &str) -> (String, String) {
    assert!(REALM.contains(from), "{from}");
    let mut out = Vec::new();
    let ended = perform(&REALM.replace(from, to), false, &mut out);
    (format!("{:#}", ended.unwrap_err()), String::from_utf8(out).unwrap())
}

#[test]
fn a_promise_that_is_not_kept_ends_the_story_with_expected_and_got() {
    for (from, to, expected) in [
        (
            "rotation = \"until_receipt\"",
            "rotation = \"strict\"",
            "step 11, The answer was lost: refresh again: an honest client is not logged out: expected tokens, got invalid_grant",
        ),
        (
            "rotation = \"until_receipt\"",
            "rotation = \"off\"",
            "step 10, Refresh: expected a refresh token, got none",
        ),
        (
            "type = \"oidc\"",
            "consent = \"skip\"\ntype = \"oidc\"",
            "step 3, Sign in: expected a page, got sent on to the application",
        ),
        (
            "token_format = \"referential\"",
            "token_format = \"self_contained\"",
            "step 7, A referential token: only the server can read it: five parts: it is encrypted: expected 5, got 3",
        ),
        (
            "email = \"alice@example.com\"",
            "email = \"alice@example.org\"",
            "step 8, Ask who it is: profile and email",
        ),
    ] {
        let (error, out) = broken(from, to);
        assert!(error.starts_with(expected), "{to}: {error}");
        assert_eq!(out.matches('✗').count(), 1, "{to}: {out}");
        assert!(!out.contains("all as the specifications say"), "{to}: {out}");
    }
}
