//! What every managed record has beside its own members, and how a text that admins type is judged.
use crate::UnixMillis;
use crate::client::Violation;
use serde::Serialize;
use utoipa::ToSchema;

/// Version, owner and times of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Counts the changes; the record's ETag (RFC 9110 section 8.8.3).
    pub version: i64,
    /// The set of documents of `grantor apply` that owns the record.
    pub managed_by: Option<String>,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

/// A record with its meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub record: T,
    pub meta: Meta,
}

impl<T> Stored<T> {
    /// The same about something made of the record.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Stored<U> {
        let Self { record, meta } = self;
        Stored {
            record: make(record),
            meta,
        }
    }
}

/// The members of a body that nobody edits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct About {
    pub id: String,
    pub tenant_id: String,
    pub realm_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

impl About {
    /// Of the record `id` in a realm.
    pub fn new(id: &str, key: &crate::issuer::RealmKey, meta: &Meta) -> Self {
        Self {
            id: id.to_owned(),
            tenant_id: key.tenant.to_string(),
            realm_id: key.realm.to_string(),
            managed_by: meta.managed_by.clone(),
            created_at: meta.created_at.rfc3339(),
            updated_at: meta.updated_at.rfc3339(),
        }
    }
}

/// A name that people read: 1 to `longest` characters, none of them a control character.
pub fn check_name(field: &str, text: &str, longest: usize, found: &mut Vec<Violation>) {
    let length = text.chars().count();
    if text.trim().is_empty() || length > longest || text.chars().any(char::is_control) {
        let wanted = format!("1 to {longest} characters without control characters");
        found.push(Violation::new(field, wanted));
    }
}

/// A text that may be missing: at most `longest` characters, of control characters only line ends.
pub fn check_text(field: &str, text: &str, longest: usize, found: &mut Vec<Violation>) {
    let legal = |c: char| !c.is_control() || c == '\n';
    if text.chars().count() > longest || !text.chars().all(legal) {
        let wanted = format!("at most {longest} characters, no control characters but line ends");
        found.push(Violation::new(field, wanted));
    }
}

/// An id that a door may give: 1 to 64 letters, digits, `-`, `_` or `.`.
pub fn check_id(field: &str, id: &str, found: &mut Vec<Violation>) {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > 64 || !id.bytes().all(legal) || id.starts_with('.') {
        found.push(Violation::new(field, "1 to 64 letters, digits, '-', '_' or '.'"));
    }
}
