//! Management: what may be changed and read of tenants, realms and their records, whatever the door.
//!
//! Owns: one save a kind of record, which judges the result and the rights of whoever asks, writes, ends what must end, and
//! tells the audit log, in one transaction. Does not own: the rules (`protocol::management`), how a door reads and answers.
pub mod applications;
pub mod change;
pub mod events;
pub mod groups;
pub mod identities;
mod lists;
pub mod places;
pub mod resource_servers;
pub mod roles;
pub mod signing_keys;
pub mod tokens;

pub use change::{Change, Requester, Saved};

use crate::Refusal;
use crate::passwords::TooBusy;
use grantor_protocol::OAuthError;
use grantor_protocol::client::Violation;
use grantor_protocol::events::RecordKind;
use grantor_protocol::management::error::Detail;
use grantor_store::StoreError;

/// Why an operation did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagementRefusal {
    /// What every endpoint can answer: the bearer is not good enough, or the database does not answer.
    Refusal(Refusal),
    /// There is nothing of this kind and id.
    Missing(Detail),
    /// A field of the request is wrong.
    Invalid(Detail),
    /// Nobody may do this, or only somebody with more rights (architecture, invariant 9).
    Forbidden(String),
    /// It does not go with what else there is.
    Conflict(String),
    /// The record is not the one the request was made for (RFC 9110 section 13.1.1).
    Changed,
}

impl ManagementRefusal {
    /// There is no record of this kind and id here.
    pub fn missing(kind: RecordKind, id: &str) -> Self {
        Self::Missing(Detail::missing(kind.as_str(), id))
    }
    /// The result may not be saved.
    pub fn invalid(field_violations: Vec<Violation>) -> Self {
        Self::Invalid(Detail::FieldViolations { field_violations })
    }
    /// One field is wrong.
    pub fn field(field: &str, text: &str) -> Self {
        Self::Invalid(Detail::violation(field, text))
    }
}

impl From<Refusal> for ManagementRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<OAuthError> for ManagementRefusal {
    fn from(error: OAuthError) -> Self {
        Self::Refusal(error.into())
    }
}

impl From<StoreError> for ManagementRefusal {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

impl From<TooBusy> for ManagementRefusal {
    fn from(TooBusy(_): TooBusy) -> Self {
        Self::Refusal(OAuthError::unavailable("too many passwords are being hashed").into())
    }
}
