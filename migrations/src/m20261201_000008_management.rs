//! What admins manage: versions and owners of records, groups, who changed what, what was issued and refused.
use crate::table::{TableOf, add, index};
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
        records(manager).await?;
        groups(manager).await?;
        events(manager).await?;
        tallies(manager).await
    }
}

fn number(name: &'static str, default: i64) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().default(default).take()
}

fn maybe_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

async fn records(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ["tenant", "realm"] {
        let enabled = ColumnDef::new("enabled").boolean().not_null().default(true).take();
        add(manager, table, enabled).await?;
    }
    for table in ["tenant", "realm", "role"] {
        add(manager, table, number("version", 1)).await?;
        add(manager, table, number("updated_at", 0)).await?;
        let set = format!("UPDATE {table} SET updated_at = created_at");
        manager.get_connection().execute_unprepared(&set).await?;
    }
    // Which document of `grantor apply` owns a record; only that one prunes it.
    for table in ["client", "resource_server", "user", "role"] {
        add(manager, table, maybe_text("managed_by")).await?;
    }
    // Lists show the newest first.
    for table in ["client", "resource_server", "user", "role"] {
        index(manager, table, &["tenant", "realm", "created_at", "id"], false).await?;
    }
    for table in ["client", "user"] {
        let columns = ["tenant", "realm", "enabled", "created_at", "id"];
        index(manager, table, &columns, false).await?;
    }
    index(manager, "client", &["tenant", "realm", "resource_server"], false).await?;
    index(manager, "role", &["tenant", "realm", "resource_server"], false).await?;
    index(manager, "consent", &["tenant", "realm", "client"], false).await?;
    index(manager, "authorization_code", &["tenant", "realm", "client"], false).await?;
    index(manager, "authorization_code", &["tenant", "realm", "user"], false).await?;
    let columns = ["tenant", "realm", "resource_server"];
    index(manager, "resource_server_credential", &columns, false).await
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("user_group")
        .text(&["id", "display_name", "description"])
        .maybe_text(&["managed_by"])
        .number(&["version", "created_at", "updated_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "user_group", &["tenant", "realm", "display_name"], true).await?;
    index(manager, "user_group", &["tenant", "realm", "created_at", "id"], false).await?;
    TableOf::of_realm("group_member")
        .text(&["group_id", "user"])
        .key(&["tenant", "realm", "group_id", "user"])
        .create(manager)
        .await?;
    index(manager, "group_member", &["tenant", "realm", "user"], false).await?;
    TableOf::of_realm("role_group")
        .text(&["role", "group_id"])
        .key(&["tenant", "realm", "role", "group_id"])
        .create(manager)
        .await?;
    index(manager, "role_group", &["tenant", "realm", "group_id"], false).await?;
    index(manager, "role_member", &["tenant", "realm", "user"], false).await
}

async fn events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for name in [
        "actor_kind",
        "actor",
        "actor_name",
        "target_kind",
        "target",
        "target_name",
        "before",
        "after",
        "request_id",
    ] {
        add(manager, "event", maybe_text(name)).await?;
    }
    for subject in ["actor", "target", "client", "user", "kind", "address", "request_id"] {
        index(manager, "event", &["tenant", "realm", subject, "at"], false).await?;
    }
    Ok(())
}

/// How many tokens an application was issued and refused, by the hour.
async fn tallies(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("token_tally")
        .text(&["client"])
        .number(&["hour", "issued", "refused", "last_at"])
        .key(&["tenant", "realm", "client", "hour"])
        .create(manager)
        .await?;
    index(manager, "token_tally", &["hour"], false).await
}
