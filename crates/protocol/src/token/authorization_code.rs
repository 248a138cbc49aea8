//! The rule of the authorization code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 section 2.1.1).
use super::AuthorizationCodeRequest;
use crate::client::Client;
use crate::issuer::IssuerKind;
use crate::pkce;
use crate::scope::ScopeSet;
use crate::{OAuthError, UnixMillis};

/// What was stored when the code was given, and what has happened to it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// The client's id (not its client_id).
    pub client: String,
    pub issuer: IssuerKind,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub redeemed: bool,
    /// How often a wrong verifier was tried.
    pub failed_attempts: i64,
    /// Whether the code rests on a consent that may be withdrawn, and whether that still stands.
    pub consent_needed: bool,
    pub consent_stands: bool,
    pub authorization: Authorization,
}

/// What the user granted; the mint turns it into tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    pub grant: String,
    pub user: String,
    /// Frozen `sub` (decision 20).
    pub subject: String,
    pub scope: ScopeSet,
    pub nonce: Option<String>,
    pub auth_time: UnixMillis,
    pub amr: Vec<String>,
    pub sid: String,
}

/// What is to be done with a presented code.
#[derive(Debug, PartialEq, Eq)]
pub enum Redemption<'r> {
    /// Everything holds: consume the code, then issue.
    Issue(&'r Authorization),
    /// Nothing changes.
    Refuse(OAuthError),
    /// A wrong verifier: count it, so that guessing ends (O-077).
    RefuseAndCount(OAuthError),
    /// A fully valid replay: the tokens of the first redemption die (RFC 6749 section 4.1.2).
    RefuseAndRevoke(&'r str, OAuthError),
}

/// What a code is held against, beside the request and the client.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Where the request came in.
    pub issuer: &'a IssuerKind,
    /// Wrong verifiers that end a code.
    pub max_attempts: i64,
    /// By how much the clock of the process that gave it may be ahead.
    pub skew_seconds: i64,
}

/// Checks everything before anything is written (decision 15): a request that fails any check neither consumes nor revokes.
pub fn check<'r>(
    request: &AuthorizationCodeRequest<'_>,
    client: &Client,
    record: &'r CodeRecord,
    limits: Limits<'_>,
    now: UnixMillis,
) -> Redemption<'r> {
    let refuse = |cause: &str| Redemption::Refuse(OAuthError::invalid_grant(cause));
    // RFC 6749 section 4.1.3: the code was issued to this client; decision 11: under this issuer.
    if record.client != client.id {
        return refuse("code of another client");
    }
    if record.issuer != *limits.issuer {
        return refuse("code of another issuer");
    }
    if now >= record.expires_at {
        return refuse("code expired");
    }
    if record.issued_at.is_ahead_of(now, limits.skew_seconds) {
        return refuse("code of a clock that is ahead");
    }
    // The limit ends guessing. It says nothing of a redeemed code: wrong verifiers must not hide a replay.
    if !record.redeemed && record.failed_attempts >= limits.max_attempts {
        return refuse("too many wrong verifiers");
    }
    // OAuth 2.1 drops the parameter, RFC 6749 wants it: optional with PKCE, mandatory without; when sent it must match (T-09).
    match request.redirect_uri {
        Some(sent) if sent != record.redirect_uri => return refuse("redirect_uri differs"),
        None if record.code_challenge.is_none() => return refuse("redirect_uri missing on a code without PKCE"),
        _ => {}
    }
    match (&record.code_challenge, request.code_verifier) {
        (Some(_), None) => return refuse("code_verifier missing"),
        // RFC 9700 section 2.1.1: a verifier without a challenge is a downgrade.
        (None, Some(_)) => return refuse("code_verifier for a code without challenge"),
        (Some(challenge), Some(verifier)) => {
            if pkce::check_verifier(verifier).is_err() || !pkce::verifies(challenge, verifier) {
                let error = OAuthError::invalid_grant("code_verifier does not match");
                return match record.redeemed {
                    true => Redemption::Refuse(error),
                    false => Redemption::RefuseAndCount(error),
                };
            }
        }
        (None, None) => {}
    }
    if !record.consent_stands {
        return refuse("consent was withdrawn");
    }
    if record.redeemed {
        return Redemption::RefuseAndRevoke(
            &record.authorization.grant,
            OAuthError::invalid_grant("code was replayed"),
        );
    }
    Redemption::Issue(&record.authorization)
}

#[cfg(test)]
mod tests;
