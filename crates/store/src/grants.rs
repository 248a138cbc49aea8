//! Grants: what a redeemed code became, and the refresh tokens that hang on it.
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::refresh_token::FamilyRecord;
use sea_orm::{DbBackend, FromQueryResult, Statement};

/// The grant a redeemed code becomes.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// The application's id.
    pub client: String,
    pub issuer: IssuerKind,
    pub authorization: Authorization,
    /// Whether the grant rests on a consent that may be withdrawn.
    pub consent_needed: bool,
    /// Until when its first access token lives.
    pub tokens_end_at: UnixMillis,
    /// Its refresh tokens, when it has any.
    pub refresh: Option<NewFamily>,
}

/// The refresh tokens of a new grant.
#[derive(Debug, Clone)]
pub struct NewFamily {
    /// The absolute end of their life.
    pub ends_at: UnixMillis,
    /// Whether they die with the browser session (no `offline_access`, decision 16).
    pub session_bound: bool,
}

/// A grant as both ways of reading find it.
#[derive(FromQueryResult)]
pub(crate) struct Row {
    id: String,
    client: String,
    user: String,
    subject: String,
    scope: String,
    sid: String,
    auth_time: i64,
    created_at: i64,
    revoked_at: Option<i64>,
    issuer: String,
    amr: String,
    consent_needed: bool,
    refresh_ends_at: Option<i64>,
    generation: i64,
    rotated_at: i64,
    last_used_at: i64,
    consented_scope: Option<String>,
    user_enabled: Option<bool>,
    user_epoch: Option<i64>,
    client_epoch: Option<i64>,
}

impl Row {
    /// Every column of the grant, and what it rests on.
    pub(crate) const SELECT: &str =
        "SELECT g.*, c.scope AS consented_scope, u.enabled AS user_enabled,
        (SELECT r.revoked_at FROM revocation r WHERE r.tenant = g.tenant AND r.realm = g.realm
            AND r.kind = 'user' AND r.subject = g.\"user\") AS user_epoch,
        (SELECT r.revoked_at FROM revocation r WHERE r.tenant = g.tenant AND r.realm = g.realm AND r.kind = 'client'
            AND r.subject = (SELECT client_id FROM client WHERE tenant = g.tenant AND realm = g.realm AND id = g.client)) AS client_epoch
        FROM authorization_grant g
        LEFT JOIN consent c ON c.tenant = g.tenant AND c.realm = g.realm AND c.\"user\" = g.\"user\" AND c.client = g.client
        LEFT JOIN \"user\" u ON u.tenant = g.tenant AND u.realm = g.realm AND u.id = g.\"user\"
        WHERE g.tenant = ?1 AND g.realm = ?2 AND g.id = ?3";

    /// For the writer, which reads what it is about to change.
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            client: row.get("client")?,
            user: row.get("user")?,
            subject: row.get("subject")?,
            scope: row.get("scope")?,
            sid: row.get("sid")?,
            auth_time: row.get("auth_time")?,
            created_at: row.get("created_at")?,
            revoked_at: row.get("revoked_at")?,
            issuer: row.get("issuer")?,
            amr: row.get("amr")?,
            consent_needed: row.get("consent_needed")?,
            refresh_ends_at: row.get("refresh_ends_at")?,
            generation: row.get("generation")?,
            rotated_at: row.get("rotated_at")?,
            last_used_at: row.get("last_used_at")?,
            consented_scope: row.get("consented_scope")?,
            user_enabled: row.get("user_enabled")?,
            user_epoch: row.get("user_epoch")?,
            client_epoch: row.get("client_epoch")?,
        })
    }
}

impl Store {
    /// A grant and its refresh tokens, with whether the consent it rests on still stands: one read. `None` when it has no
    /// refresh tokens, was never there, or is long over.
    pub async fn find_family(&self, key: &RealmKey, grant: &str) -> Result<Option<FamilyRecord>> {
        let values = [&*key.tenant, &*key.realm, grant].map(Into::into);
        let select = Statement::from_sql_and_values(DbBackend::Sqlite, Row::SELECT, values);
        let row = Row::find_by_statement(select).one(self.read()).await?;
        row.and_then(|row| record(row).transpose()).transpose()
    }
}

pub(crate) fn record(row: Row) -> Result<Option<FamilyRecord>> {
    let Some(ends_at) = row.refresh_ends_at else {
        return Ok(None);
    };
    let issuer = IssuerKind::from_text(&row.issuer)
        .ok_or_else(|| StoreError::corrupt("authorization_grant", "issuer", &row.id, "unknown kind"))?;
    let scope = ScopeSet::from_stored(&row.scope);
    Ok(Some(FamilyRecord {
        client: row.client,
        issuer,
        revoked: row.revoked_at.is_some(),
        consent_stands: crate::consents::stands(row.consent_needed, row.consented_scope.as_deref(), &scope),
        user_stands: row.user_enabled == Some(true),
        ended_until: row.user_epoch.max(row.client_epoch).map(UnixMillis),
        created_at: UnixMillis(row.created_at),
        ends_at: UnixMillis(ends_at),
        generation: row.generation,
        rotated_at: UnixMillis(row.rotated_at),
        last_used_at: UnixMillis(row.last_used_at),
        authorization: Authorization {
            grant: row.id,
            user: row.user,
            subject: row.subject,
            scope,
            nonce: None,
            auth_time: UnixMillis(row.auth_time),
            amr: crate::sessions::methods(&row.amr),
            sid: row.sid,
        },
    }))
}
