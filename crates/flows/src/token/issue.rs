//! The mint: the one place where tokens are born (architecture, invariant 4).
use super::Exchange;
use crate::{Refusal, keys, token_id};
use grantor_jose::TokenType;
use grantor_protocol::claims::{AccessTokenClaims, Audience, IdTokenClaims};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::Wishes;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::words::{OidcScope, Protocol, TokenFormat};
use grantor_protocol::{OAuthError, OAuthErrorCode};
use grantor_store::{Command, NewReference};

/// Life of an ID token in seconds; it is read once, at the end of the sign-in.
const ID_TOKEN_SECONDS: i64 = 3600;

/// Whom a token speaks for.
pub(super) enum Subject<'a> {
    Client,
    User(&'a Authorization),
}

/// A token and its life in seconds.
pub(super) struct Issued {
    pub(super) text: String,
    pub(super) expires_in: i64,
}

/// An access token in the application's format (RFC 9068 section 2.2 for the self-contained one).
pub(super) async fn access_token(
    exchange: &Exchange<'_>,
    subject: &Subject<'_>,
    scope: &ScopeSet,
    wishes: Wishes,
) -> Result<Issued, Refusal> {
    let config = &exchange.client.entry().client.config;
    let expires_in = lifetime(exchange, &wishes)?;
    let mut claims = claims(exchange, subject, scope, expires_in);
    claims.custom_claims = wishes.custom_claims;
    let payload = serde_json::to_vec(&claims).map_err(|e| OAuthError::server_error(e.to_string()))?;
    let key = &exchange.client.entry().client.key;
    let text = match config.token_format {
        TokenFormat::SelfContained => {
            let algorithm = config.token_configuration.token_signing_algorithm;
            keys::signing(exchange.deps, key, algorithm, claims.exp, exchange.now)
                .await?
                .sign(TokenType::AccessToken, &payload)?
        }
        TokenFormat::Referential => {
            let text = keys::of_realm(exchange.deps, key).await?.referential().seal(&payload)?;
            list(exchange, &claims, &text);
            text
        }
    };
    Ok(Issued { text, expires_in })
}

/// Fetches the keys that the tokens will be signed with, of which the access token lives `lifetime` seconds; without a scope, all that the application may need. Called before a
/// single-use value is used up: what fails here must not cost the client its code or its refresh token.
pub(super) async fn prepare(exchange: &Exchange<'_>, scope: Option<&ScopeSet>, lifetime: i64) -> Result<(), Refusal> {
    let now = exchange.now;
    let iat = now.seconds();
    let client = &exchange.client.entry().client;
    match client.config.token_format {
        TokenFormat::SelfContained => {
            let algorithm = client.config.token_configuration.token_signing_algorithm;
            keys::signing(exchange.deps, &client.key, algorithm, iat + lifetime, now).await?;
        }
        TokenFormat::Referential => drop(keys::of_realm(exchange.deps, &client.key).await?),
    }
    let asked = scope.filter(|s| !s.is_empty());
    if client.config.protocol == Protocol::Oidc && asked.is_none_or(|s| has_id_token(exchange, s)) {
        let algorithm = client.config.id_token_signed_response_alg;
        keys::signing(exchange.deps, &client.key, algorithm, iat + ID_TOKEN_SECONDS, now).await?;
    }
    Ok(())
}

/// Without `openid` this is plain OAuth.
fn has_id_token(exchange: &Exchange<'_>, scope: &ScopeSet) -> bool {
    let oidc = exchange.client.entry().client.config.protocol == Protocol::Oidc;
    oidc && scope.contains(OidcScope::OpenId.as_str())
}

/// The life of the token that is asked for, in seconds; never more than the application's setting.
pub(super) fn lifetime(exchange: &Exchange<'_>, wishes: &Wishes) -> Result<i64, OAuthError> {
    let longest = exchange.client.entry().client.config.token_configuration.expires_after;
    match wishes.expiration_time {
        Some(asked) if asked > longest => {
            let text = format!("expiration_time may be at most {longest} seconds for this application");
            Err(OAuthError::invalid_request(text))
        }
        Some(asked) => Ok(asked),
        None => Ok(longest),
    }
}

fn claims(exchange: &Exchange<'_>, subject: &Subject<'_>, scope: &ScopeSet, expires_in: i64) -> AccessTokenClaims {
    let client = &exchange.client.entry().client;
    let iat = exchange.now.seconds();
    let exp = iat + expires_in;
    let user = match subject {
        Subject::Client => None,
        Subject::User(authorization) => Some(*authorization),
    };
    let sub = user.map_or(&client.client_id, |u| &u.subject);
    AccessTokenClaims {
        iss: exchange.issuer.issuer.url.to_string(),
        sub: sub.clone(),
        aud: audience(exchange, user.is_some()),
        exp,
        iat,
        nbf: iat,
        jti: token_id::make(exchange.deps, &client.key, &client.client_id, exp),
        client_id: client.client_id.clone(),
        scope: scope.to_string(),
        gid: user.map(|u| u.grant.clone()),
        uid: user.filter(|u| u.user != u.subject).map(|u| u.user.clone()),
        sid: user.map(|u| u.sid.clone()),
        auth_time: user.map(|u| u.auth_time.seconds()),
        custom_claims: None,
    }
}

/// T-22: the resource server's identifier, with the client itself where a user is behind the token; without a resource server the client alone.
fn audience(exchange: &Exchange<'_>, for_user: bool) -> Audience {
    let entry = exchange.client.entry();
    let mut audiences = Vec::with_capacity(2);
    if let Some(server) = &entry.resource_server {
        audiences.push(server.identifier.clone());
    }
    if for_user || audiences.is_empty() {
        audiences.push(entry.client.client_id.clone());
    }
    Audience::of(audiences)
}

/// A row for lists, written in the background: losing it loses no token (decision 6).
fn list(exchange: &Exchange<'_>, claims: &AccessTokenClaims, text: &str) {
    let client = &exchange.client.entry().client;
    let row = NewReference {
        id: claims.jti.clone(),
        client: client.id.clone(),
        user: claims.user().map(str::to_owned),
        grant: claims.gid.clone(),
        subject: claims.sub.clone(),
        scope: claims.scope.clone(),
        suffix: text[text.len().saturating_sub(8)..].to_owned(),
        issued_at: exchange.now,
        expires_at: grantor_protocol::UnixMillis::from_seconds(claims.exp),
    };
    exchange
        .deps
        .store
        .write_later(Command::InsertReference(client.key.clone(), Box::new(row)));
}

/// The ID token that goes with an access token, when there is one.
pub(super) async fn id_token_for(
    exchange: &Exchange<'_>,
    authorization: &Authorization,
    scope: &ScopeSet,
    access_token: &str,
) -> Result<Option<String>, Refusal> {
    match has_id_token(exchange, scope) {
        true => id_token(exchange, authorization, access_token).await.map(Some),
        false => Ok(None),
    }
}

/// RFC 8707 section 2: a token is for the application's resource server and nothing else.
pub(super) fn target(exchange: &Exchange<'_>, wishes: &Wishes) -> Result<(), OAuthError> {
    let own = exchange.client.entry().resource_server.as_ref();
    match &wishes.resource {
        Some(asked) if own.is_none_or(|server| server.identifier != *asked) => {
            let text = "resource is not the identifier of the application's resource server";
            Err(OAuthError::new(OAuthErrorCode::InvalidTarget, text))
        }
        _ => Ok(()),
    }
}

/// OpenID Connect Core section 2: for the client alone, about the authentication that happened.
async fn id_token(
    exchange: &Exchange<'_>,
    authorization: &Authorization,
    access_token: &str,
) -> Result<String, Refusal> {
    let client = &exchange.client.entry().client;
    let algorithm = client.config.id_token_signed_response_alg;
    let iat = exchange.now.seconds();
    let claims = IdTokenClaims {
        iss: (&*exchange.issuer.issuer.url).into(),
        sub: (&authorization.subject).into(),
        aud: (&client.client_id).into(),
        exp: iat + ID_TOKEN_SECONDS,
        iat,
        auth_time: authorization.auth_time.seconds(),
        nonce: authorization.nonce.as_ref().map(Into::into),
        at_hash: grantor_jose::at_hash(algorithm, access_token).into(),
        sid: (&authorization.sid).into(),
        amr: authorization.amr.clone(),
    };
    let payload = serde_json::to_vec(&claims).map_err(|e| OAuthError::server_error(e.to_string()))?;
    let key = keys::signing(exchange.deps, &client.key, algorithm, claims.exp, exchange.now).await?;
    Ok(key.sign(TokenType::IdToken, &payload)?)
}
