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
        ]
    }
}

/// Migrations of the database of short-lived data.
pub struct EphemeralMigrator;

#[async_trait::async_trait]
impl MigratorTrait for EphemeralMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000002_ephemeral::Migration)]
    }
}
