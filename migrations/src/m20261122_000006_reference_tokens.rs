//! The list of an application's tokens, newest first.
use crate::table::index;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "async_trait of the trait fixes how the lifetime is bound"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A process that dies half-way leaves nothing behind.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = ["tenant", "realm", "client", "issued_at", "id"];
        index(manager, "reference_token", &columns, false).await
    }
}
