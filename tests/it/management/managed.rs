//! What the server made for itself, and the tokens that open the API.
mod demoted;
mod formats;
mod own_secret;
mod unchanged;

use super::admin::Admin;
use crate::app::ADMIN;
use serde_json::{Value, json};

/// An application of the management API in realm `admin`, for machines.
async fn tool(admin: &Admin<'_>, format: &str, scopes: &[&str]) -> Value {
    let config = json!({
        "grant_type": ["client_credentials"],
        "allowed_scopes": scopes,
        "token_format": format,
        "token_configuration": {"token_signing_algorithm": "ES256"},
    });
    let new = json!({"display_name": "Tool", "resource_server_id": "management", "protocol_config": config});
    admin.create(&format!("{ADMIN}/applications"), "application", new).await
}
