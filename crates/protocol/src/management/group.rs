//! The group of the Configuration API: users who get roles together.
use super::merge::Editable;
use super::record::{About, Meta, check_name, check_text};
use crate::client::Violation;
use crate::issuer::RealmKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A group as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub key: RealmKey,
    pub id: String,
    pub display_name: String,
    pub description: String,
}

/// What may be edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    /// Unique in the realm.
    pub display_name: String,
    #[serde(default)]
    pub description: String,
}

impl Editable for GroupSettings {
    const READ_ONLY: &'static [&'static str] =
        &["id", "tenant_id", "realm_id", "managed_by", "created_at", "updated_at"];
}

impl From<&Group> for GroupSettings {
    fn from(group: &Group) -> Self {
        Self {
            display_name: group.display_name.clone(),
            description: group.description.clone(),
        }
    }
}

impl GroupSettings {
    /// The group with these settings.
    pub fn onto(self, key: RealmKey, id: String) -> Group {
        Group {
            key,
            id,
            display_name: self.display_name,
            description: self.description,
        }
    }

    /// Judges the result, whatever the door.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        check_name("display_name", &self.display_name, 100, &mut found);
        check_text("description", &self.description, 300, &mut found);
        found
    }
}

/// A group as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    #[serde(flatten)]
    pub about: About,
    #[serde(flatten)]
    pub settings: GroupSettings,
}

impl GroupBody {
    /// The body of a group.
    pub fn new(group: &Group, meta: &Meta) -> Self {
        Self {
            about: About::new(&group.id, &group.key, meta),
            settings: group.into(),
        }
    }
}
