//! The schema's history. Imports nothing of the other crates: an old migration never follows a new entity.
//!
//! Every time is BIGINT Unix milliseconds; tenant and realm lead every key.

mod m20261122_000001_first;
mod m20261122_000002_ephemeral;
mod m20261122_000003_grants;
mod m20261122_000004_signing_keys;
mod m20261122_000005_sign_in_attempts;
mod m20261122_000006_reference_tokens;
mod m20261122_000007_session_ids;
mod m20261201_000008_management;
mod m20261201_000009_account;
mod m20261201_000010_scale;
mod m20261201_000011_replicas;
mod m20261201_000012_unlogged;
mod table;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

/// Migrations of the durable database.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_first::Migration),
            Box::new(m20261122_000003_grants::Migration),
            Box::new(m20261122_000004_signing_keys::Migration),
            Box::new(m20261122_000005_sign_in_attempts::Migration),
            Box::new(m20261122_000006_reference_tokens::Migration),
            Box::new(m20261122_000007_session_ids::Migration),
            Box::new(m20261201_000008_management::Migration),
            Box::new(m20261201_000009_account::Migration),
            Box::new(m20261201_000010_scale::Migration),
            Box::new(m20261201_000011_replicas::Migration),
        ]
    }
}

/// Migrations of the file of short-lived data beside an SQLite database.
pub struct EphemeralMigrator;

#[async_trait::async_trait]
impl MigratorTrait for EphemeralMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000002_ephemeral::Migration)]
    }
}

/// Migrations of short-lived data in a PostgreSQL database, which counts them apart from the durable ones.
pub struct UnloggedMigrator;

#[async_trait::async_trait]
impl MigratorTrait for UnloggedMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261201_000012_unlogged::Migration)]
    }

    fn migration_table_name() -> DynIden {
        "seaql_migrations_unlogged".into_iden()
    }
}
