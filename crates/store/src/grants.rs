//! Grants: what a redeemed code became, and the refresh tokens that hang on it.
use crate::entities::{authorization_grant, consent};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::Authorization;
use grantor_protocol::token::refresh_token::FamilyRecord;
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QuerySelect};

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

#[derive(FromQueryResult)]
struct Row {
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
}

impl Store {
    /// A grant and its refresh tokens, with whether the consent it rests on still stands: one read. `None` when it has no
    /// refresh tokens, was never there, or is long over.
    pub async fn find_family(&self, key: &RealmKey, grant: &str) -> Result<Option<FamilyRecord>> {
        use authorization_grant::Column as C;
        let consent = authorization_grant::Entity::belongs_to(consent::Entity)
            .from((C::Tenant, C::Realm, C::User, C::Client))
            .to((
                consent::Column::Tenant,
                consent::Column::Realm,
                consent::Column::User,
                consent::Column::Client,
            ))
            .into();
        let id = (key.tenant.to_string(), key.realm.to_string(), grant.to_owned());
        let row = authorization_grant::Entity::find_by_id(id)
            .join(JoinType::LeftJoin, consent)
            .column_as(consent::Column::Scope, "consented_scope")
            .into_model::<Row>()
            .one(self.read())
            .await?;
        row.and_then(|row| record(row).transpose()).transpose()
    }
}

fn record(row: Row) -> Result<Option<FamilyRecord>> {
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
