//! What is shown of a value that may be a secret: enough to recognise it, never enough to use it.

/// From this length on a run of token characters is taken for one.
const OPAQUE: usize = 20;
const HEAD: usize = 4;
const TAIL: usize = 4;

/// Head and tail of a token, code, key, hash or secret; anything else as it is.
///
/// Goes by form, not by name, so that a member nobody thought of is shortened too: long, of base64url characters and dots alone,
/// with letters of both cases or digits among them.
pub(super) fn shorten(value: &str) -> String {
    let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=');
    let word = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '-' | '.');
    if value.len() < OPAQUE || !value.chars().all(token) || value.chars().all(word) {
        return value.to_owned();
    }
    format!("{}…{}", &value[..HEAD], &value[value.len() - TAIL..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shortened_and_words_are_not() {
        for (value, shown) in [
            ("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "eyJh…c2ln"),
            ("grt_AAAAAAAAAAAAAAAAAAAAAAAA-_", "grt_…AA-_"),
            ("bm90ZWJvb2s6c2VjcmV0c2VjcmV0/+==", "bm90…/+=="),
            ("0123456789abcdef0123456789abcdef", "0123…cdef"),
            (
                "introspection_endpoint_auth_methods_supported",
                "introspection_endpoint_auth_methods_supported",
            ),
            ("http://127.0.0.1:8090/callback", "http://127.0.0.1:8090/callback"),
            ("openid profile email notes:read", "openid profile email notes:read"),
            ("alice@example.com", "alice@example.com"),
            ("self_contained", "self_contained"),
            ("", ""),
        ] {
            assert_eq!(shorten(value), shown);
        }
    }
}
