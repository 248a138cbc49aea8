//! `grantor apply`: a document judged as a whole, then written in one transaction. Applying it again changes nothing.
use crate::keys::Purpose;
use crate::passwords::TooBusy;
use crate::{Deps, client_secret};
use grantor_protocol::apply::{
    ApplicationDocument, Document, ResourceServerDocument, UserDocument, check, resource_server,
};
use grantor_protocol::client::{Client, Violation};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::user::User;
use grantor_store::StoreError;
use grantor_store::management::Management;

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
    lines.join("\n")
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
    violations.extend(managed(deps, &key, document).await?);
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

/// What the server made for itself cannot be edited (T-12), and a name cannot move to another record.
async fn managed(deps: &Deps, key: &RealmKey, document: &Document) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    for (i, application) in document.applications.iter().enumerate() {
        let by_id = deps.store.find_client_by_id(key, &application.id).await?;
        if by_id.is_some_and(|c| c.client.is_managed) {
            found.push(Violation::new(
                format!("applications[{i}].id"),
                "this application is managed by the server",
            ));
        }
        let by_name = deps.store.find_client_by_client_id(key, &application.client_id).await?;
        if by_name.is_some_and(|c| c.client.id != application.id) {
            found.push(Violation::new(
                format!("applications[{i}].client_id"),
                "another application has this client_id",
            ));
        }
    }
    for (i, server) in document.resource_servers.iter().enumerate() {
        if deps
            .store
            .find_resource_server(key, &server.id)
            .await?
            .is_some_and(|s| s.is_managed)
        {
            found.push(Violation::new(
                format!("resource_servers[{i}].id"),
                "this resource server is managed by the server",
            ));
        }
        if deps
            .store
            .find_client_by_client_id(key, &server.identifier)
            .await?
            .is_some()
        {
            found.push(Violation::new(
                format!("resource_servers[{i}].identifier"),
                "an application has this client_id",
            ));
        }
    }
    Ok(found)
}

async fn write(deps: &Deps, key: &RealmKey, document: &Document) -> Result<(), ApplyError> {
    let mut people = Vec::new();
    // Hashing is slow: done before the transaction holds the database.
    for user in &document.users {
        people.push(person(deps, key, user).await?);
    }
    let management = deps.store.manage(deps.clock.now()).await?;
    for (user, hash) in people {
        management.save_user(&user, hash).await?;
    }
    for server in &document.resource_servers {
        write_server(deps, &management, key, server).await?;
    }
    for application in &document.applications {
        write_application(deps, &management, key, application).await?;
    }
    Ok(management.commit().await?)
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
    management.save_client(&client).await?;
    for secret in &document.client_secrets {
        client_secret::add(deps, management, &client, secret).await?;
    }
    Ok(())
}
