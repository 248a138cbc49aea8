//! The token endpoint's requests and answers (RFC 6749 sections 4.1.3, 4.4.2, 5.1).
pub mod authorization_code;
pub mod refresh_token;

use self::refresh_token::RefreshTokenRequest;
use crate::form::Params;
use crate::scope::ScopeSet;
use crate::words::GrantType;
use crate::{OAuthError, OAuthErrorCode};
use serde::Serialize;
use serde_json::{Map, Value};

/// Longest `custom_claims` text, in bytes.
pub const MAX_CUSTOM_CLAIMS: usize = 2048;

/// A parsed token request; a variant a grant.
#[derive(Debug)]
pub enum TokenRequest<'a> {
    AuthorizationCode(AuthorizationCodeRequest<'a>),
    ClientCredentials,
    RefreshToken(RefreshTokenRequest<'a>),
}

/// RFC 6749 section 4.1.3 with RFC 7636 section 4.5.
#[derive(Debug)]
pub struct AuthorizationCodeRequest<'a> {
    pub code: &'a str,
    pub redirect_uri: Option<&'a str>,
    pub code_verifier: Option<&'a str>,
}

/// What every grant may ask of the token it gets.
#[derive(Debug, Default)]
pub struct Wishes {
    pub scope: Option<ScopeSet>,
    /// Seconds; never more than the application's setting.
    pub expiration_time: Option<i64>,
    pub custom_claims: Option<Map<String, Value>>,
    /// RFC 8707 section 2: where the token is to be used.
    pub resource: Option<String>,
}

/// Parses the body. Repeated parameters are refused whatever their name (RFC 6749 section 3.2), unknown ones are ignored.
pub fn parse<'a>(params: &'a Params<'_>) -> Result<(TokenRequest<'a>, Wishes), OAuthError> {
    params.check_no_repetition()?;
    let grant_type = params
        .get("grant_type")?
        .ok_or_else(|| OAuthError::invalid_request("grant_type is missing"))?;
    let grant_type = GrantType::parse(grant_type).ok_or_else(|| {
        let known: Vec<_> = GrantType::ALL.iter().map(|g| g.as_str()).collect();
        OAuthError::new(
            OAuthErrorCode::UnsupportedGrantType,
            format!("grant_type must be one of {}", known.join(", ")),
        )
    })?;
    let request = match grant_type {
        GrantType::ClientCredentials => TokenRequest::ClientCredentials,
        GrantType::AuthorizationCode => TokenRequest::AuthorizationCode(AuthorizationCodeRequest {
            code: params
                .get("code")?
                .ok_or_else(|| OAuthError::invalid_request("code is missing"))?,
            redirect_uri: params.get("redirect_uri")?,
            code_verifier: params.get("code_verifier")?,
        }),
        GrantType::RefreshToken => TokenRequest::RefreshToken(RefreshTokenRequest {
            refresh_token: params
                .get("refresh_token")?
                .ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?,
        }),
    };
    let wishes = Wishes {
        scope: params.get("scope")?.map(ScopeSet::parse).transpose()?,
        expiration_time: params.get("expiration_time")?.map(parse_expiration).transpose()?,
        custom_claims: params.get("custom_claims")?.map(parse_custom_claims).transpose()?,
        resource: params.get("resource")?.map(str::to_owned),
    };
    Ok((request, wishes))
}

impl TokenRequest<'_> {
    /// The grant type that was asked for.
    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::RefreshToken(_) => GrantType::RefreshToken,
        }
    }
}

fn parse_expiration(text: &str) -> Result<i64, OAuthError> {
    let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|s| *s > 0)
        .ok_or_else(|| OAuthError::invalid_request("expiration_time must be a positive number of seconds"))
}

fn parse_custom_claims(text: &str) -> Result<Map<String, Value>, OAuthError> {
    let refuse = || OAuthError::invalid_request("custom_claims must be a flat JSON object of at most 2048 bytes");
    if text.len() > MAX_CUSTOM_CLAIMS {
        return Err(refuse());
    }
    let map: Map<String, Value> = serde_json::from_str(text).map_err(|_| refuse())?;
    let flat = |v: &Value| match v {
        Value::Array(items) => !items.iter().any(|i| i.is_array() || i.is_object()),
        other => !other.is_object(),
    };
    if map.values().all(flat) { Ok(map) } else { Err(refuse()) }
}

/// RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3.
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: &'static str,
    pub expires_in: i64,
    pub scope: String,
    /// RFC 6749 section 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(body: &str) -> Result<GrantType, &'static str> {
        let params = Params::parse(body.as_bytes()).map_err(|_| "form")?;
        parse(&params).map(|(r, _)| r.grant_type()).map_err(|e| e.code.as_str())
    }

    #[test]
    fn token_requests_are_read_or_refused() {
        for (body, expected) in [
            ("grant_type=client_credentials", Ok(GrantType::ClientCredentials)),
            (
                "grant_type=client_credentials&foo=bar",
                Ok(GrantType::ClientCredentials),
            ),
            ("grant_type=authorization_code&code=x", Ok(GrantType::AuthorizationCode)),
            ("", Err("invalid_request")),
            ("grant_type=", Err("invalid_request")),
            (
                "grant_type=password&username=a&password=b",
                Err("unsupported_grant_type"),
            ),
            ("grant_type=implicit", Err("unsupported_grant_type")),
            ("grant_type=Client_Credentials", Err("unsupported_grant_type")),
            (
                "grant_type=client_credentials&grant_type=client_credentials",
                Err("invalid_request"),
            ),
            ("grant_type=authorization_code&code=x&code=x", Err("invalid_request")),
            ("grant_type=client_credentials&foo=1&foo=2", Err("invalid_request")),
            ("grant_type=authorization_code", Err("invalid_request")),
            ("grant_type=client_credentials&scope=a%09b", Err("invalid_scope")),
            (
                "grant_type=client_credentials&expiration_time=0",
                Err("invalid_request"),
            ),
            (
                "grant_type=client_credentials&expiration_time=-5",
                Err("invalid_request"),
            ),
            (
                "grant_type=client_credentials&expiration_time=1e3",
                Err("invalid_request"),
            ),
            (
                "grant_type=client_credentials&custom_claims=%5B1%5D",
                Err("invalid_request"),
            ),
            (
                "grant_type=client_credentials&custom_claims=%7B%22a%22%3A%7B%7D%7D",
                Err("invalid_request"),
            ),
            (
                "grant_type=client_credentials&custom_claims=%7B%22a%22%3A1%7D",
                Ok(GrantType::ClientCredentials),
            ),
        ] {
            assert_eq!(outcome(body), expected, "{body}");
        }
    }
}
