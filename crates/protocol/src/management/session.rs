//! Browser sessions of a user, and one-time links, as the Configuration API shows them.
use serde::Serialize;
use utoipa::ToSchema;

/// Where a user is signed in. Nothing of it is a key to the session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// The `sid` of the tokens that hang on it.
    pub sid: String,
    pub address: String,
    /// What the browser said of itself.
    pub user_agent: String,
    /// How the user signed in (RFC 8176).
    pub amr: Vec<String>,
    pub signed_in_at: String,
    pub last_seen_at: String,
    pub expires_at: String,
}

/// A one-time link with which a user sets a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupLinkBody {
    pub url: String,
    pub expires_at: String,
}
