//! The authorization code grant: read, one rule, one guarded write, then sign (decisions 2 and 15).
use super::issue::{self, Subject};
use super::{Exchange, refresh_token, still_allowed, user_stands};
use crate::keys::Purpose;
use crate::{Refusal, revocations};
use grantor_protocol::OAuthError;
use grantor_protocol::events::EventKind;
use grantor_protocol::scope;
use grantor_protocol::token::authorization_code::{CodeRecord, Limits, Redemption, check};
use grantor_protocol::token::{AuthorizationCodeRequest, TokenResponse, Wishes};
use grantor_protocol::words::{GrantType, OidcScope, Protocol};
use grantor_store::grants::{NewFamily, NewGrant};
use grantor_store::{Command, NewReplay, Outcome};

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
        ..
    } = exchange;
    let client = &client.entry().client;
    // A request that cannot be granted must not cost the client its code.
    let lifetime = issue::lifetime(exchange, &wishes)?;
    let code_mac = deps.keys.mac(Purpose::Code, &client.key, &[request.code.as_bytes()]);
    let Some(record) = deps.store.find_code(&client.key, &code_mac).await? else {
        return Err(OAuthError::invalid_grant("unknown code").into());
    };
    let limits = Limits {
        issuer: &issuer.issuer.kind,
        max_attempts: deps.settings.code_attempts,
        skew_seconds: deps.settings.clock_skew_seconds,
    };
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
            let event = exchange.event(EventKind::CodeReplayed, &record.authorization);
            revocations::revoke_grant(deps, &client.key, grant, event).await?;
            deps.counters.code_replayed.add_one();
            return Err(error.into());
        }
    };
    user_stands(exchange, authorization).await?;
    let scope = still_allowed(exchange, &authorization.user, &authorization.scope).await?;
    let scope = scope::narrow(&scope, wishes.scope.as_ref());
    let new = new_grant(exchange, &record, lifetime);
    let refresh_token = match &new.refresh {
        Some(_) => Some(refresh_token::of(exchange, authorization, 0)?),
        None => None,
    };
    issue::prepare(exchange, Some(&scope), lifetime).await?;
    redeem(exchange, code_mac, new).await?;
    let token = issue::access_token(exchange, &Subject::User(authorization), &scope, wishes).await?;
    let id_token = issue::id_token_for(exchange, authorization, &scope, &token.text).await?;
    Ok(TokenResponse {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: scope.to_string(),
        refresh_token,
        id_token,
    })
}

/// Who loses the race presented a code that was valid a moment ago and is now used: a replay like any other. The grant that
/// won is revoked with the same write, so that what comes of two valid uses does not depend on how close they were.
async fn redeem(exchange: &Exchange<'_>, code_mac: [u8; 32], grant: NewGrant) -> Result<(), Refusal> {
    let key = &exchange.client.entry().client.key;
    let event = exchange.event(EventKind::CodeReplayed, &grant.authorization);
    let command = Command::RedeemCode {
        key: key.clone(),
        code_mac,
        grant: Box::new(grant),
        max_attempts: exchange.deps.settings.code_attempts,
        replay: Box::new(NewReplay {
            now: exchange.now,
            event,
        }),
    };
    match exchange.deps.store.write(command).await? {
        Outcome::Won => Ok(()),
        lost => {
            if revocations::keep(exchange.deps, key, &lost) {
                exchange.deps.counters.code_replayed.add_one();
            }
            Err(OAuthError::invalid_grant("code was replayed, or is over").into())
        }
    }
}

fn new_grant(exchange: &Exchange<'_>, record: &CodeRecord, lifetime: i64) -> NewGrant {
    let client = &exchange.client.entry().client;
    let refresh = &client.config.refresh_tokens;
    let authorization = &record.authorization;
    let offline = authorization.scope.contains(OidcScope::OfflineAccess.as_str());
    NewGrant {
        client: client.id.clone(),
        issuer: record.issuer.clone(),
        authorization: authorization.clone(),
        consent_needed: record.consent_needed,
        tokens_end_at: exchange.now.plus_seconds(lifetime),
        refresh: client.may_use(GrantType::RefreshToken).then(|| NewFamily {
            ends_at: exchange.now.plus_seconds(refresh.expires_after),
            session_bound: client.config.protocol == Protocol::Oidc && !offline,
        }),
    }
}
