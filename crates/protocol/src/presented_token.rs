//! What introspection (RFC 7662 section 2.1) and revocation (RFC 7009 section 2.1) are asked about: one token.
//!
//! `token_type_hint` may stand beside it and is never needed: what a token is shows in the token. A wrong or unknown hint
//! changes nothing.
use crate::OAuthError;
use crate::form::Params;

/// The `token` parameter. An empty one is a token nobody has (O-169); a missing one, and any parameter that is repeated,
/// is `invalid_request`.
pub fn presented_token<'a>(params: &'a Params<'_>) -> Result<&'a str, OAuthError> {
    params.check_no_repetition()?;
    match params.get("token")? {
        Some(token) => Ok(token),
        None if params.has("token") => Ok(""),
        None => Err(OAuthError::invalid_request("token is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_read_whatever_the_hint_says() {
        for (form, expected) in [
            ("token=abc", Some("abc")),
            ("token=abc&token_type_hint=refresh_token", Some("abc")),
            ("token_type_hint=%22&token=abc", Some("abc")),
            ("token=", Some("")),
            ("", None),
            ("token_type_hint=access_token", None),
            ("Token=abc", None),
            ("token=abc&token=abc", None),
            ("token=abc&token=", None),
            ("token=abc&token_type_hint=a&token_type_hint=b", None),
            ("token=%ff", None),
        ] {
            let params = Params::parse(form.as_bytes()).unwrap();
            assert_eq!(presented_token(&params).ok(), expected, "{form}");
        }
    }
}
