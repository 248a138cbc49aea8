//! The client credentials grant (RFC 6749 section 4.4). No user, no refresh token, no ID token.
use super::Exchange;
use super::issue::{self, Subject};
use crate::Refusal;
use grantor_protocol::scope::{self, Bounds};
use grantor_protocol::token::{TokenResponse, Wishes};
use std::collections::BTreeSet;

pub(super) async fn grant(exchange: &Exchange<'_>, wishes: Wishes) -> Result<TokenResponse, Refusal> {
    let entry = exchange.client.entry();
    let scope = match wishes.scope.as_ref().filter(|s| !s.is_empty()) {
        None => entry.everything.clone(),
        asked => {
            let bounds = Bounds {
                allowed: &entry.allowed,
                oidc: false,
                offline: false,
                // What the realm knows beyond makes no difference to this grant: it is refused either way.
                known: &BTreeSet::new(),
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
        refresh_token: None,
        id_token: None,
    })
}
