//! Short-lived data on PostgreSQL: a table beside the durable ones that a crash of the server empties.
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "async_trait of the trait fixes how the lifetime is bound"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE UNLOGGED TABLE ephemeral (id TEXT NOT NULL PRIMARY KEY, value BYTEA NOT NULL, counter BIGINT NOT NULL,
                expires_at BIGINT NOT NULL);
            CREATE INDEX ephemeral_expires_at ON ephemeral (expires_at)";
        manager.get_connection().execute_unprepared(sql).await.map(drop)
    }
}
