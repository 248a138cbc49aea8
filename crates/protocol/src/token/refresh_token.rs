//! The rule of the refresh grant (RFC 6749 section 6; RFC 9700 section 4.14.2; decision 16).
//!
//! The tokens of a family differ by their generation alone. The row knows the newest one, so every older one is known too.
use super::authorization_code::Authorization;
use crate::client::{Client, RefreshTokens};
use crate::issuer::IssuerKind;
use crate::scope::{ScopeSet, alias};
use crate::words::RefreshRotation;
use crate::{OAuthError, UnixMillis};

/// RFC 6749 section 6.
#[derive(Debug)]
pub struct RefreshTokenRequest<'a> {
    pub refresh_token: &'a str,
}

/// A grant and its refresh tokens as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyRecord {
    /// The client's id (not its client_id).
    pub client: String,
    pub issuer: IssuerKind,
    pub revoked: bool,
    /// Whether the consent the grant rests on still stands.
    pub consent_stands: bool,
    /// Whether the user exists and is enabled.
    pub user_stands: bool,
    /// Everything its user, or its client, was given until then was revoked.
    pub ended_until: Option<UnixMillis>,
    pub created_at: UnixMillis,
    /// The absolute end of every refresh token of the family.
    pub ends_at: UnixMillis,
    /// The newest token's.
    pub generation: i64,
    /// When the newest token was made.
    pub rotated_at: UnixMillis,
    pub last_used_at: UnixMillis,
    pub authorization: Authorization,
}

/// Everything a use of a refresh token is judged by, beside the record.
#[derive(Debug, Clone)]
pub struct Presented<'a> {
    pub client: &'a Client,
    pub issuer: &'a IssuerKind,
    pub generation: i64,
    pub asked: Option<&'a ScopeSet>,
    pub now: UnixMillis,
}

/// What is to be done with a presented refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// The newest token: its successor takes its place.
    Rotate,
    /// The newest token of a family that does not rotate: it stays.
    Keep,
    /// The predecessor of a successor that nobody has used yet: the answer was lost, the same successor is given again.
    Repeat,
    /// Nothing changes.
    Refuse(OAuthError),
    /// The predecessor, after the window: refused, and remembered as suspicious.
    RefuseAndNote(OAuthError),
    /// A token nobody honest uses any more: the whole grant dies (RFC 9700 section 4.14.2).
    RefuseAndRevoke(OAuthError),
}

/// Judges the use of the token of `generation`. A request that fails any check but the generation's neither consumes nor revokes.
pub fn check(presented: &Presented<'_>, record: &FamilyRecord) -> Refresh {
    let Presented {
        client,
        issuer,
        generation,
        asked,
        now,
    } = presented;
    if let Err(error) = stands(client, record, issuer, *now) {
        return Refresh::Refuse(error);
    }
    if let Err(error) = within(*asked, &record.authorization.scope) {
        return Refresh::Refuse(error);
    }
    let refresh = &client.config.refresh_tokens;
    // Further from now than the window on either side: a clock that is ahead does not lengthen it.
    let window =
        record.rotated_at.plus_seconds(-refresh.retry_window)..record.rotated_at.plus_seconds(refresh.retry_window);
    let late = !window.contains(now);
    match (record.generation - generation, rotation(client)) {
        (0, RefreshRotation::Off) => Refresh::Keep,
        (0, _) => Refresh::Rotate,
        (1, RefreshRotation::UntilReceipt) if !late => Refresh::Repeat,
        (1, RefreshRotation::UntilReceipt | RefreshRotation::Off) => Refresh::RefuseAndNote(OAuthError::invalid_grant(
            "refresh token was used, and the retry window is over",
        )),
        // Only a database that was set back does not know a token it gave.
        (..0, _) => Refresh::Refuse(OAuthError::invalid_grant(
            "refresh token of a later generation than is known",
        )),
        _ => Refresh::RefuseAndRevoke(OAuthError::invalid_grant("refresh token was replayed")),
    }
}

/// Until when the token of `generation` is taken at the issuer it was born under, unless something happens; `None` when it is
/// not taken now.
pub fn usable_until(client: &Client, record: &FamilyRecord, generation: i64, now: UnixMillis) -> Option<UnixMillis> {
    let presented = Presented {
        client,
        issuer: &record.issuer,
        generation,
        asked: None,
        now,
    };
    let refresh = &client.config.refresh_tokens;
    let end = absolute_end(client, record).min(record.last_used_at.plus_seconds(refresh.idle_after));
    match check(&presented, record) {
        Refresh::Rotate | Refresh::Keep => Some(end),
        Refresh::Repeat => Some(end.min(record.rotated_at.plus_seconds(refresh.retry_window))),
        Refresh::Refuse(_) | Refresh::RefuseAndNote(_) | Refresh::RefuseAndRevoke(_) => None,
    }
}

/// What an admin shortens counts for tokens that are out.
fn absolute_end(client: &Client, record: &FamilyRecord) -> UnixMillis {
    let set = record
        .created_at
        .plus_seconds(client.config.refresh_tokens.expires_after);
    record.ends_at.min(set)
}

/// Whether the family is this client's, of this issuer, and alive.
pub fn stands(client: &Client, record: &FamilyRecord, issuer: &IssuerKind, now: UnixMillis) -> Result<(), OAuthError> {
    let refuse = |cause: &str| Err(OAuthError::invalid_grant(cause));
    if record.client != client.id {
        return refuse("refresh token of another client");
    }
    if record.issuer != *issuer {
        return refuse("refresh token of another issuer");
    }
    if record.revoked {
        return refuse("the grant is revoked");
    }
    if now >= absolute_end(client, record) {
        return refuse("refresh token expired");
    }
    if now
        >= record
            .last_used_at
            .plus_seconds(client.config.refresh_tokens.idle_after)
    {
        return refuse("refresh token was not used for too long");
    }
    if !record.consent_stands {
        return refuse("consent was withdrawn");
    }
    if record.ended_until.is_some_and(|end| record.created_at <= end) {
        return refuse("everything until then was revoked");
    }
    if !record.user_stands {
        return refuse("the user is gone or disabled");
    }
    Ok(())
}

/// A public client's tokens rotate whatever a legacy row says (RFC 9700 section 2.2.2).
fn rotation(client: &Client) -> RefreshRotation {
    let RefreshTokens { rotation, .. } = client.config.refresh_tokens;
    match rotation {
        RefreshRotation::Off if client.is_public() => RefreshRotation::UntilReceipt,
        other => other,
    }
}

/// RFC 6749 section 6: the scope asked for must not go beyond what was granted.
fn within(asked: Option<&ScopeSet>, granted: &ScopeSet) -> Result<(), OAuthError> {
    let has = |scope: &str| granted.iter().any(|g| alias(g) == alias(scope));
    match asked.and_then(|a| a.iter().find(|scope| !has(scope))) {
        Some(scope) => Err(OAuthError::invalid_scope(format!(
            "scope {scope} goes beyond what was granted"
        ))),
        None => Ok(()),
    }
}

/// The scope of the next access token: what is asked for, else all that was granted. The grant itself never changes.
pub fn scope(asked: Option<&ScopeSet>, granted: &ScopeSet) -> ScopeSet {
    asked.filter(|a| !a.is_empty()).unwrap_or(granted).clone()
}

#[cfg(test)]
mod tests;
