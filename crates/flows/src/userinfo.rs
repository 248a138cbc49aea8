//! The userinfo endpoint (OpenID Connect Core section 5.3).
use crate::issuers::IssuerEntry;
use crate::{Deps, Refusal, access_token};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::user::{UserInfo, user_info};
use grantor_protocol::words::OidcScope;
use grantor_protocol::{OAuthError, OAuthErrorCode};

/// What the bearer's scopes let it learn. Wants `openid`, a user, and the token's own client in its audience (decision 20).
/// Returns the client's id too, for CORS.
pub async fn userinfo(deps: &Deps, issuer: &IssuerEntry, bearer: &str) -> Result<(UserInfo, String), Refusal> {
    let now = deps.clock.now();
    let invalid = |cause: &str| {
        OAuthError::new(OAuthErrorCode::InvalidToken, "the access token is not valid here").because(cause)
    };
    let Some(opened) = access_token::open(deps, &issuer.issuer.key, bearer).await? else {
        return Err(invalid("not a token of this realm").into());
    };
    if !opened.is_active(now, deps.settings.clock_skew_seconds) {
        return Err(invalid("expired, revoked, or its client or user is gone").into());
    }
    let scope = ScopeSet::from_stored(&opened.claims.scope);
    if !scope.contains(OidcScope::OpenId.as_str()) {
        return Err(OAuthError::new(OAuthErrorCode::InsufficientScope, "userinfo needs the scope openid").into());
    }
    let Some(user) = &opened.user else {
        return Err(OAuthError::new(OAuthErrorCode::InsufficientScope, "this token speaks for no user").into());
    };
    if !opened.claims.aud.contains(&opened.claims.client_id) {
        return Err(invalid("audience").into());
    }
    Ok((user_info(user, &opened.claims.sub, &scope), opened.claims.client_id))
}
