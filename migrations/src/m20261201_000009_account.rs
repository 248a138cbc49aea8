//! What people see and do on the pages of their own account; links that set a first password.
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
        // Where a session was begun, and by what.
        for column in ["address", "agent"] {
            let column = ColumnDef::new(column).text().not_null().default("").take();
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("browser_session").add_column(column).take())
                .await?;
        }
        TableOf::of_realm("one_time_link")
            .bytes(&["token_mac"])
            .text(&["purpose", "user"])
            .number(&["created_at", "expires_at"])
            .maybe_number(&["used_at"])
            .key(&["tenant", "realm", "token_mac"])
            .create(manager)
            .await?;
        index(manager, "one_time_link", &["tenant", "realm", "user"], false).await?;
        index(manager, "one_time_link", &["expires_at"], false).await
    }
}
