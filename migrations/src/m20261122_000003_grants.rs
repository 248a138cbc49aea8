//! Grants live on: refresh tokens hang on their row. Events begin.
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
        grants(manager).await?;
        TableOf::named("event")
            .counted("id")
            .text(&["tenant", "realm", "kind"])
            .maybe_text(&["client", "user", "grant_id", "address"])
            .text(&["detail"])
            .number(&["at"])
            .create(manager)
            .await?;
        index(manager, "event", &["tenant", "realm", "at"], false).await?;
        index(manager, "event", &["at"], false).await
    }
}

async fn grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().default(0).take();
    let text =
        |name: &'static str, default: &'static str| ColumnDef::new(name).text().not_null().default(default).take();
    let flag = |name: &'static str| ColumnDef::new(name).boolean().not_null().default(false).take();
    let columns = [
        text("issuer", "root"),
        text("amr", ""),
        flag("consent_needed"),
        // Whether its refresh tokens die with the browser session.
        flag("session_bound"),
        // Until when an access token of the grant may be alive.
        number("tokens_end_at"),
        // Absent: the grant has no refresh tokens.
        ColumnDef::new("refresh_ends_at").big_integer().null().take(),
        // Until when the row has something to say.
        number("expires_at"),
        number("generation"),
        number("rotated_at"),
        number("last_used_at"),
    ];
    for column in columns {
        let mut alter = Table::alter();
        manager
            .alter_table(alter.table("authorization_grant").add_column(column).take())
            .await?;
    }
    // Nothing was kept of how long their tokens live: at most ten years.
    manager
        .get_connection()
        .execute_unprepared(
            "UPDATE authorization_grant SET tokens_end_at = created_at + 315360000000, expires_at = created_at + 315360000000",
        )
        .await?;
    index(manager, "authorization_grant", &["expires_at"], false).await?;
    index(manager, "authorization_grant", &["tenant", "realm", "client"], false).await?;
    index(manager, "authorization_grant", &["tenant", "realm", "sid"], false).await
}
