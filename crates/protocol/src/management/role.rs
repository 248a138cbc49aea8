//! The role of the Configuration API: a set of scopes of one resource server (decision 10).
use super::areas::{AREAS, Area, Level, levels};
use super::merge::{Editable, Members};
use super::record::{About, Meta, check_text};
use crate::client::Violation;
use crate::issuer::RealmKey;
use crate::management::RESERVED_IDENTIFIER;
use crate::resource_server::ResourceServer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A role as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub key: RealmKey,
    pub id: String,
    /// The id of the resource server whose scopes it holds.
    pub resource_server: String,
    pub display_name: String,
    pub description: String,
    /// Made by the server; cannot be edited, but copied.
    pub is_managed: bool,
    pub scopes: Vec<String>,
}

/// What may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleSettings {
    pub display_name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl Editable for RoleSettings {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "tenant_id",
        "realm_id",
        "resource_server_id",
        "is_managed",
        "managed_by",
        "created_at",
        "updated_at",
    ];
}

impl From<&Role> for RoleSettings {
    fn from(role: &Role) -> Self {
        Self {
            display_name: role.display_name.clone(),
            description: role.description.clone(),
            scopes: role.scopes.clone(),
        }
    }
}

impl RoleSettings {
    /// The role with these settings.
    pub fn onto(self, key: RealmKey, id: String, resource_server: String) -> Role {
        Role {
            key,
            id,
            resource_server,
            display_name: self.display_name,
            description: self.description,
            is_managed: false,
            scopes: self.scopes,
        }
    }

    /// Judges the result, whatever the door.
    pub fn check(&self, server: &ResourceServer) -> Vec<Violation> {
        let mut found = Vec::new();
        check_display_name(&self.display_name, &mut found);
        check_text("description", &self.description, 300, &mut found);
        for (i, scope) in self.scopes.iter().enumerate() {
            let field = format!("scopes[{i}]");
            if !server.defines(scope) {
                let text = format!("{scope} is not a scope of the resource server");
                found.push(Violation::new(field, text));
            } else if self.scopes[..i].contains(scope) {
                found.push(Violation::new(field, format!("{scope} is listed twice")));
            }
        }
        found
    }
}

/// 1 to 64 characters without the punctuation that other systems take apart.
fn check_display_name(name: &str, found: &mut Vec<Violation>) {
    let legal = |c: char| !c.is_control() && !"<>\"'`\\/;|{}[]$%&*?".contains(c);
    if name.trim().is_empty() || name.trim() != name || name.chars().count() > 64 || !name.chars().all(legal) {
        let text = "1 to 64 characters, without outer blanks and without < > \" ' ` \\ / ; | { } [ ] $ % & * ?";
        found.push(Violation::new("display_name", text));
    }
}

/// `areas` of a request, such as `{"applications": "edit"}`, put into words as `scopes`. Areas that are not named keep theirs.
pub fn take_areas(members: &mut Members, current: &[String], server: &ResourceServer) -> Result<(), Vec<Violation>> {
    let Some(areas) = members.remove("areas") else {
        return Ok(());
    };
    let refuse = |field: String, text: String| Err(vec![Violation::new(field, text)]);
    if server.identifier != RESERVED_IDENTIFIER {
        return refuse("areas".into(), "only roles of the management API have areas".into());
    }
    let Value::Object(areas) = areas else {
        return refuse("areas".into(), "an object of areas and levels".into());
    };
    let given: Option<Vec<String>> = members
        .get("scopes")
        .and_then(|s| serde_json::from_value(s.clone()).ok());
    let mut scopes = given.unwrap_or_else(|| current.to_vec());
    for (name, level) in areas {
        let field = format!("areas.{name}");
        let Some(area) = Area::named(&name) else {
            let names: Vec<&str> = AREAS.iter().map(|a| a.name).collect();
            return refuse(field, format!("no area; there are {}", names.join(", ")));
        };
        let Ok(level) = serde_json::from_value::<Level>(level) else {
            return refuse(field, "none, view or edit".into());
        };
        scopes.retain(|s| !area.scopes(Level::Edit).any(|known| known == s));
        scopes.extend(area.scopes(level).map(str::to_owned));
    }
    members.insert("scopes".into(), Value::from(scopes));
    Ok(())
}

/// A role as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleBody {
    #[serde(flatten)]
    pub about: About,
    pub resource_server_id: String,
    pub is_managed: bool,
    #[serde(flatten)]
    pub settings: RoleSettings,
    /// What a role of the management API adds up to, area by area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    pub areas: Option<BTreeMap<String, Level>>,
}

impl RoleBody {
    /// The body of a role. `of_management`: whether its resource server is the management API.
    pub fn new(role: &Role, meta: &Meta, of_management: bool) -> Self {
        Self {
            about: About::new(&role.id, &role.key, meta),
            resource_server_id: role.resource_server.clone(),
            is_managed: role.is_managed,
            areas: of_management.then(|| levels(&role.scopes)),
            settings: role.into(),
        }
    }
}
