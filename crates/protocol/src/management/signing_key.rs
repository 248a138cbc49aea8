//! Signing keys as the Configuration API shows them.
use crate::words::SigningAlgorithm;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A signing key, without its private half.
#[derive(Debug, Serialize, ToSchema)]
pub struct SigningKeyBody {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    /// next, active, retiring, retired or revoked.
    pub state: &'static str,
    pub created_at: String,
    /// When it begins to sign, or began.
    pub active_from: String,
    /// Until when a token it signed may be alive.
    pub tokens_end_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<String>,
}

/// What to rotate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RotateSigningKeys {
    /// Absent: every algorithm.
    pub algorithm: Option<SigningAlgorithm>,
    /// Whether the new key signs before verifiers can know it.
    pub at_once: bool,
}
