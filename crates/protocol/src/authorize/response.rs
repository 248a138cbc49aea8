//! Where an answer may go. Only the owner of a `ReturnAddress` can build a redirect; before one exists every error is a page.
use crate::OAuthError;
use crate::client::Client;
use crate::form::{self, Params};
use crate::redirect_uri;
use crate::words::{GrantType, ResponseMode};
use serde::{Deserialize, Serialize};

/// Longest `state` echoed; a longer one is refused.
pub(super) const MAX_STATE: usize = 4096;

/// A redirect URI that is proven to be registered for the client, with the `state` to echo.
/// Built in [`ReturnAddress::establish`] alone (architecture, invariant 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    redirect_uri: String,
    state: Option<String>,
}

/// Why nothing may be sent to the client (RFC 6749 section 4.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnFailure {
    /// `redirect_uri` is missing, repeated or unreadable.
    Unreadable(&'static str),
    /// `redirect_uri` is not registered; holds what was received.
    NotRegistered(String),
    /// The application has no code grant and no redirect URI (decision 17).
    NoCodeGrant,
}

impl ReturnAddress {
    /// Compares `redirect_uri` with the registered ones as raw strings (RFC 9700 section 2.1).
    pub fn establish(client: &Client, params: &Params<'_>) -> Result<Self, ReturnFailure> {
        if client.config.redirect_uris.is_empty() && !client.may_use(GrantType::AuthorizationCode) {
            return Err(ReturnFailure::NoCodeGrant);
        }
        let presented = params
            .get("redirect_uri")
            .map_err(|_| ReturnFailure::Unreadable("redirect_uri is repeated or not valid text"))?
            .ok_or(ReturnFailure::Unreadable("redirect_uri is missing"))?;
        let kind = client.config.application_type;
        let registered = |r: &String| redirect_uri::matches(r, presented, kind);
        if presented.len() > redirect_uri::MAX_LENGTH || !client.config.redirect_uris.iter().any(registered) {
            return Err(ReturnFailure::NotRegistered(
                presented.chars().take(redirect_uri::MAX_LENGTH).collect(),
            ));
        }
        // A state that cannot be read is not echoed; validation refuses the request for it.
        let state = params
            .get("state")
            .ok()
            .flatten()
            .filter(|s| s.len() <= MAX_STATE)
            .map(str::to_owned);
        Ok(Self {
            redirect_uri: presented.to_owned(),
            state,
        })
    }
    /// Whether the URI is still registered, for an address that was kept.
    pub fn is_registered(&self, client: &Client) -> bool {
        let kind = client.config.application_type;
        let uris = &client.config.redirect_uris;
        uris.iter().any(|r| redirect_uri::matches(r, &self.redirect_uri, kind))
    }
    /// The registered URI this answers to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
    /// Where the user will be sent, for consent pages.
    pub fn host(&self) -> String {
        redirect_uri::host_of(&self.redirect_uri)
    }
    /// The success response (RFC 6749 section 4.1.2) with `iss` (RFC 9207 section 2).
    pub fn with_code(&self, code: &str, issuer: &str) -> String {
        self.with(&[("code", code)], issuer)
    }
    /// The error response (RFC 6749 section 4.1.2.1) with `iss` (RFC 9207 section 2).
    pub fn with_error(&self, error: &OAuthError, issuer: &str) -> String {
        self.with(
            &[
                ("error", error.code.as_str()),
                ("error_description", &error.description),
            ],
            issuer,
        )
    }

    fn with(&self, pairs: &[(&str, &str)], issuer: &str) -> String {
        let mut all = pairs.to_vec();
        if let Some(state) = &self.state {
            all.push(("state", state));
        }
        all.push(("iss", issuer));
        match ResponseMode::Query {
            ResponseMode::Query => form::append_query(&self.redirect_uri, &all),
        }
    }
}
