//! Bearer tokens as RFC 6750 sections 2.1 and 2.2 carry them; never in the query string.
//!
//! Owns: finding exactly one token in a request. Does not own: what the token is worth.
//! A header that says Bearer and is malformed is `invalid_token`, so the answer is 401 like that of any useless token.
use crate::form::Params;
use crate::{OAuthError, OAuthErrorCode};

/// Longest token read, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;

const SCHEME: &[u8] = b"bearer";

/// The token in the Authorization headers (all of them, raw): the scheme in any case, exactly one space, then `b64token`.
/// `None` when there is no header or its scheme is another. Two headers are `invalid_request`, a malformed one is `invalid_token`.
pub fn bearer<'a>(authorization: &[&'a [u8]]) -> Result<Option<&'a str>, OAuthError> {
    let header = match authorization {
        [] => return Ok(None),
        [one] => *one,
        _ => {
            return Err(OAuthError::invalid_request(
                "the request has more than one Authorization header",
            ));
        }
    };
    if !says_bearer(header) {
        return Ok(None);
    }
    match header[SCHEME.len()..].strip_prefix(b" ") {
        Some(rest) => token(rest).map(Some),
        None => malformed(),
    }
}

/// The token in the Authorization headers or, for a form POST, in the body parameter `access_token`.
/// Both at once is `invalid_request` (RFC 6750 section 2).
pub fn bearer_from<'a>(
    authorization: &[&'a [u8]],
    form: Option<&'a Params<'a>>,
) -> Result<Option<&'a str>, OAuthError> {
    let header = bearer(authorization)?;
    let body = form.map(|f| f.get("access_token")).transpose()?.flatten();
    match (header, body) {
        (Some(_), Some(_)) => Err(OAuthError::invalid_request(
            "the access token is sent in the header and in the body",
        )),
        (Some(token), None) => Ok(Some(token)),
        (None, body) => body.map(|text| token(text.as_bytes())).transpose(),
    }
}

/// Whether the header's scheme is Bearer, even if what follows is not what should.
fn says_bearer(header: &[u8]) -> bool {
    let Some((scheme, rest)) = header.split_at_checked(SCHEME.len()) else {
        return false;
    };
    let ends = rest
        .first()
        .is_none_or(|b| !b.is_ascii_alphanumeric() && !b"!#$%&'*+-.^_`|~".contains(b));
    scheme.eq_ignore_ascii_case(SCHEME) && ends
}

/// `b64token` of RFC 6750 section 2.1: at least one of `A-Z a-z 0-9 - . _ ~ + /`, then any number of `=`.
fn token(raw: &[u8]) -> Result<&str, OAuthError> {
    let padding = raw.iter().rev().take_while(|b| **b == b'=').count();
    let body = &raw[..raw.len() - padding];
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(b);
    if raw.len() > MAX_TOKEN_LENGTH || body.is_empty() || !body.iter().all(allowed) {
        return malformed();
    }
    std::str::from_utf8(raw).or_else(|_| malformed())
}

fn malformed<T>() -> Result<T, OAuthError> {
    Err(OAuthError::new(
        OAuthErrorCode::InvalidToken,
        "the access token is malformed",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(headers: &[&[u8]], form: Option<&str>) -> Result<Option<String>, &'static str> {
        let params = form.map(|raw| Params::parse(raw.as_bytes()).unwrap());
        bearer_from(headers, params.as_ref())
            .map(|t| t.map(str::to_owned))
            .map_err(|e| e.code.as_str())
    }

    fn check(header: &str, expected: Result<Option<&str>, &'static str>) {
        assert_eq!(
            outcome(&[header.as_bytes()], None),
            expected.map(|t| t.map(str::to_owned)),
            "{header:?}"
        );
    }

    #[test]
    fn the_header_is_read_strictly() {
        check("Bearer abc", Ok(Some("abc")));
        check("Bearer aZ09-._~+/==", Ok(Some("aZ09-._~+/==")));
        // O-163
        check("bearer abc", Ok(Some("abc")));
        check("BEARER abc", Ok(Some("abc")));
        for malformed in [
            "Bearer\tabc",
            "Bearer  abc",
            "Bearer,abc",
            "Bearer",
            "Bearer ",
            "Bearer ==",
            "Bearer a=b",
            "Bearer abc ",
            "Bearer abc def",
            "Bearer abc,Bearer def",
            "Bearer abc\0",
            "Bearer \"abc\"",
            "Bearer abç",
            "Bearer:abc",
        ] {
            check(malformed, Err("invalid_token"));
        }
        for other in [
            "",
            "Basic YTpi",
            "BearerX abc",
            "Bearer-Token abc",
            "Bear abc",
            " Bearer abc",
            "DPoP abc",
        ] {
            check(other, Ok(None));
        }
        check(
            &format!("Bearer {}", "a".repeat(MAX_TOKEN_LENGTH)),
            Ok(Some(&"a".repeat(MAX_TOKEN_LENGTH))),
        );
        check(
            &format!("Bearer {}", "a".repeat(MAX_TOKEN_LENGTH + 1)),
            Err("invalid_token"),
        );
        assert_eq!(outcome(&[b"Bearer abc", b"Bearer abc"], None), Err("invalid_request"));
        assert_eq!(outcome(&[b"Bearer abc", b"Basic YTpi"], None), Err("invalid_request"));
        assert_eq!(outcome(&[b"Bearer \xff\xfe"], None), Err("invalid_token"));
        assert_eq!(outcome(&[], None), Ok(None));
    }

    #[test]
    fn the_body_is_read_when_there_is_no_header() {
        let token = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(outcome(&[], Some("access_token=abc")), token("abc"));
        assert_eq!(outcome(&[], Some("access_token=a%2Bb")), token("a+b"));
        assert_eq!(outcome(&[], Some("access_token=")), Ok(None));
        assert_eq!(outcome(&[], Some("x=1")), Ok(None));
        assert_eq!(outcome(&[], Some("access_token=a+b")), Err("invalid_token"));
        assert_eq!(
            outcome(&[], Some("access_token=a&access_token=a")),
            Err("invalid_request")
        );
        assert_eq!(outcome(&[], Some("access_token=%ff")), Err("invalid_request"));
        // O-162
        assert_eq!(
            outcome(&[b"Bearer abc"], Some("access_token=abc")),
            Err("invalid_request")
        );
        assert_eq!(outcome(&[b"Bearer abc"], Some("access_token=")), token("abc"));
        assert_eq!(
            outcome(&[b"Bearer\tabc"], Some("access_token=abc")),
            Err("invalid_token")
        );
    }

    proptest! {
        #[test]
        fn a_token_is_what_follows_exactly_one_space(header in "[Bb]earer[ \t,a-z=]{0,12}") {
            match bearer(&[header.as_bytes()]) {
                Ok(Some(token)) => prop_assert_eq!(format!("{} {token}", &header[..6]), header),
                Ok(None) => prop_assert!(header.as_bytes()[6].is_ascii_alphanumeric()),
                Err(error) => prop_assert_eq!(error.code, OAuthErrorCode::InvalidToken),
            }
        }

        #[test]
        fn any_b64token_survives_the_header_and_the_body(scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]", sent in "[A-Za-z0-9._~+/-]{1,60}={0,3}") {
            let header = format!("{scheme} {sent}");
            prop_assert_eq!(outcome(&[header.as_bytes()], None), Ok(Some(sent.clone())));
            let form = format!("access_token={}", crate::form::encode(&sent));
            prop_assert_eq!(outcome(&[], Some(&form)), Ok(Some(sent)));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(header: Vec<u8>) {
            if let Ok(Some(token)) = bearer(&[&header]) {
                prop_assert!(header.ends_with(token.as_bytes()));
            }
        }
    }
}
