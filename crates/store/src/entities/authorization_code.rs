//! Table `authorization_code`.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub realm: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_mac: Vec<u8>,
    pub client: String,
    pub user: String,
    pub subject: String,
    pub grant_id: String,
    pub issuer: String,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub scope: String,
    pub sid: String,
    pub amr: String,
    pub consent_needed: bool,
    pub auth_time: i64,
    pub issued_at: i64,
    pub expires_at: i64,
    pub failed_attempts: i64,
    pub redeemed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
