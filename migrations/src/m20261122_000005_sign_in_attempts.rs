//! Wrong passwords in a row, by account: a MAC of who or what was meant, so that names nobody has are counted alike.
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
        TableOf::of_realm("sign_in_attempt")
            .bytes(&["account"])
            .number(&["failed", "waits_until", "expires_at"])
            .key(&["tenant", "realm", "account"])
            .create(manager)
            .await?;
        index(manager, "sign_in_attempt", &["expires_at"], false).await
    }
}
