//! The authorization code grant: read, one rule, one guarded write, then sign (decisions 2 and 15).
use super::Exchange;
use super::issue::{self, Subject};
use crate::keys::Purpose;
use crate::{Deps, Refusal, catalog, revocations};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::{self, Bounds, ScopeSet};
use grantor_protocol::token::authorization_code::{Authorization, Redemption, check};
use grantor_protocol::token::{AuthorizationCodeRequest, TokenResponse, Wishes};
use grantor_protocol::words::{OidcScope, Protocol};
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::codes::NewGrant;
use grantor_store::{Command, Outcome};
use std::collections::BTreeSet;

pub(super) async fn grant(
    exchange: &Exchange<'_>,
    request: &AuthorizationCodeRequest<'_>,
    wishes: Wishes,
) -> Result<TokenResponse, Refusal> {
    let Exchange {
        deps,
        issuer,
        client,
        now,
    } = exchange;
    let client = &client.entry().client;
    // A request that cannot be granted must not cost the client its code.
    issue::lifetime(exchange, &wishes)?;
    let code_mac = deps.keys.mac(Purpose::Code, &client.key, &[request.code.as_bytes()]);
    let Some(record) = deps.store.find_code(&client.key, &code_mac).await? else {
        return Err(OAuthError::invalid_grant("unknown code").into());
    };
    let limits = (&issuer.issuer.kind, deps.settings.code_attempts);
    let authorization = match check(request, client, &record, limits, *now) {
        Redemption::Issue(authorization) => authorization,
        Redemption::Refuse(error) => return Err(error.into()),
        Redemption::RefuseAndCount(error) => {
            deps.store
                .write(Command::CountFailedRedemption {
                    key: client.key.clone(),
                    code_mac,
                })
                .await?;
            return Err(error.into());
        }
        Redemption::RefuseAndRevoke(grant, error) => {
            // Committed before the refusal is answered (architecture, invariant 7).
            revocations::revoke_grant(deps, &client.key, grant, *now).await?;
            return Err(error.into());
        }
    };
    user_stands(deps, &client.key, authorization).await?;
    let scope = still_allowed(exchange, &authorization.scope);
    let scope = scope::narrow(&scope, wishes.scope.as_ref());
    let new = new_grant(&client.id, authorization);
    redeem(exchange, code_mac, new, *now).await?;
    let token = issue::access_token(exchange, &Subject::User(authorization), &scope, wishes).await?;
    // OpenID Connect Core section 3.1.2.1: without `openid` this is plain OAuth.
    let openid = client.config.protocol == Protocol::Oidc && scope.contains(OidcScope::OpenId.as_str());
    let id_token = match openid {
        true => Some(issue::id_token(exchange, authorization, &token.text).await?),
        false => None,
    };
    Ok(TokenResponse {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: scope.to_string(),
        id_token,
    })
}

/// Scopes are bounded when the token is issued, not only when the user was asked.
fn still_allowed(exchange: &Exchange<'_>, consented: &ScopeSet) -> ScopeSet {
    let entry = exchange.client.entry();
    let bounds = Bounds {
        allowed: entry.allowed_for_users(),
        oidc: entry.client.config.protocol == Protocol::Oidc,
        known: &BTreeSet::new(),
    };
    scope::still_allowed(consented, &bounds)
}

/// The user must still exist and be enabled (O-089).
async fn user_stands(deps: &Deps, key: &RealmKey, authorization: &Authorization) -> Result<(), Refusal> {
    match catalog::user(deps, key, &authorization.user).await? {
        Some(user) if user.enabled => Ok(()),
        _ => Err(OAuthError::invalid_grant("the user is gone or disabled").into()),
    }
}

/// Who loses the race presented a code that was valid a moment ago and is now used: a replay like any other. The grant that
/// won is revoked with the same write, so that what comes of two valid uses does not depend on how close they were.
async fn redeem(exchange: &Exchange<'_>, code_mac: [u8; 32], grant: NewGrant, now: UnixMillis) -> Result<(), Refusal> {
    let key = &exchange.client.entry().client.key;
    let id = grant.id.clone();
    let command = Command::RedeemCode {
        key: key.clone(),
        code_mac,
        grant: Box::new(grant),
        now,
        tokens_end_at: revocations::of_grant(&id, now).expires_at,
    };
    match exchange.deps.store.write(command).await? {
        Outcome::Won => Ok(()),
        Outcome::Lost | Outcome::Done => {
            exchange.deps.revocations.insert(key, &revocations::of_grant(&id, now));
            Err(OAuthError::invalid_grant("code was replayed").into())
        }
    }
}

fn new_grant(client: &str, authorization: &Authorization) -> NewGrant {
    NewGrant {
        id: authorization.grant.clone(),
        client: client.to_owned(),
        user: authorization.user.clone(),
        subject: authorization.subject.clone(),
        scope: authorization.scope.to_string(),
        sid: authorization.sid.clone(),
        auth_time: authorization.auth_time,
    }
}
