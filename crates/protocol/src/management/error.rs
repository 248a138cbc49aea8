//! The errors of the Configuration API: `{code, message, details?}` (behaviours.md 1.1).
use crate::client::Violation;
use serde::Serialize;
use utoipa::ToSchema;

/// The body of a refusal.
#[derive(Debug, Serialize)]
pub struct ManagementErrorBody<'a> {
    pub code: &'a str,
    pub message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub details: &'a [Detail],
}

/// What a program may want to know of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type")]
pub enum Detail {
    /// What there is none of.
    ResourceInfo {
        resource_type: &'static str,
        id: String,
        description: String,
    },
    /// What is wrong, field by field.
    FieldViolations { field_violations: Vec<Violation> },
}

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ResourceInfo { id, description, .. } => write!(f, "{description}: {id}"),
            Self::FieldViolations { field_violations } => {
                let lines = field_violations
                    .iter()
                    .map(|v| format!("{}: {}", v.field, v.description));
                f.write_str(&lines.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

impl Detail {
    /// There is no `resource_type` with this id here.
    pub fn missing(resource_type: &'static str, id: &str) -> Self {
        Self::ResourceInfo {
            resource_type,
            id: id.to_owned(),
            description: format!("there is no such {resource_type} here"),
        }
    }
    /// One field is wrong.
    pub fn violation(field: &str, description: &str) -> Self {
        Self::FieldViolations {
            field_violations: vec![Violation::new(field, description)],
        }
    }
}
