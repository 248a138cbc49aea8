//! Names and records that are taken: what the server made for itself (T-12), and a name cannot move to another record.
use crate::Deps;
use grantor_protocol::apply::{ApplicationDocument, Document, ResourceServerDocument, UserDocument};
use grantor_protocol::client::Violation;
use grantor_protocol::issuer::RealmKey;
use grantor_store::StoreError;

/// What of the document would take something from a stored record.
pub(super) async fn violations(deps: &Deps, key: &RealmKey, document: &Document) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    for (i, user) in document.users.iter().enumerate() {
        found.extend(of_user(deps, key, document, user, &format!("users[{i}].username")).await?);
        found.extend(of_email(deps, key, user, &format!("users[{i}].email")).await?);
    }
    for (i, server) in document.resource_servers.iter().enumerate() {
        let at = format!("resource_servers[{i}].introspection");
        found.extend(of_credentials(deps, key, server, &at).await?);
        // An audience that is also a client_id would let a token for the one pass for the other.
        if deps
            .store
            .find_client_by_client_id(key, &server.identifier)
            .await?
            .is_some()
        {
            let field = format!("resource_servers[{i}].identifier");
            found.push(Violation::new(field, "an application has this client_id"));
        }
    }
    for (i, application) in document.applications.iter().enumerate() {
        found.extend(of_application(deps, key, application, &format!("applications[{i}]")).await?);
    }
    Ok(found)
}

async fn of_user(
    deps: &Deps,
    key: &RealmKey,
    document: &Document,
    user: &UserDocument,
    field: &str,
) -> Result<Option<Violation>, StoreError> {
    let Some(named) = deps.store.find_credential_by_username(key, &user.username).await? else {
        return Ok(None);
    };
    let named = named.user.id;
    let renamed = || document.users.iter().any(|u| u.id.as_ref() == Some(&named));
    let taken = match &user.id {
        Some(id) => *id != named,
        // Without an id the name says which user is meant; that one has an entry of its own.
        None => renamed(),
    };
    Ok(taken.then(|| Violation::new(field, "another user has this name")))
}

/// An address names one user, because applications may name users by it.
async fn of_email(
    deps: &Deps,
    key: &RealmKey,
    user: &UserDocument,
    field: &str,
) -> Result<Option<Violation>, StoreError> {
    let Some(email) = &user.email else { return Ok(None) };
    let Some(owner) = deps.store.find_user_by_email(key, email).await? else {
        return Ok(None);
    };
    let is_owner = match &user.id {
        Some(id) => *id == owner.id,
        None => user.username.to_lowercase() == owner.username.to_lowercase(),
    };
    Ok((!is_owner).then(|| Violation::new(field, "another user has this e-mail address")))
}

async fn of_credentials(
    deps: &Deps,
    key: &RealmKey,
    server: &ResourceServerDocument,
    at: &str,
) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    for credential in &server.introspection {
        let stored = deps.store.find_credential(key, &credential.id).await?;
        if stored.is_some_and(|s| s.resource_server.id != server.id) {
            let text = format!("{} belongs to another resource server", credential.id);
            found.push(Violation::new(at, text));
        }
        let client = deps.store.find_client_by_client_id(key, &credential.id).await?;
        if client.is_some() {
            found.push(Violation::new(
                at,
                format!("{} is the client_id of an application", credential.id),
            ));
        }
    }
    Ok(found)
}

async fn of_application(
    deps: &Deps,
    key: &RealmKey,
    application: &ApplicationDocument,
    at: &str,
) -> Result<Vec<Violation>, StoreError> {
    let mut found = Vec::new();
    let by_id = deps.store.find_client_by_id(key, &application.id).await?;
    if by_id.is_some_and(|c| c.client.is_managed) {
        let text = "this application is managed by the server";
        found.push(Violation::new(format!("{at}.id"), text));
    }
    let client_id = &application.client_id;
    let by_name = deps.store.find_client_by_client_id(key, client_id).await?;
    if by_name.is_some_and(|c| c.client.id != application.id) {
        let text = "another application has this client_id";
        found.push(Violation::new(format!("{at}.client_id"), text));
    }
    if deps.store.find_credential(key, client_id).await?.is_some() {
        let text = "a resource server introspects under this name";
        found.push(Violation::new(format!("{at}.client_id"), text));
    }
    Ok(found)
}
