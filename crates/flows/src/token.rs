//! The token endpoint: the phases every grant shares, then the grant's own file.
mod authorization_code;
mod client_credentials;
mod issue;
mod refresh_token;

use crate::client_auth::{AuthenticatedClient, authenticate};
use crate::issuers::IssuerEntry;
use crate::{Deps, Refusal, catalog, roles, tally};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_protocol::client_auth::PresentedCredentials;
use grantor_protocol::events::EventKind;
use grantor_protocol::scope::{self, ScopeSet};
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::{TokenRequest, TokenResponse, Wishes};
use grantor_protocol::words::GrantType;
use grantor_protocol::{OAuthError, OAuthErrorCode, UnixMillis};
use grantor_store::events::Event;
use std::collections::BTreeSet;

/// What a grant's file gets: who asks, under which issuer, and when.
struct Exchange<'a> {
    deps: &'a Deps,
    issuer: &'a IssuerEntry,
    client: &'a AuthenticatedClient,
    now: UnixMillis,
    address: &'a str,
}

impl Exchange<'_> {
    /// An event about a grant of this client.
    fn event(&self, kind: EventKind, authorization: &Authorization) -> Event {
        Event {
            client: Some(self.client.entry().client.id.clone()),
            user: Some(authorization.user.clone()),
            grant: Some(authorization.grant.clone()),
            address: Some(self.address.to_owned()),
            ..Event::new(kind, self.now)
        }
    }
}

/// RFC 6749 section 3.2: authenticate, is the grant allowed, then the grant's rule.
pub async fn exchange(
    deps: &Deps,
    issuer: &IssuerEntry,
    credentials: &PresentedCredentials<'_>,
    request: (TokenRequest<'_>, Wishes),
    address: &str,
) -> Result<TokenResponse, Refusal> {
    let now = deps.clock.now();
    let grant = request.0.grant_type();
    let key = &issuer.issuer.key;
    let refused = |client: &str, refusal: &Refusal| {
        let about = (client, address);
        deps.tally.refused(key, client, now, || {
            tally::refusal(EventKind::TokenRefused, now, about, refusal)
        });
    };
    let client = match authenticate(deps, &issuer.issuer, credentials, address, now).await {
        Ok(client) => client,
        Err(refusal) => {
            // A name nobody has is counted nowhere: whoever guesses names fills no memory.
            if let Some(entry) = catalog::known_client(deps, key, credentials.client_id()) {
                refused(&entry.client.id, &refusal);
            }
            return Err(refusal);
        }
    };
    let answered = answer(deps, issuer, &client, request, (address, now)).await;
    let id = &client.entry().client.id;
    match &answered {
        Ok(answer) => {
            deps.metrics.issued(answer);
            deps.tally.issued(key, id, now, || issued(now, (id, address), grant));
        }
        Err(refusal) => refused(id, refusal),
    }
    answered
}

/// What is told of a token that was issued.
fn issued(now: UnixMillis, (client, address): (&str, &str), grant: GrantType) -> Event {
    Event {
        client: Some(client.to_owned()),
        address: Some(address.to_owned()),
        detail: format!("by {grant}"),
        ..Event::new(EventKind::TokenIssued, now)
    }
}

async fn answer(
    deps: &Deps,
    issuer: &IssuerEntry,
    client: &AuthenticatedClient,
    request: (TokenRequest<'_>, Wishes),
    (address, now): (&str, UnixMillis),
) -> Result<TokenResponse, Refusal> {
    let (request, wishes) = request;
    let grant = request.grant_type();
    if !client.entry().client.may_use(grant) {
        let text = format!("this application may not use the {grant} grant");
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, text).into());
    }
    let exchange = Exchange {
        deps,
        issuer,
        client,
        now,
        address,
    };
    issue::target(&exchange, &wishes)?;
    match request {
        TokenRequest::ClientCredentials => client_credentials::grant(&exchange, wishes).await,
        TokenRequest::AuthorizationCode(request) => authorization_code::grant(&exchange, &request, wishes).await,
        TokenRequest::RefreshToken(request) => refresh_token::grant(&exchange, &request, wishes).await,
    }
}

/// Scopes are bounded when a token is issued, not only when the user was asked: by the application, and by the user's roles
/// (A-13, T-06, O-140).
async fn still_allowed(exchange: &Exchange<'_>, user: &str, granted: &ScopeSet) -> Result<ScopeSet, Refusal> {
    let entry = exchange.client.entry();
    let allowed = scope::still_allowed(granted, &entry.bounds_for_users(&BTreeSet::new()));
    roles::bounded(exchange.deps, entry, user, allowed).await
}

/// The user must still exist and be enabled (O-089, O-134).
async fn user_stands(exchange: &Exchange<'_>, authorization: &Authorization) -> Result<(), Refusal> {
    let key = &exchange.client.entry().client.key;
    match catalog::user(exchange.deps, key, &authorization.user).await? {
        Some(user) if user.enabled => Ok(()),
        _ => Err(OAuthError::invalid_grant("the user is gone or disabled").into()),
    }
}

/// Base64url without padding (RFC 7515 section 2).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
