//! The refresh grant: read, one rule, one guarded write, then sign (decisions 2 and 16).
use super::issue::{self, Subject};
use super::{Exchange, still_allowed, user_stands};
use crate::counters::Counter;
use crate::refresh_tokens::{self, RefreshToken};
use crate::{Refusal, revocations};
use grantor_protocol::OAuthError;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::refresh_token::{FamilyRecord, Refresh, RefreshTokenRequest, check, scope};
use grantor_protocol::token::{TokenResponse, Wishes};
use grantor_protocol::words::EventKind;
use grantor_store::events::Event;
use grantor_store::{Command, Outcome, RefreshUse};

/// Whoever loses a race judges anew what the winner left; after that the token is not the newest any more.
const ROUNDS: usize = 4;

pub(super) async fn grant(
    exchange: &Exchange<'_>,
    request: &RefreshTokenRequest<'_>,
    wishes: Wishes,
) -> Result<TokenResponse, Refusal> {
    // A request that cannot be granted must not cost the client its token.
    let lifetime = issue::lifetime(exchange, &wishes)?;
    let client = &exchange.client.entry().client;
    let Some(token) = refresh_tokens::read(exchange.deps, &client.key, request.refresh_token) else {
        return Err(OAuthError::invalid_grant("not a refresh token of this realm").into());
    };
    for round in 0..ROUNDS {
        let found = exchange.deps.store.find_family(&client.key, &token.grant).await?;
        let Some(record) = found else {
            return Err(OAuthError::invalid_grant("the grant is gone").into());
        };
        let presented = (&exchange.issuer.issuer.kind, token.generation);
        let asked = wishes.scope.as_ref();
        let used = match check(client, &record, presented, asked, exchange.now) {
            Refresh::Rotate(_) => Use::Rotate,
            Refresh::Keep(_) => Use::Keep,
            Refresh::Repeat(_) if round > 0 => Use::Raced,
            Refresh::Repeat(_) => Use::Repeat,
            Refresh::Refuse(error) => return Err(error.into()),
            Refresh::RefuseAndNote(error) => return Err(note_late(exchange, &record, error)),
            Refresh::RefuseAndRevoke(error) => return Err(revoke(exchange, &record, error).await?),
        };
        user_stands(exchange, &record.authorization).await?;
        epochs_stand(exchange, &record).await?;
        if write(exchange, &record, (used, lifetime)).await? {
            used.count(exchange, &record);
            return answer(exchange, &record, used, wishes).await;
        }
    }
    Err(OAuthError::unavailable("the refresh token was in use all the time").into())
}

/// How a refresh token is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Rotate,
    Keep,
    Repeat,
    Raced,
}

impl Use {
    /// The generation of the token that is given back.
    fn successor(self, record: &FamilyRecord) -> Option<i64> {
        match self {
            Self::Rotate => Some(record.generation + 1),
            Self::Repeat | Self::Raced => Some(record.generation),
            // RFC 6749 section 6: without a new one the client keeps what it has.
            Self::Keep => None,
        }
    }

    fn count(self, exchange: &Exchange<'_>, record: &FamilyRecord) {
        let counters = &exchange.deps.counters;
        match self {
            Self::Rotate | Self::Keep => counters.refreshed.add_one(),
            Self::Repeat => note(exchange, record, EventKind::RefreshRepeated, &counters.refresh_repeated),
            Self::Raced => note(exchange, record, EventKind::RefreshRaced, &counters.refresh_raced),
        }
    }
}

/// A grant from before everything of its user or client was ended stays ended, whoever is enabled again.
async fn epochs_stand(exchange: &Exchange<'_>, record: &FamilyRecord) -> Result<(), Refusal> {
    let client = &exchange.client.entry().client;
    let names = (record.authorization.user.as_str(), client.client_id.as_str());
    match revocations::is_past(exchange.deps, &client.key, names, record.created_at).await? {
        true => Err(OAuthError::invalid_grant("everything until then was revoked").into()),
        false => Ok(()),
    }
}

/// Whether the row was still as it was judged.
async fn write(exchange: &Exchange<'_>, record: &FamilyRecord, (used, lifetime): (Use, i64)) -> Result<bool, Refusal> {
    let used = RefreshUse {
        grant: record.authorization.grant.clone(),
        generation: record.generation,
        rotate: used == Use::Rotate,
        newest: matches!(used, Use::Rotate | Use::Keep),
        now: exchange.now,
        tokens_end_at: exchange.now.plus_seconds(lifetime),
    };
    let key = exchange.client.entry().client.key.clone();
    let command = Command::UseRefresh(key, Box::new(used));
    Ok(exchange.deps.store.write(command).await? == Outcome::Won)
}

async fn answer(
    exchange: &Exchange<'_>,
    record: &FamilyRecord,
    used: Use,
    wishes: Wishes,
) -> Result<TokenResponse, Refusal> {
    let authorization = &record.authorization;
    let granted: ScopeSet = still_allowed(exchange, &scope(wishes.scope.as_ref(), &authorization.scope));
    let successor = used
        .successor(record)
        .map(|generation| of(exchange, authorization, generation));
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

fn note_late(exchange: &Exchange<'_>, record: &FamilyRecord, error: OAuthError) -> Refusal {
    note(
        exchange,
        record,
        EventKind::RefreshLate,
        &exchange.deps.counters.refresh_late,
    );
    error.into()
}

/// Committed before the refusal is answered (architecture, invariant 7).
async fn revoke(exchange: &Exchange<'_>, record: &FamilyRecord, error: OAuthError) -> Result<Refusal, Refusal> {
    let event = event(exchange, record, EventKind::RefreshReplayed);
    let key = &exchange.client.entry().client.key;
    revocations::revoke_grant(exchange.deps, key, &record.authorization.grant, event).await?;
    exchange.deps.counters.refresh_replayed.add_one();
    Ok(error.into())
}

/// Written in the background: nothing depends on it.
fn note(exchange: &Exchange<'_>, record: &FamilyRecord, kind: EventKind, counter: &Counter) {
    counter.add_one();
    let key = exchange.client.entry().client.key.clone();
    let event = event(exchange, record, kind);
    exchange
        .deps
        .store
        .write_later(Command::RecordEvent(key, Box::new(event)));
}

fn event(exchange: &Exchange<'_>, record: &FamilyRecord, kind: EventKind) -> Event {
    exchange.event(kind, &record.authorization)
}
