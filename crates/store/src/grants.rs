//! Grants: what a redeemed code became, and the refresh tokens that hang on it.
use crate::entities::authorization_grant;
use crate::writer::unit;
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::refresh_token::FamilyRecord;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

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

    /// What stands between `SELECT` and the grant's table in that statement, and what stands behind it, up to which grant it is.
    pub(crate) fn parts() -> (&'static str, &'static str) {
        let (head, rest) = Self::SELECT
            .split_once("FROM authorization_grant g")
            .unwrap_or_default();
        let (tail, _) = rest.rsplit_once("WHERE").unwrap_or_default();
        (head.strip_prefix("SELECT").unwrap_or(head), tail)
    }

    /// For the writer, which reads what it is about to change.
    pub(crate) fn read(row: &unit::Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.text("id")?,
            client: row.text("client")?,
            user: row.text("user")?,
            subject: row.text("subject")?,
            scope: row.text("scope")?,
            sid: row.text("sid")?,
            auth_time: row.number("auth_time")?,
            created_at: row.number("created_at")?,
            revoked_at: row.maybe_number("revoked_at")?,
            issuer: row.text("issuer")?,
            amr: row.text("amr")?,
            consent_needed: row.flag("consent_needed")?,
            refresh_ends_at: row.maybe_number("refresh_ends_at")?,
            generation: row.number("generation")?,
            rotated_at: row.number("rotated_at")?,
            last_used_at: row.number("last_used_at")?,
            consented_scope: row.maybe_text("consented_scope")?,
            user_enabled: row.maybe_flag("user_enabled")?,
            user_epoch: row.maybe_number("user_epoch")?,
            client_epoch: row.maybe_number("client_epoch")?,
        })
    }
}

/// A grant that something may still hang on, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGrant {
    /// The application's id.
    pub client: String,
    pub scope: ScopeSet,
    pub sid: String,
    /// Whether it dies with the browser session.
    pub session_bound: bool,
    pub created_at: UnixMillis,
    pub last_used_at: UnixMillis,
    /// Until when an access token of it may live, and until when it can be refreshed.
    pub tokens_end_at: UnixMillis,
    pub refresh_ends_at: Option<UnixMillis>,
}

/// Grants of one user that a list holds at most.
const LISTED: u64 = 1000;

impl Store {
    /// The grants of a user that are neither revoked nor over, the newest first.
    pub async fn list_grants(&self, key: &RealmKey, user: &str, now: UnixMillis) -> Result<Vec<ListedGrant>> {
        use authorization_grant::Column as C;
        let rows = authorization_grant::Entity::find()
            .filter(C::Tenant.eq(&*key.tenant))
            .filter(C::Realm.eq(&*key.realm))
            .filter(C::User.eq(user))
            .filter(C::RevokedAt.is_null())
            .filter(C::ExpiresAt.gt(now.0))
            .order_by_desc(C::CreatedAt)
            .limit(LISTED)
            .all(self.read())
            .await?;
        let listed = rows.into_iter().map(|g| ListedGrant {
            client: g.client,
            scope: ScopeSet::from_stored(&g.scope),
            sid: g.sid,
            session_bound: g.session_bound,
            created_at: UnixMillis(g.created_at),
            last_used_at: UnixMillis(g.last_used_at),
            tokens_end_at: UnixMillis(g.tokens_end_at),
            refresh_ends_at: g.refresh_ends_at.map(UnixMillis),
        });
        Ok(listed.collect())
    }

    /// A grant and its refresh tokens, with whether the consent it rests on still stands: one read. `None` when it has no
    /// refresh tokens, was never there, or is long over.
    pub async fn find_family(&self, key: &RealmKey, grant: &str) -> Result<Option<FamilyRecord>> {
        let values = [&*key.tenant, &*key.realm, grant].map(Into::into);
        let select = self.statement(Row::SELECT, values);
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
