//! Table `authorization_grant`.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub realm: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub client: String,
    pub user: String,
    pub subject: String,
    pub scope: String,
    pub sid: String,
    pub auth_time: i64,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
    pub issuer: String,
    pub amr: String,
    pub consent_needed: bool,
    pub session_bound: bool,
    pub tokens_end_at: i64,
    pub refresh_ends_at: Option<i64>,
    pub expires_at: i64,
    pub generation: i64,
    pub rotated_at: i64,
    pub last_used_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
