//! Signing keys that follow each other: when each begins to sign, until when it answers for tokens, which one it follows.
use crate::table::{TableOf, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A key of before signed tokens of unknown lives, and no token lives longer than ten years.
const COPY: &str =
    "INSERT INTO signing_key (tenant, realm, kid, algorithm, predecessor, public_jwk, sealed, created_at, active_from,
    tokens_end_at, revoked)
    SELECT tenant, realm, kid, algorithm,
    COALESCE(LAG(kid) OVER (PARTITION BY tenant, realm, algorithm ORDER BY created_at, kid), ''),
    public_jwk, sealed, created_at, created_at, created_at + 315360000000, FALSE FROM signing_key_before";

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
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DROP INDEX signing_key_one_active")
            .await?;
        connection
            .execute_unprepared("ALTER TABLE signing_key RENAME TO signing_key_before")
            .await?;
        TableOf::of_realm("signing_key")
            .text(&["kid", "algorithm", "predecessor", "public_jwk"])
            .bytes(&["sealed"])
            .number(&["created_at", "active_from", "tokens_end_at"])
            .maybe_number(&["retired_at"])
            .flag(&["revoked"])
            .key(&["tenant", "realm", "kid"])
            .create(manager)
            .await?;
        connection.execute_unprepared(COPY).await?;
        connection.execute_unprepared("DROP TABLE signing_key_before").await?;
        // Of two processes that make a key at once one does: the second insert fails.
        let chain = ["tenant", "realm", "algorithm", "predecessor"];
        index(manager, "signing_key", &chain, true).await
    }
}
