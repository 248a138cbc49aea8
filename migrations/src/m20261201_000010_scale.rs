//! What many records and many realms need: lists in the order they are shown, and what is known and need not be looked for.
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
        // Whatever narrows a list of applications, what is left is in the order of the list.
        for narrowed in ["display_name", "resource_server"] {
            let columns = ["tenant", "realm", narrowed, "created_at", "id"];
            index(manager, "client", &columns, false).await?;
        }
        let covered = Index::drop()
            .name("client_tenant_realm_resource_server")
            .table("client")
            .to_owned();
        manager.drop_index(covered).await?;
        index(manager, "realm", &["tenant", "created_at", "id"], false).await?;
        index(manager, "tenant", &["created_at", "id"], false).await?;
        let columns = ["retired_at", "tenant", "realm", "algorithm", "active_from", "kid"];
        index(manager, "signing_key", &columns, false).await?;
        TableOf::named("known")
            .text(&["name", "value"])
            .key(&["name"])
            .create(manager)
            .await
    }
}
