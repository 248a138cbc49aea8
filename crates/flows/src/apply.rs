//! `grantor apply`: a document judged as a whole, then written in one transaction. Applying it again changes nothing.
mod taken;

use crate::keys::Purpose;
use crate::passwords::TooBusy;
use crate::{Deps, client_secret, revocations};
use grantor_protocol::apply::{
    ApplicationDocument, Document, ResourceServerDocument, UserDocument, check, resource_server,
};
use grantor_protocol::client::{Client, Violation};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use grantor_store::StoreError;
use grantor_store::management::Management;
use grantor_store::revocations::Revoked;

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{}", list(.0))]
    Violations(Vec<Violation>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a password could not be hashed")]
    Password,
}

fn list(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations
        .iter()
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect();
    lines.join("; ")
}

impl From<TooBusy> for ApplyError {
    fn from(_: TooBusy) -> Self {
        Self::Password
    }
}

/// How much the document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    pub users: usize,
    pub resource_servers: usize,
    pub applications: usize,
}

/// Judges the document and, unless `dry_run`, writes it.
pub async fn apply(deps: &Deps, document: &Document, dry_run: bool) -> Result<Applied, ApplyError> {
    let key = document.key();
    let mut violations = Vec::new();
    if deps.store.find_realm(&key).await?.is_none() {
        violations.push(Violation::new("realm", format!("there is no realm {key}")));
    }
    let existing = deps.store.list_resource_servers(&key).await?;
    violations.extend(check(document, &existing));
    violations.extend(taken::violations(deps, &key, document).await?);
    if !violations.is_empty() {
        return Err(ApplyError::Violations(violations));
    }
    if !dry_run {
        write(deps, &key, document).await?;
    }
    Ok(Applied {
        users: document.users.len(),
        resource_servers: document.resource_servers.len(),
        applications: document.applications.len(),
    })
}

async fn write(deps: &Deps, key: &RealmKey, document: &Document) -> Result<(), ApplyError> {
    let mut people = Vec::new();
    // Hashing is slow: done before the transaction holds the database.
    for user in &document.users {
        people.push(person(deps, key, user).await?);
    }
    let mut management = deps.store.manage(deps.clock.now()).await?;
    // Somebody else may have held the database: what was issued until then ends, too.
    management.waited_until(deps.clock.now());
    for (user, hash) in people {
        let new_password = hash.is_some();
        let before = management.save_user(&user, hash).await?;
        let disabled = before.is_some_and(|b| b.enabled) && !user.enabled;
        if disabled || new_password {
            management.end_sessions(key, &user.id).await?;
        }
        if disabled {
            end_tokens(&management, key, Revoked::User(user.id)).await?;
        }
    }
    for server in &document.resource_servers {
        write_server(deps, &management, key, server).await?;
    }
    for application in &document.applications {
        write_application(deps, &management, key, application).await?;
    }
    Ok(management.commit().await?)
}

/// What was issued until now stays ended when user or client is enabled again.
async fn end_tokens(management: &Management<'_>, key: &RealmKey, revoked: Revoked) -> Result<(), StoreError> {
    let revocation = revocations::until_the_last_token_ends(revoked, management.now());
    management.revoke(key, &revocation).await
}

async fn person(deps: &Deps, key: &RealmKey, document: &UserDocument) -> Result<(User, Option<String>), ApplyError> {
    let existing = deps.store.find_credential_by_username(key, &document.username).await?;
    let id = document
        .id
        .clone()
        .or_else(|| existing.as_ref().map(|e| e.user.id.clone()));
    let user = User {
        key: key.clone(),
        id: id.unwrap_or_else(|| crate::token::base64url(&deps.random::<16>())),
        username: document.username.clone(),
        enabled: document.enabled,
        email: document.email.clone(),
        email_verified: document.email_verified,
        profile: document.profile.clone(),
    };
    let Some(password) = &document.password else {
        return Ok((user, None));
    };
    let old = existing.and_then(|e| e.password_hash);
    if old.is_some() && deps.passwords.verify(password.clone(), old).await? {
        return Ok((user, None));
    }
    let hash = deps
        .passwords
        .hash(password.clone(), deps.random())
        .await?
        .ok_or(ApplyError::Password)?;
    Ok((user, Some(hash)))
}

async fn write_server(
    deps: &Deps,
    management: &Management<'_>,
    key: &RealmKey,
    document: &ResourceServerDocument,
) -> Result<(), StoreError> {
    let server = resource_server(key, document);
    management.save_resource_server(&server).await?;
    for credential in &document.introspection {
        let parts = [credential.id.as_bytes(), credential.secret.as_bytes()];
        let mac = deps.keys.mac(Purpose::Credential, key, &parts);
        management.save_credential(&server, &credential.id, mac).await?;
    }
    Ok(())
}

async fn write_application(
    deps: &Deps,
    management: &Management<'_>,
    key: &RealmKey,
    document: &ApplicationDocument,
) -> Result<(), StoreError> {
    let client = Client {
        key: key.clone(),
        id: document.id.clone(),
        client_id: document.client_id.clone(),
        display_name: document.display_name.clone(),
        is_managed: false,
        enabled: document.enabled,
        resource_server: document.resource_server.clone(),
        config: document.protocol_config.clone(),
    };
    if let Some(before) = management.save_client(&client).await? {
        if before.enabled && !client.enabled {
            management.end_codes(key, &client.id).await?;
            end_tokens(management, key, Revoked::Client(before.client_id.clone())).await?;
        }
        if before.client_id != client.client_id {
            // A new name revives nothing either.
            management.carry_end(key, &before.client_id, &client.client_id).await?;
        }
    }
    if client.is_public() {
        // It may have been confidential until now.
        management.delete_client_secrets(&client).await?;
    }
    for secret in &document.client_secrets {
        client_secret::add(deps, management, &client, secret).await?;
    }
    Ok(())
}
