//! A request whose bearer was proven, on its way to its use case.
use super::{Asking, Refused, by, caller, input, segment};
use crate::state::State;
use actix_web::HttpRequest;
use grantor_flows::management::Change;
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_protocol::{OAuthError, OAuthErrorCode};

/// A request on its way.
pub(super) struct Asked<'a> {
    pub(super) request: &'a HttpRequest,
    pub(super) state: &'a State,
    pub(super) asking: &'a Asking,
    pub(super) operation: Operation,
}

impl Asked<'_> {
    pub(super) fn segment(&self, name: &str) -> &str {
        segment(self.request, name)
    }
    pub(super) fn version(&self) -> Option<i64> {
        input::version(self.request)
    }
    /// Begins a change of what the path reaches, with the rights that count now.
    pub(super) async fn change(&self) -> Result<Change<'_>, Refused> {
        let Asking { key, requester } = self.asking;
        let deps = &self.state.deps;
        let change = match self.operation.line().reach {
            Reach::Realm => Change::in_realm(deps, key, requester).await.map_err(by)?,
            // The tenant is looked for by the operation.
            Reach::Installation | Reach::Tenant => Change::in_installation(deps, key, requester).await.map_err(by)?,
        };
        self.still_entitled().await?;
        Ok(change)
    }
    /// Proves the bearer again. A body may take its time, and so may the database: what somebody lost meanwhile is lost (O-140).
    pub(super) async fn still_entitled(&self) -> Result<(), Refused> {
        let now = caller(self.request, self.state, self.operation).await?;
        match now.requester.rights == self.asking.requester.rights {
            true => Ok(()),
            false => Err(by(OAuthError::new(
                OAuthErrorCode::InsufficientScope,
                "the rights behind this token changed during the request",
            ))),
        }
    }
}
