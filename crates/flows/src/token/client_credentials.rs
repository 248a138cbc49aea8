//! The client credentials grant (RFC 6749 section 4.4). No user, no refresh token, no ID token.
use super::Exchange;
use super::issue::{self, Subject};
use crate::{Refusal, catalog};
use grantor_protocol::scope::{self, Bounds};
use grantor_protocol::token::{TokenResponse, Wishes};

pub(super) async fn grant(exchange: &Exchange<'_>, wishes: Wishes) -> Result<TokenResponse, Refusal> {
    let entry = exchange.client.entry();
    let scope = match wishes.scope.as_ref().filter(|s| !s.is_empty()) {
        None => entry.everything.clone(),
        asked => {
            let known = catalog::scopes(exchange.deps, &entry.client.key).await?;
            let bounds = Bounds {
                allowed: &entry.allowed,
                oidc: false,
                known: &known.names,
            };
            scope::for_client_credentials(asked, &bounds)?
        }
    };
    let token = issue::access_token(exchange, &Subject::Client, &scope, wishes).await?;
    Ok(TokenResponse {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: scope.to_string(),
        id_token: None,
    })
}
