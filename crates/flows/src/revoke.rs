//! Revocation (RFC 7009): who asks, whose token it is, one write.
use crate::access_token::{self, OpenedToken};
use crate::client_auth::authenticate_in_realm;
use crate::issuers::IssuerEntry;
use crate::{Deps, Refusal, bearer, revocations};
use grantor_protocol::claims::AccessTokenClaims;
use grantor_protocol::client_auth::{Presented, PresentedCredentials};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::TOKENS_DELETE;
use grantor_protocol::{OAuthError, UnixMillis};

/// Ends `token`, durably before this returns. What is not a live token of the realm is ended already: nothing is done and
/// nothing is said (RFC 7009 section 2.2). A live token of somebody else is `invalid_grant` and lives on (V-02).
pub async fn revoke(
    deps: &Deps,
    issuer: &IssuerEntry,
    presented: &Presented<'_>,
    token: &str,
    address: &str,
) -> Result<(), Refusal> {
    let now = deps.clock.now();
    match presented {
        Presented::Bearer(secret) => {
            let asked = (&*issuer.issuer.key.tenant, TOKENS_DELETE);
            bearer::management(deps, asked, secret.expose(), now).await?;
            for_management(deps, issuer, token, now).await
        }
        Presented::Client(credentials) => for_client(deps, issuer, credentials, (token, address), now).await,
    }
}

/// A client ends what was issued to it. A public one proves nothing, so nothing but the token says that it may.
async fn for_client(
    deps: &Deps,
    issuer: &IssuerEntry,
    credentials: &PresentedCredentials<'_>,
    (token, address): (&str, &str),
    now: UnixMillis,
) -> Result<(), Refusal> {
    let key = &issuer.issuer.key;
    let client = authenticate_in_realm(deps, key, credentials, address, now).await?;
    let client = &client.entry().client;
    if issuer.issuer.application().is_some_and(|id| id != client.id) {
        return Err(OAuthError::invalid_grant("the client is not the application in the path").into());
    }
    let Some(opened) = access_token::open(deps, key, token).await? else {
        return Ok(());
    };
    if opened.claims.client_id == client.client_id {
        return end(deps, key, &opened, now).await;
    }
    match opened.is_active(now, deps.settings.clock_skew_seconds) {
        true => Err(OAuthError::invalid_grant("a token of another client").into()),
        false => Ok(()),
    }
}

/// A manager ends any token of the realm, or of the application in the path; one of another application is left alone (V-03).
async fn for_management(deps: &Deps, issuer: &IssuerEntry, token: &str, now: UnixMillis) -> Result<(), Refusal> {
    let key = &issuer.issuer.key;
    let Some(opened) = access_token::open(deps, key, token).await? else {
        return Ok(());
    };
    let client = opened.client.as_ref().map(|entry| entry.client.id.as_str());
    if issuer.issuer.application().is_some_and(|id| Some(id) != client) {
        return Ok(());
    }
    end(deps, key, &opened, now).await
}

/// Revokes what has not expired, dormant or not: a user who is enabled again must not bring back what was ended meanwhile.
async fn end(deps: &Deps, key: &RealmKey, opened: &OpenedToken, now: UnixMillis) -> Result<(), Refusal> {
    let AccessTokenClaims { jti, exp, .. } = &opened.claims;
    if opened.revoked || *exp <= now.seconds() {
        return Ok(());
    }
    revocations::revoke_token(deps, key, jti, now, UnixMillis::from_seconds(*exp)).await
}
