//! The error a rule returns: a public code and description for the client, a private cause for the log.
use serde::Serialize;

/// Error codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC 8707 section 2 and OpenID Connect Core section 3.1.2.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OAuthErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
    InvalidTarget,
    InvalidToken,
    InsufficientScope,
    LoginRequired,
    ConsentRequired,
    InteractionRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
}

impl OAuthErrorCode {
    /// Every code, in the order of the variants.
    pub const ALL: &'static [Self] = &[
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::UnsupportedResponseType,
        Self::InvalidScope,
        Self::AccessDenied,
        Self::ServerError,
        Self::TemporarilyUnavailable,
        Self::InvalidTarget,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::RegistrationNotSupported,
    ];
    /// The spelling on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
        }
    }
}

/// A refusal. `description` is sent to the client (RFC 6749 section 5.2: printable ASCII without `"` and `\`), `cause` only to the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description} ({})", code.as_str(), cause.as_deref().unwrap_or("no further cause"))]
pub struct OAuthError {
    pub code: OAuthErrorCode,
    pub description: String,
    pub cause: Option<String>,
}

impl OAuthError {
    /// A refusal whose description says all there is to say.
    pub fn new(code: OAuthErrorCode, description: impl Into<String>) -> Self {
        Self {
            code,
            description: printable(description.into()),
            cause: None,
        }
    }
    /// The same refusal with a cause that only the log sees.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }
    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, description)
    }
    /// `invalid_client`: one text for unknown, disabled and wrong, so that nothing can be told apart.
    pub fn invalid_client(cause: impl Into<String>) -> Self {
        Self::new(OAuthErrorCode::InvalidClient, "client authentication failed").because(cause)
    }
    /// `invalid_grant`: one text for every way a grant can be unusable.
    pub fn invalid_grant(cause: impl Into<String>) -> Self {
        Self::new(
            OAuthErrorCode::InvalidGrant,
            "the grant is unknown, expired, used, or was issued to another client",
        )
        .because(cause)
    }
    /// `invalid_scope`.
    pub fn invalid_scope(description: impl Into<String>) -> Self {
        Self::new(OAuthErrorCode::InvalidScope, description)
    }
    /// `temporarily_unavailable`, for a database that does not answer.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::new(
            OAuthErrorCode::TemporarilyUnavailable,
            "the server cannot answer now; try again shortly",
        )
        .because(cause)
    }
    /// `server_error`.
    pub fn server_error(cause: impl Into<String>) -> Self {
        Self::new(OAuthErrorCode::ServerError, "the server met an unexpected condition").because(cause)
    }
}

/// RFC 6749 section 5.2 allows %x20-21 / %x23-5B / %x5D-7E in a description; anything else becomes `?`.
fn printable(text: String) -> String {
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    if text.chars().all(allowed) {
        text
    } else {
        text.chars().map(|c| if allowed(c) { c } else { '?' }).collect()
    }
}

/// The JSON body of an error answer (RFC 6749 section 5.2).
#[derive(Debug, Serialize)]
pub struct ErrorBody<'a> {
    pub error: &'a str,
    pub error_description: &'a str,
}

impl<'a> From<&'a OAuthError> for ErrorBody<'a> {
    fn from(error: &'a OAuthError) -> Self {
        Self {
            error: error.code.as_str(),
            error_description: &error.description,
        }
    }
}
