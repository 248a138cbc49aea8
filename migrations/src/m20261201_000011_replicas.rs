//! What several processes on one PostgreSQL need: which transaction made a change, and who does a job.
use crate::table::{TableOf, index};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

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
        if manager.get_database_backend() == DbBackend::Postgres {
            // A sequence alone would lose what commits late: the feed is read by transactions.
            let sql = "ALTER TABLE change ADD COLUMN xact BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)";
            manager.get_connection().execute_unprepared(sql).await?;
            index(manager, "change", &["xact", "seq"], false).await?;
        }
        TableOf::named("job_lease")
            .text(&["job", "holder"])
            .number(&["expires_at"])
            .key(&["job"])
            .create(manager)
            .await
    }
}
