//! The commands: each one guarded statement, or one small fixed set, whose row count decides who won.
use crate::Result;
use crate::codes::{NewCode, NewGrant};
use crate::revocations::{NewRevocation, Revoked};
use crate::sessions::NewSession;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;
use rusqlite::{Connection, OptionalExtension, params};

/// A row of the list of referential tokens; nothing depends on it but lists.
#[derive(Debug, Clone)]
pub struct NewReference {
    pub id: String,
    pub client: String,
    pub user: Option<String>,
    pub grant: Option<String>,
    pub subject: String,
    pub scope: String,
    pub suffix: String,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// What the writer can do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Stores a fresh authorization code.
    InsertCode(RealmKey, Box<NewCode>),
    /// Consumes a code and stores the grant; exactly one caller gets `Won`. Whoever comes too late replays the code: the
    /// grant is revoked in the same unit, until no token of it can be alive.
    RedeemCode {
        key: RealmKey,
        code_mac: [u8; 32],
        grant: Box<NewGrant>,
        now: UnixMillis,
        tokens_end_at: UnixMillis,
    },
    /// Counts a wrong verifier for a code that is not redeemed yet.
    CountFailedRedemption { key: RealmKey, code_mac: [u8; 32] },
    /// Revokes; an older revocation of the same thing is widened, never narrowed.
    Revoke(RealmKey, NewRevocation),
    /// A referential token was issued.
    InsertReference(RealmKey, Box<NewReference>),
    /// A user signed in. The session the browser held before ends in the same unit.
    StartSession {
        key: RealmKey,
        session: Box<NewSession>,
        replaces: Option<[u8; 32]>,
    },
    /// A user signed out.
    EndSession {
        key: RealmKey,
        id_mac: [u8; 32],
        now: UnixMillis,
    },
    /// A session was used.
    TouchSession {
        key: RealmKey,
        id_mac: [u8; 32],
        now: UnixMillis,
    },
    /// A user allowed these scopes, in addition to what was allowed before.
    SaveConsent {
        key: RealmKey,
        user: String,
        client: String,
        scope: String,
        now: UnixMillis,
    },
    /// Client secrets were used.
    TouchSecrets {
        used: Vec<(RealmKey, String)>,
        now: UnixMillis,
    },
    /// Rows whose time is over go away.
    DeleteExpired { now: UnixMillis },
}

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// This caller consumed the single-use value.
    Won,
    /// Somebody else had.
    Lost,
}

impl Command {
    /// Whether other processes must hear of what came of it through the change feed.
    pub(super) fn is_change(&self, outcome: &Result<Outcome>) -> bool {
        matches!(self, Self::Revoke(..)) || matches!(outcome, Ok(Outcome::Lost))
    }
}

pub(super) fn execute(on: &Connection, command: &Command) -> Result<Outcome> {
    match command {
        Command::InsertCode(key, code) => insert_code(on, key, code),
        Command::RedeemCode {
            key,
            code_mac,
            grant,
            now,
            tokens_end_at,
        } => redeem_code(on, (key, code_mac), grant, *now, *tokens_end_at),
        Command::CountFailedRedemption { key, code_mac } => {
            let sql = "UPDATE authorization_code SET failed_attempts = failed_attempts + 1
                       WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NULL";
            on.prepare_cached(sql)?
                .execute(params![&*key.tenant, &*key.realm, code_mac])?;
            Ok(Outcome::Done)
        }
        Command::Revoke(key, revocation) => revoke(on, key, revocation),
        Command::InsertReference(key, row) => insert_reference(on, key, row),
        Command::StartSession { key, session, replaces } => start_session(on, key, session, replaces.as_ref()),
        Command::EndSession { key, id_mac, now } => end_session(on, key, id_mac, *now),
        Command::TouchSession { key, id_mac, now } => {
            let sql = "UPDATE browser_session SET last_seen_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL";
            on.prepare_cached(sql)?
                .execute(params![&*key.tenant, &*key.realm, id_mac, now.0])?;
            Ok(Outcome::Done)
        }
        Command::SaveConsent {
            key,
            user,
            client,
            scope,
            now,
        } => {
            let scope = joined_consent(on, key, user, client, scope)?;
            let sql = "INSERT INTO consent (tenant, realm, user, client, scope, granted_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
                       ON CONFLICT (tenant, realm, user, client) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at";
            on.prepare_cached(sql)?
                .execute(params![&*key.tenant, &*key.realm, user, client, scope, now.0])?;
            Ok(Outcome::Done)
        }
        Command::TouchSecrets { used, now } => {
            let sql = "UPDATE client_secret SET last_used_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id = ?3";
            for (key, id) in used {
                on.prepare_cached(sql)?
                    .execute(params![&*key.tenant, &*key.realm, id, now.0])?;
            }
            Ok(Outcome::Done)
        }
        Command::DeleteExpired { now } => delete_expired(on, *now),
    }
}

/// What was allowed before and what is allowed now. Read and written by the one writer, so two tabs lose nothing.
fn joined_consent(on: &Connection, key: &RealmKey, user: &str, client: &str, scope: &str) -> Result<String> {
    let sql = "SELECT scope FROM consent WHERE tenant = ?1 AND realm = ?2 AND user = ?3 AND client = ?4";
    let before: Option<String> = on
        .prepare_cached(sql)?
        .query_row(params![&*key.tenant, &*key.realm, user, client], |row| row.get(0))
        .optional()?;
    let before = ScopeSet::from_stored(&before.unwrap_or_default());
    Ok(before.union(&ScopeSet::from_stored(scope)).to_string())
}

fn insert_code(on: &Connection, key: &RealmKey, code: &NewCode) -> Result<Outcome> {
    let sql = "INSERT INTO authorization_code (tenant, realm, code_mac, client, user, subject, grant_id, issuer, redirect_uri, code_challenge,
               nonce, scope, sid, amr, consent_needed, auth_time, issued_at, expires_at, failed_attempts)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 0)";
    let grant = &code.authorization;
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        code.code_mac,
        code.client,
        grant.user,
        grant.subject,
        grant.grant,
        code.issuer.to_text(),
        code.redirect_uri,
        code.code_challenge,
        grant.nonce,
        grant.scope.to_string(),
        grant.sid,
        grant.amr.join(" "),
        code.consent_needed,
        grant.auth_time.0,
        code.issued_at.0,
        code.expires_at.0,
    ])?;
    Ok(Outcome::Done)
}

/// RFC 6749 section 4.1.2: a code is used once. The guarded update and the grant are one unit.
fn redeem_code(
    on: &Connection,
    (key, code_mac): (&RealmKey, &[u8; 32]),
    grant: &NewGrant,
    now: UnixMillis,
    tokens_end_at: UnixMillis,
) -> Result<Outcome> {
    let sql = "UPDATE authorization_code SET redeemed_at = ?4
               WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NULL AND expires_at > ?4";
    let won = on
        .prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, code_mac, now.0])?;
    if won == 0 {
        revoke_if_redeemed(on, (key, code_mac), now, tokens_end_at)?;
        return Ok(Outcome::Lost);
    }
    let sql =
        "INSERT INTO authorization_grant (tenant, realm, id, client, user, subject, scope, sid, auth_time, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        grant.id,
        grant.client,
        grant.user,
        grant.subject,
        grant.scope,
        grant.sid,
        grant.auth_time.0,
        now.0,
    ])?;
    Ok(Outcome::Won)
}

/// Only a code that was redeemed has a grant to lose; one that expired or was never there has none.
fn revoke_if_redeemed(
    on: &Connection,
    (key, code_mac): (&RealmKey, &[u8; 32]),
    now: UnixMillis,
    tokens_end_at: UnixMillis,
) -> Result<()> {
    let sql = "SELECT grant_id FROM authorization_code
               WHERE tenant = ?1 AND realm = ?2 AND code_mac = ?3 AND redeemed_at IS NOT NULL";
    let grant: Option<String> = on
        .prepare_cached(sql)?
        .query_row(params![&*key.tenant, &*key.realm, code_mac], |row| row.get(0))
        .optional()?;
    if let Some(grant) = grant {
        let revocation = NewRevocation {
            revoked: Revoked::Grant(grant),
            at: now,
            expires_at: tokens_end_at,
        };
        revoke(on, key, &revocation)?;
    }
    Ok(())
}

fn revoke(on: &Connection, key: &RealmKey, revocation: &NewRevocation) -> Result<Outcome> {
    let sql =
        "INSERT INTO revocation (tenant, realm, kind, subject, revoked_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tenant, realm, kind, subject) DO UPDATE SET
               revoked_at = MAX(revoked_at, excluded.revoked_at), expires_at = MAX(expires_at, excluded.expires_at)";
    let (kind, subject) = (revocation.revoked.kind(), revocation.revoked.subject());
    let (at, until) = (revocation.at.0, revocation.expires_at.0);
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, kind, subject, at, until])?;
    if let Revoked::Grant(id) = &revocation.revoked {
        let sql = "UPDATE authorization_grant SET revoked_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id = ?3 AND revoked_at IS NULL";
        on.prepare_cached(sql)?
            .execute(params![&*key.tenant, &*key.realm, id, at])?;
    }
    let sql = "INSERT INTO change (tenant, realm, kind, subject, at) VALUES (?1, ?2, 'revocation', ?3, ?4)";
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, format!("{kind}:{subject}"), at])?;
    Ok(Outcome::Done)
}

fn insert_reference(on: &Connection, key: &RealmKey, row: &NewReference) -> Result<Outcome> {
    let sql = "INSERT INTO reference_token (tenant, realm, id, client, user, grant_id, subject, scope, suffix, issued_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        row.id,
        row.client,
        row.user,
        row.grant,
        row.subject,
        row.scope,
        row.suffix,
        row.issued_at.0,
        row.expires_at.0,
    ])?;
    Ok(Outcome::Done)
}

fn start_session(
    on: &Connection,
    key: &RealmKey,
    session: &NewSession,
    replaces: Option<&[u8; 32]>,
) -> Result<Outcome> {
    if let Some(old) = replaces {
        end_session(on, key, old, session.created_at)?;
    }
    let sql = "INSERT INTO browser_session (tenant, realm, id_mac, sid, user, amr, auth_time, created_at, last_seen_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)";
    on.prepare_cached(sql)?.execute(params![
        &*key.tenant,
        &*key.realm,
        session.id_mac,
        session.sid,
        session.user,
        session.amr.join(" "),
        session.auth_time.0,
        session.created_at.0,
        session.expires_at.0,
    ])?;
    Ok(Outcome::Done)
}

fn end_session(on: &Connection, key: &RealmKey, id_mac: &[u8; 32], now: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE browser_session SET ended_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id_mac = ?3 AND ended_at IS NULL";
    on.prepare_cached(sql)?
        .execute(params![&*key.tenant, &*key.realm, id_mac, now.0])?;
    Ok(Outcome::Done)
}

/// Tombstones go once nothing they guard against can be presented any more.
fn delete_expired(on: &Connection, now: UnixMillis) -> Result<Outcome> {
    for table in ["authorization_code", "reference_token", "revocation", "browser_session"] {
        on.prepare_cached(&format!("DELETE FROM {table} WHERE expires_at <= ?1"))?
            .execute(params![now.0])?;
    }
    // A replica that was away longer than a day reads everything anew.
    on.prepare_cached("DELETE FROM change WHERE at <= ?1")?
        .execute(params![now.0 - 86_400_000])?;
    Ok(Outcome::Done)
}
