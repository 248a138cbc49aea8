//! The refresh grant: the text proves grant and generation, the store judges and writes in one unit, then sign (decisions 2 and 16).
use super::issue::{self, Subject};
use super::{Exchange, still_allowed};
use crate::refresh_tokens::{self, RefreshToken};
use crate::{Refusal, revocations};
use grantor_protocol::OAuthError;
use grantor_protocol::events::EventKind;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::refresh_token::{Refresh, RefreshTokenRequest, scope};
use grantor_protocol::token::{TokenResponse, Wishes};
use grantor_store::events::Event;
use grantor_store::{Command, Judged, Outcome, RefreshUse};

pub(super) async fn grant(
    exchange: &Exchange<'_>,
    request: &RefreshTokenRequest<'_>,
    wishes: Wishes,
) -> Result<TokenResponse, Refusal> {
    // A request that cannot be granted must not cost the client its token.
    let lifetime = issue::lifetime(exchange, &wishes)?;
    let key = &exchange.client.entry().client.key;
    let Some(token) = refresh_tokens::read(exchange.deps, key, request.refresh_token) else {
        return Err(OAuthError::invalid_grant("not a refresh token of this realm").into());
    };
    issue::prepare(exchange, wishes.scope.as_ref(), lifetime).await?;
    let command = Command::UseRefresh(Box::new(used(exchange, token, &wishes, lifetime)));
    let Outcome::Judged(judged) = exchange.deps.store.write(command).await? else {
        return Err(OAuthError::invalid_grant("the grant is gone").into());
    };
    count(exchange, &judged);
    if judged.event.is_some() {
        let grant = &judged.record.authorization.grant;
        exchange.deps.told_refreshes.count(grant, exchange.now);
    }
    if let Some(revoked) = judged.revoked {
        revocations::keep(exchange.deps, key, &Outcome::Revoked(vec![revoked]));
    }
    let record = judged.record;
    let successor = match judged.verdict {
        Refresh::Rotate => Some(record.generation + 1),
        Refresh::Repeat => Some(record.generation),
        // RFC 6749 section 6: without a new one the client keeps what it has.
        Refresh::Keep => None,
        Refresh::Refuse(error) | Refresh::RefuseAndNote(error) | Refresh::RefuseAndRevoke(error) => {
            return Err(error.into());
        }
    };
    answer(exchange, &record.authorization, successor, wishes).await
}

fn used(exchange: &Exchange<'_>, token: RefreshToken, wishes: &Wishes, lifetime: i64) -> RefreshUse {
    let client = &exchange.client.entry().client;
    RefreshUse {
        client: client.clone(),
        issuer: exchange.issuer.issuer.kind.clone(),
        event: Event {
            client: Some(client.id.clone()),
            grant: Some(token.grant.clone()),
            address: Some(exchange.address.to_owned()),
            ..Event::new(EventKind::RefreshRepeated, exchange.now)
        },
        tell: exchange.deps.told_refreshes.wait(&token.grant, exchange.now).is_none(),
        grant: token.grant,
        generation: token.generation,
        asked: wishes.scope.clone(),
        now: exchange.now,
        tokens_end_at: exchange.now.plus_seconds(lifetime),
    }
}

fn count(exchange: &Exchange<'_>, judged: &Judged) {
    let counters = &exchange.deps.counters;
    let counter = match (&judged.verdict, judged.event) {
        (Refresh::Rotate | Refresh::Keep, _) => &counters.refreshed,
        (Refresh::Repeat, Some(EventKind::RefreshRaced)) => &counters.refresh_raced,
        (Refresh::Repeat, _) => &counters.refresh_repeated,
        (Refresh::RefuseAndNote(_), _) => &counters.refresh_late,
        (Refresh::RefuseAndRevoke(_), _) => &counters.refresh_replayed,
        (Refresh::Refuse(_), _) => return,
    };
    counter.add_one();
}

async fn answer(
    exchange: &Exchange<'_>,
    authorization: &Authorization,
    successor: Option<i64>,
    wishes: Wishes,
) -> Result<TokenResponse, Refusal> {
    let asked = scope(wishes.scope.as_ref(), &authorization.scope);
    let granted = still_allowed(exchange, &authorization.user, &asked).await?;
    let successor = successor.map(|generation| of(exchange, authorization, generation));
    let token = issue::access_token(exchange, &Subject::User(authorization), &granted, wishes).await?;
    // OpenID Connect Core section 12.2: the same person, the same sign-in, no nonce.
    let id_token = issue::id_token_for(exchange, authorization, &granted, &token.text).await?;
    Ok(TokenResponse {
        access_token: token.text,
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: granted.to_string(),
        refresh_token: successor.transpose()?,
        id_token,
    })
}

/// The text of a grant's refresh token.
pub(super) fn of(
    exchange: &Exchange<'_>,
    authorization: &Authorization,
    generation: i64,
) -> Result<String, OAuthError> {
    let key = &exchange.client.entry().client.key;
    let token = RefreshToken {
        grant: authorization.grant.clone(),
        generation,
    };
    refresh_tokens::text(exchange.deps, key, &token)
        .ok_or_else(|| OAuthError::server_error("a grant id of another form"))
}
