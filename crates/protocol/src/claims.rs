//! Claims of the tokens this server makes: access tokens (RFC 9068 section 2.2) and ID tokens (OpenID Connect Core section 2).
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// RFC 7519 section 4.1.3: one audience is a string, several are an array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// The shortest form that holds these.
    pub fn of(mut audiences: Vec<String>) -> Self {
        match (audiences.len(), audiences.pop()) {
            (1, Some(one)) => Self::One(one),
            (_, Some(last)) => {
                audiences.push(last);
                Self::Many(audiences)
            }
            (_, None) => Self::Many(audiences),
        }
    }
    /// Whether `audience` is among them, byte by byte.
    pub fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|a| a == audience),
        }
    }
}

/// What an access token says, in a JWS for all to read or sealed in a JWE for this server alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub exp: i64,
    pub iat: i64,
    pub nbf: i64,
    pub jti: String,
    pub client_id: String,
    pub scope: String,
    /// The grant the token hangs on; absent for client_credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<String>,
    /// The user's id when `sub` is another property of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// What the client asked to carry along (`custom_claims` at the token endpoint).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_claims: Option<serde_json::Map<String, serde_json::Value>>,
}

impl AccessTokenClaims {
    /// The user the token speaks for; `None` when it speaks for its client.
    pub fn user(&self) -> Option<&str> {
        self.gid.as_ref().map(|_| self.uid.as_deref().unwrap_or(&self.sub))
    }
    /// RFC 7519 sections 4.1.4 to 4.1.6: `exp` without leeway, for this server wrote it; `nbf` and `iat` at most `skew_seconds`
    /// ahead, for another of its processes may have.
    pub fn is_current(&self, now: crate::UnixMillis, skew_seconds: i64) -> bool {
        let now = now.seconds();
        let latest = now.saturating_add(skew_seconds);
        now < self.exp && self.nbf <= latest && self.iat <= latest
    }
}

/// What an ID token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IdTokenClaims<'a> {
    pub iss: Cow<'a, str>,
    pub sub: Cow<'a, str>,
    pub aud: Cow<'a, str>,
    pub exp: i64,
    pub iat: i64,
    pub auth_time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Cow<'a, str>>,
    /// OpenID Connect Core section 3.1.3.6.
    pub at_hash: Cow<'a, str>,
    /// The browser session (OpenID Connect Front-Channel Logout section 3).
    pub sid: Cow<'a, str>,
    pub amr: Vec<String>,
}
