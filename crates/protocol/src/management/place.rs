//! Tenants and realms of the Configuration API.
use super::merge::Editable;
use super::record::{Meta, check_name};
use crate::client::Violation;
use crate::issuer::RealmKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The tenant of the first start, whose admins may make tenants (decision 10).
pub const OPERATOR_TENANT: &str = "default";

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: String,
    pub display_name: String,
    /// A disabled tenant answers nobody: its realms are as if they were not there.
    pub enabled: bool,
}

/// A realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realm {
    pub key: RealmKey,
    pub display_name: String,
    pub enabled: bool,
    /// Whether `/` serves it.
    pub serves_root: bool,
}

/// What may be edited of either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceSettings {
    pub display_name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

impl Editable for PlaceSettings {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "tenant_id",
        "realm_id",
        "serves_root",
        "is_managed",
        "created_at",
        "updated_at",
    ];
}

impl PlaceSettings {
    /// Judges the result, whatever the door.
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        check_name("display_name", &self.display_name, 100, &mut found);
        found
    }
}

/// The id of a new tenant or realm: it stands in every issuer of it, so it is short and in lower case.
pub fn check_place_id(id: &str) -> Vec<Violation> {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = (1..=40).contains(&id.len()) && id.bytes().all(legal) && !id.starts_with('-') && !id.ends_with('-');
    match good {
        true => Vec::new(),
        false => vec![Violation::new(
            "id",
            "1 to 40 lower-case letters, digits or '-', not at the ends",
        )],
    }
}

/// A tenant as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantBody {
    pub id: String,
    #[serde(flatten)]
    pub settings: PlaceSettings,
    pub created_at: String,
    pub updated_at: String,
    /// Where its first admin sets a password: once, in the answer that makes the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_link: Option<String>,
}

/// A realm as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct RealmBody {
    pub id: String,
    pub tenant_id: String,
    #[serde(flatten)]
    pub settings: PlaceSettings,
    pub serves_root: bool,
    pub created_at: String,
    pub updated_at: String,
}

impl TenantBody {
    /// The body of a tenant.
    pub fn new(tenant: &Tenant, meta: &Meta) -> Self {
        Self {
            id: tenant.id.clone(),
            settings: tenant.into(),
            created_at: meta.created_at.rfc3339(),
            updated_at: meta.updated_at.rfc3339(),
            setup_link: None,
        }
    }
}

impl RealmBody {
    /// The body of a realm.
    pub fn new(realm: &Realm, meta: &Meta) -> Self {
        Self {
            id: realm.key.realm.to_string(),
            tenant_id: realm.key.tenant.to_string(),
            settings: realm.into(),
            serves_root: realm.serves_root,
            created_at: meta.created_at.rfc3339(),
            updated_at: meta.updated_at.rfc3339(),
        }
    }
}

impl From<&Tenant> for PlaceSettings {
    fn from(tenant: &Tenant) -> Self {
        Self {
            display_name: tenant.display_name.clone(),
            enabled: tenant.enabled,
        }
    }
}

impl From<&Realm> for PlaceSettings {
    fn from(realm: &Realm) -> Self {
        Self {
            display_name: realm.display_name.clone(),
            enabled: realm.enabled,
        }
    }
}
