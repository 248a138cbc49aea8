//! The resource server of the Configuration API.
use super::merge::Editable;
use super::record::{About, Meta, check_text};
use crate::client::Violation;
use crate::issuer::RealmKey;
use crate::resource_server::{self, ResourceServer, ScopeDefinition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most scopes of one resource server.
pub const MAX_SCOPES: usize = 500;

/// What may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceServerSettings {
    pub display_name: String,
    /// The audience of its tokens; unique in the realm.
    pub identifier: String,
    /// Whether the roles of users bound what is granted for them (T-06).
    #[serde(default)]
    pub role_bounded: bool,
    /// Names, or objects with name, title and description.
    #[serde(default, deserialize_with = "scopes")]
    pub scopes: Vec<ScopeDefinition>,
}

/// The source's scopes are names; ours carry words for the consent page.
fn scopes<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<ScopeDefinition>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected the name of a scope, or an object with name, title and description"
    )]
    enum Scope {
        Name(String),
        Definition(ScopeDefinition),
    }
    let all = Vec::<Scope>::deserialize(from)?;
    let definition = |scope| match scope {
        Scope::Definition(definition) => definition,
        Scope::Name(name) => ScopeDefinition {
            name,
            title: String::new(),
            description: String::new(),
        },
    };
    Ok(all.into_iter().map(definition).collect())
}

impl Editable for ResourceServerSettings {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "tenant_id",
        "realm_id",
        "is_managed",
        "managed_by",
        "created_at",
        "updated_at",
    ];
}

impl From<&ResourceServer> for ResourceServerSettings {
    fn from(server: &ResourceServer) -> Self {
        Self {
            display_name: server.display_name.clone(),
            identifier: server.identifier.clone(),
            role_bounded: server.role_bounded,
            scopes: server.scopes.clone(),
        }
    }
}

impl ResourceServerSettings {
    /// The resource server with these settings.
    pub fn onto(self, key: RealmKey, id: String) -> ResourceServer {
        ResourceServer {
            key,
            id,
            identifier: self.identifier,
            display_name: self.display_name,
            is_managed: false,
            role_bounded: self.role_bounded,
            scopes: self.scopes,
        }
    }

    /// Judges the result, whatever the door.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = resource_server::check(&self.identifier, &self.display_name, &self.scopes);
        if self.scopes.len() > MAX_SCOPES {
            found.push(Violation::new("scopes", format!("at most {MAX_SCOPES}")));
        }
        for (i, scope) in self.scopes.iter().enumerate() {
            check_text(&format!("scopes[{i}].title"), &scope.title, 200, &mut found);
            check_text(
                &format!("scopes[{i}].description"),
                &scope.description,
                1000,
                &mut found,
            );
        }
        found
    }
}

/// A resource server as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceServerBody {
    #[serde(flatten)]
    pub about: About,
    pub is_managed: bool,
    #[serde(flatten)]
    pub settings: ResourceServerSettings,
}

impl ResourceServerBody {
    /// The body of a resource server.
    pub fn new(server: &ResourceServer, meta: &Meta) -> Self {
        Self {
            about: About::new(&server.id, &server.key, meta),
            is_managed: server.is_managed,
            settings: server.into(),
        }
    }
}

/// What a resource server authenticates to the introspection endpoint with (decision 23).
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialBody {
    pub id: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}
