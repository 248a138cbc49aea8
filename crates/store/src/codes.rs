//! Authorization codes.
use crate::entities::{authorization_code, consent};
use crate::{Result, Store, StoreError};
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::authorization_code::{Authorization, CodeRecord};
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QuerySelect};

/// A code to be stored; its text is known to the client alone.
#[derive(Debug, Clone)]
pub struct NewCode {
    pub code_mac: [u8; 32],
    pub client: String,
    pub issuer: IssuerKind,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    /// Whether the code rests on a consent that may be withdrawn before it is redeemed.
    pub consent_needed: bool,
    pub authorization: Authorization,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
}

#[derive(FromQueryResult)]
struct Row {
    client: String,
    user: String,
    subject: String,
    grant_id: String,
    issuer: String,
    redirect_uri: String,
    code_challenge: Option<String>,
    nonce: Option<String>,
    scope: String,
    sid: String,
    amr: String,
    consent_needed: bool,
    auth_time: i64,
    issued_at: i64,
    expires_at: i64,
    failed_attempts: i64,
    redeemed_at: Option<i64>,
    consented_scope: Option<String>,
}

impl Store {
    /// The code with this HMAC, and whether the consent it rests on still stands: one read.
    pub async fn find_code(&self, key: &RealmKey, code_mac: &[u8; 32]) -> Result<Option<CodeRecord>> {
        use authorization_code::Column as C;
        let consent = authorization_code::Entity::belongs_to(consent::Entity)
            .from((C::Tenant, C::Realm, C::User, C::Client))
            .to((
                consent::Column::Tenant,
                consent::Column::Realm,
                consent::Column::User,
                consent::Column::Client,
            ))
            .into();
        let id = (key.tenant.to_string(), key.realm.to_string(), code_mac.to_vec());
        let row = authorization_code::Entity::find_by_id(id)
            .join(JoinType::LeftJoin, consent)
            .column_as(consent::Column::Scope, "consented_scope")
            .into_model::<Row>()
            .one(self.read())
            .await?;
        row.map(record).transpose()
    }
}

fn record(row: Row) -> Result<CodeRecord> {
    let issuer = IssuerKind::from_text(&row.issuer)
        .ok_or_else(|| StoreError::corrupt("authorization_code", "issuer", &row.grant_id, "unknown kind"))?;
    let scope = ScopeSet::from_stored(&row.scope);
    let consent_stands = crate::consents::stands(row.consent_needed, row.consented_scope.as_deref(), &scope);
    Ok(CodeRecord {
        client: row.client,
        issuer,
        redirect_uri: row.redirect_uri,
        code_challenge: row.code_challenge,
        issued_at: UnixMillis(row.issued_at),
        expires_at: UnixMillis(row.expires_at),
        redeemed: row.redeemed_at.is_some(),
        failed_attempts: row.failed_attempts,
        consent_needed: row.consent_needed,
        consent_stands,
        authorization: Authorization {
            grant: row.grant_id,
            user: row.user,
            subject: row.subject,
            scope,
            nonce: row.nonce,
            auth_time: UnixMillis(row.auth_time),
            amr: crate::sessions::methods(&row.amr),
            sid: row.sid,
        },
    })
}
