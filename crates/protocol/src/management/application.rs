//! The application of the Configuration API: what of a client may be edited, and how it is shown (behaviours.md 1.1).
use super::merge::{Editable, Members};
use super::record::{About, Meta};
use crate::client::{self, Client, ClientConfig, Violation};
use crate::issuer::RealmKey;
use crate::management::ADMIN_REALM;
use crate::resource_server::ResourceServer;
use crate::words::{ClientAuthMethod, Confidentiality, GrantType, Protocol};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationSettings {
    pub display_name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The resource server that bounds its scopes.
    #[serde(default, deserialize_with = "crate::json::filled")]
    pub resource_server_id: Option<String>,
    pub protocol_config: ClientConfig,
}

fn yes() -> bool {
    true
}

impl Editable for ApplicationSettings {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "tenant_id",
        "realm_id",
        "is_managed",
        "managed_by",
        "created_at",
        "updated_at",
        "client_id",
        "client_secret",
        "protocol_config.client_id",
        "protocol_config.client_secret",
    ];
    const ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("", "resource_server", "resource_server_id"),
        ("protocol_config", "grant_types", "grant_type"),
    ];
}

impl From<&Client> for ApplicationSettings {
    fn from(client: &Client) -> Self {
        Self {
            display_name: client.display_name.clone(),
            enabled: client.enabled,
            resource_server_id: client.resource_server.clone(),
            protocol_config: client.config.clone(),
        }
    }
}

impl ApplicationSettings {
    /// The client with these settings.
    pub fn onto(self, key: RealmKey, id: String, client_id: String) -> Client {
        Client {
            key,
            id,
            client_id,
            display_name: self.display_name,
            is_managed: false,
            enabled: self.enabled,
            resource_server: self.resource_server_id,
            config: self.protocol_config,
        }
    }

    /// Judges the result, whatever the door (architecture, invariant 9).
    pub fn check(&self, server: Option<&ResourceServer>) -> Vec<Violation> {
        let mut found = client::check(&self.display_name, &self.protocol_config, server);
        if self.resource_server_id.is_some() && server.is_none() {
            let text = "the id of a resource server of this realm";
            found.push(Violation::new("resource_server_id", text));
        }
        found
    }
}

/// What a new application has where the request says nothing: confidential, with the secret in a header, and in realm `admin`
/// for machines, elsewhere for people (behaviours.md 1.1).
pub fn with_defaults(members: &Members, key: &RealmKey) -> Members {
    let mut members = members.clone();
    let config = members.entry("protocol_config").or_insert_with(|| json!({}));
    let Value::Object(config) = config else { return members };
    let is_set = |config: &Members, name: &str| config.get(name).is_some_and(|v| !v.is_null());
    if !is_set(config, "type") {
        config.insert("type".into(), json!(Protocol::OAuth2));
    }
    if !is_set(config, "confidentiality") {
        config.insert("confidentiality".into(), json!(Confidentiality::Confidential));
    }
    if !is_set(config, "token_endpoint_auth_method") {
        let public = config["confidentiality"] == json!(Confidentiality::Public);
        let method = match public {
            true => ClientAuthMethod::None,
            false => ClientAuthMethod::ClientSecretBasic,
        };
        config.insert("token_endpoint_auth_method".into(), json!(method));
    }
    if !is_set(config, "grant_type") && !is_set(config, "grant_types") {
        let oidc =
            config["type"] == json!(Protocol::Oidc) || config["confidentiality"] == json!(Confidentiality::Public);
        let grant = match &*key.realm == ADMIN_REALM && !oidc {
            true => GrantType::ClientCredentials,
            false => GrantType::AuthorizationCode,
        };
        config.insert("grant_type".into(), json!([grant]));
    }
    members
}

/// What a change of the linked resource server does to what was allowed before: unlinked, nothing is allowed any more.
pub fn after_unlinking(members: &Members, settings: &mut ApplicationSettings) {
    let says = members
        .get("protocol_config")
        .is_some_and(|c| c.get("allowed_scopes").is_some());
    if settings.resource_server_id.is_none() && !says {
        settings.protocol_config.allowed_scopes.clear();
    }
}

/// An application as it is shown. The secret is there once, in the answer that makes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationBody {
    #[serde(flatten)]
    pub about: About,
    pub is_managed: bool,
    pub display_name: String,
    pub enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_server_id: Option<String>,
    pub protocol_config: ProtocolConfigBody,
}

/// The settings, with what the server made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProtocolConfigBody {
    pub client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    #[serde(flatten)]
    pub config: ClientConfig,
}

impl ApplicationBody {
    /// The body of a client.
    pub fn new(client: Client, meta: &Meta, client_secret: Option<String>) -> Self {
        Self {
            about: About::new(&client.id, &client.key, meta),
            is_managed: client.is_managed,
            display_name: client.display_name,
            enabled: client.enabled,
            resource_server_id: client.resource_server,
            protocol_config: ProtocolConfigBody {
                client_id: client.client_id,
                client_secret,
                config: client.config,
            },
        }
    }
}

/// A secret of an application, without the secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretBody {
    pub id: String,
    /// Its last four characters.
    pub hint: String,
    pub enabled: bool,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Written in batches: up to some seconds late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// What may be said of a secret: when it ends and whether it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSettings {
    /// RFC 3339; absent or null: it does not end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    pub enabled: Option<bool>,
    /// Of a new secret: seconds after which the present ones end; 0 ends them now.
    pub expire_others_after: Option<i64>,
}

impl Editable for SecretSettings {
    const READ_ONLY: &'static [&'static str] = &["id", "hint", "created_at", "last_used_at", "client_secret"];
}
