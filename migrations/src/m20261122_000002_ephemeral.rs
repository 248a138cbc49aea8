//! Short-lived data without consequence if lost.
use crate::table::{TableOf, index};
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
        TableOf::named("ephemeral")
            .text(&["id"])
            .bytes(&["value"])
            .number(&["counter", "expires_at"])
            .key(&["id"])
            .create(manager)
            .await?;
        index(manager, "ephemeral", &["expires_at"], false).await
    }
}
