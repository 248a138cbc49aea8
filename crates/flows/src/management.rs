//! The Configuration API's use cases: what a proven [`ManagementCaller`](crate::bearer::ManagementCaller) may ask of a realm.
pub mod tokens;

use crate::Refusal;
use grantor_protocol::OAuthError;
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
