//! Table `event`.
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant: String,
    pub realm: String,
    pub kind: String,
    pub client: Option<String>,
    pub user: Option<String>,
    pub grant_id: Option<String>,
    pub address: Option<String>,
    pub detail: String,
    pub at: i64,
    pub actor_kind: Option<String>,
    pub actor: Option<String>,
    pub actor_name: Option<String>,
    pub target_kind: Option<String>,
    pub target: Option<String>,
    pub target_name: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub request_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
