//! Events as the Configuration API shows them.
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An event. What is not known is not there.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    pub id: String,
    /// RFC 3339, UTC.
    pub at: String,
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Of the members that changed, what they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Of the members that changed, what they became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Who did it, by the name they had then.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorBody {
    pub r#type: &'static str,
    pub id: String,
    pub display_name: String,
}

/// What it was done to, by the name it had then.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetBody {
    pub r#type: &'static str,
    pub id: String,
    pub display_name: String,
}
