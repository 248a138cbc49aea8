//! How many tokens an application was issued and refused, as the Configuration API shows it.
use serde::Serialize;
use utoipa::ToSchema;

/// The last day of an application, hour by hour; written every minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenCounts {
    pub issued: i64,
    pub refused: i64,
    /// RFC 3339, UTC; absent when nothing happened that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<String>,
    pub hours: Vec<HourOfTokens>,
}

/// One hour in which something happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourOfTokens {
    /// When it begins.
    pub hour: String,
    pub issued: i64,
    pub refused: i64,
}
