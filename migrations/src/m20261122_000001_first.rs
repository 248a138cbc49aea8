//! Tenants, realms and everything a realm owns.
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
        realms(manager).await?;
        clients(manager).await?;
        people(manager).await?;
        grants(manager).await?;
        tokens(manager).await?;
        keys(manager).await
    }
}

async fn realms(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::named("tenant")
        .text(&["id", "display_name"])
        .number(&["created_at"])
        .key(&["id"])
        .create(manager)
        .await?;
    TableOf::named("realm")
        .text(&["tenant", "id", "display_name"])
        .flag(&["serves_root"])
        .number(&["created_at"])
        .key(&["tenant", "id"])
        .create(manager)
        .await?;
    // What replicas read to learn of changes.
    TableOf::named("change")
        .counted("seq")
        .text(&["tenant", "realm", "kind", "subject"])
        .number(&["at"])
        .create(manager)
        .await
}

async fn clients(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("client")
        .text(&["id", "client_id", "display_name"])
        .flag(&["is_managed", "enabled"])
        .maybe_text(&["resource_server"])
        .text(&["config"])
        .number(&["version", "created_at", "updated_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "client", &["tenant", "realm", "client_id"], true).await?;
    // Which origins may call browser-facing endpoints: a preflight names no client.
    TableOf::of_realm("client_origin")
        .text(&["origin", "client"])
        .key(&["tenant", "realm", "origin", "client"])
        .create(manager)
        .await?;
    TableOf::of_realm("client_secret")
        .text(&["id", "client", "hint"])
        .bytes(&["mac"])
        .flag(&["enabled"])
        .number(&["created_at"])
        .maybe_number(&["expires_at", "last_used_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "client_secret", &["tenant", "realm", "client"], false).await?;
    TableOf::of_realm("resource_server")
        .text(&["id", "identifier", "display_name"])
        .flag(&["is_managed", "role_bounded"])
        .text(&["scopes"])
        .number(&["version", "created_at", "updated_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "resource_server", &["tenant", "realm", "identifier"], true).await?;
    TableOf::of_realm("resource_server_credential")
        .text(&["id", "resource_server"])
        .bytes(&["mac"])
        .number(&["created_at"])
        .maybe_number(&["expires_at", "last_used_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("user")
        .text(&["id", "username", "username_key"])
        .flag(&["enabled"])
        .maybe_text(&["email", "email_key"])
        .flag(&["email_verified"])
        .maybe_text(&["password_hash"])
        .text(&["profile"])
        .number(&["version", "created_at", "updated_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "user", &["tenant", "realm", "username_key"], true).await?;
    // An application may name users by it, so it names one.
    index(manager, "user", &["tenant", "realm", "email_key"], true).await?;
    TableOf::of_realm("role")
        .text(&["id", "resource_server", "name", "description"])
        .flag(&["is_managed"])
        .text(&["scopes"])
        .number(&["created_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "role", &["tenant", "realm", "name"], true).await?;
    TableOf::of_realm("role_member")
        .text(&["role", "user"])
        .key(&["tenant", "realm", "role", "user"])
        .create(manager)
        .await?;
    TableOf::of_realm("browser_session")
        .bytes(&["id_mac"])
        .text(&["sid", "user", "amr"])
        .number(&["auth_time", "created_at", "last_seen_at", "expires_at"])
        .maybe_number(&["ended_at"])
        .key(&["tenant", "realm", "id_mac"])
        .create(manager)
        .await?;
    index(manager, "browser_session", &["tenant", "realm", "user"], false).await?;
    index(manager, "browser_session", &["expires_at"], false).await
}

async fn grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("consent")
        .text(&["user", "client", "scope"])
        .number(&["granted_at", "updated_at"])
        .key(&["tenant", "realm", "user", "client"])
        .create(manager)
        .await?;
    TableOf::of_realm("authorization_code")
        .bytes(&["code_mac"])
        .text(&["client", "user", "subject", "grant_id", "issuer", "redirect_uri"])
        .maybe_text(&["code_challenge", "nonce"])
        .text(&["scope", "sid", "amr"])
        .flag(&["consent_needed"])
        .number(&["auth_time", "issued_at", "expires_at", "failed_attempts"])
        .maybe_number(&["redeemed_at"])
        .key(&["tenant", "realm", "code_mac"])
        .create(manager)
        .await?;
    index(manager, "authorization_code", &["expires_at"], false).await?;
    TableOf::of_realm("authorization_grant")
        .text(&["id", "client", "user", "subject", "scope", "sid"])
        .number(&["auth_time", "created_at"])
        .maybe_number(&["revoked_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "authorization_grant", &["tenant", "realm", "user"], false).await
}

async fn tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("reference_token")
        .text(&["id", "client", "subject", "scope", "suffix"])
        .maybe_text(&["grant_id", "user"])
        .number(&["issued_at", "expires_at"])
        .key(&["tenant", "realm", "id"])
        .create(manager)
        .await?;
    index(manager, "reference_token", &["expires_at"], false).await?;
    TableOf::of_realm("revocation")
        .text(&["kind", "subject"])
        .number(&["revoked_at", "expires_at"])
        .key(&["tenant", "realm", "kind", "subject"])
        .create(manager)
        .await?;
    index(manager, "revocation", &["expires_at"], false).await
}

async fn keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    TableOf::of_realm("signing_key")
        .text(&["kid", "algorithm", "state", "public_jwk"])
        .bytes(&["sealed"])
        .number(&["created_at"])
        .key(&["tenant", "realm", "kid"])
        .create(manager)
        .await?;
    // Two first requests at once make one key: the second insert fails.
    manager
        .get_connection()
        .execute_unprepared(
            "CREATE UNIQUE INDEX signing_key_one_active ON signing_key (tenant, realm, algorithm) WHERE state = 'active'",
        )
        .await?;
    // Keys of the whole installation, sealed under the master key.
    TableOf::named("data_key")
        .text(&["purpose", "id"])
        .bytes(&["sealed"])
        .number(&["created_at"])
        .key(&["purpose"])
        .create(manager)
        .await
}
