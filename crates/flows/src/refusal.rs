//! Why a use case did not do what was asked.
use grantor_protocol::OAuthError;
use grantor_store::StoreError;

/// A refusal as `web` turns it into an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The specification's error.
    OAuth(OAuthError),
    /// Too much of something from one source; whole seconds to wait.
    TooMany(i64),
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::OAuth(match error {
            StoreError::Unavailable(_) | StoreError::Busy => OAuthError::unavailable(error.to_string()),
            StoreError::Conflict(_) | StoreError::Corrupt { .. } => OAuthError::server_error(error.to_string()),
        })
    }
}

impl From<grantor_jose::JoseError> for Refusal {
    fn from(error: grantor_jose::JoseError) -> Self {
        Self::OAuth(match error {
            grantor_jose::JoseError::TooLong(_) => {
                OAuthError::invalid_request("the token would be too long").because(error.to_string())
            }
            other => OAuthError::server_error(other.to_string()),
        })
    }
}
