//! The token endpoint: the phases every grant shares, then the grant's own file.
mod authorization_code;
mod client_credentials;
mod issue;

use crate::client_auth::{AuthenticatedClient, authenticate};
use crate::issuers::IssuerEntry;
use crate::{Deps, Refusal};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_protocol::client_auth::PresentedCredentials;
use grantor_protocol::token::{TokenRequest, TokenResponse, Wishes};
use grantor_protocol::{OAuthError, OAuthErrorCode, UnixMillis};

/// What a grant's file gets: who asks, under which issuer, and when.
struct Exchange<'a> {
    deps: &'a Deps,
    issuer: &'a IssuerEntry,
    client: &'a AuthenticatedClient,
    now: UnixMillis,
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
    let client = authenticate(deps, &issuer.issuer, credentials, address, now).await?;
    let (request, wishes) = request;
    let grant = request.grant_type();
    if !client.entry().client.may_use(grant) {
        let text = format!("this application may not use the {grant} grant");
        return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, text).into());
    }
    let exchange = Exchange {
        deps,
        issuer,
        client: &client,
        now,
    };
    match request {
        TokenRequest::ClientCredentials => client_credentials::grant(&exchange, wishes).await,
        TokenRequest::AuthorizationCode(request) => authorization_code::grant(&exchange, &request, wishes).await,
    }
}

/// Base64url without padding (RFC 7515 section 2).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
