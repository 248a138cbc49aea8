//! Resource servers: made, changed and deleted, by whatever door; and what they introspect with.
use super::change::{About, editable, new_secret, refuse_if_any, target, unchanged};
use super::lists::{Listing, place};
use super::{Change, ManagementRefusal, Saved, roles};
use crate::Deps;
use crate::keys::Purpose;
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::PageBody;
use grantor_protocol::management::record::{Stored, check_id};
use grantor_protocol::management::server::{CredentialBody, ResourceServerBody, ResourceServerSettings};
use grantor_protocol::resource_server::ResourceServer;
use grantor_store::events::Target;

/// Most credentials of one resource server.
const MAX_CREDENTIALS: usize = 10;

/// A page of the realm's resource servers, newest first.
pub async fn list(
    deps: &Deps,
    key: &RealmKey,
    query: &Params<'_>,
) -> Result<PageBody<ResourceServerBody>, ManagementRefusal> {
    let listing = Listing {
        key,
        name: "resource_servers",
        of: "",
        operation: Operation::ListResourceServers,
    };
    let asked = listing.asked(deps, query)?;

    let found = deps
        .store
        .page_of_resource_servers(key, asked.filter(0), asked.wanted());
    let found = found.await?;
    let body = |stored: Stored<ResourceServer>| ResourceServerBody::new(&stored.record, &stored.meta);
    Ok(listing.answer(deps, &asked, found, (place(|s: &ResourceServer| &s.id), body)))
}

/// One resource server.
pub async fn read(deps: &Deps, key: &RealmKey, id: &str) -> Result<(ResourceServerBody, i64), ManagementRefusal> {
    let stored = find(deps, key, id).await?;
    Ok((
        ResourceServerBody::new(&stored.record, &stored.meta),
        stored.meta.version,
    ))
}

/// One resource server, for what belongs to it.
pub(super) async fn find(deps: &Deps, key: &RealmKey, id: &str) -> Result<Stored<ResourceServer>, ManagementRefusal> {
    let found = deps.store.find_stored_server(key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::ResourceServer, id))
}

/// Makes a resource server. Only a document gives its id (decision 25).
pub async fn create(
    change: &mut Change<'_>,
    (members, id): (&Members, Option<String>),
    at: &str,
) -> Result<(ResourceServerBody, Saved<ResourceServer>), ManagementRefusal> {
    let mut found = Vec::new();
    let id = id.unwrap_or_else(|| change.new_id());
    check_id("id", &id, &mut found);
    save(change, None, (id, members), (at, found)).await
}

/// Changes what `members` name of a resource server.
pub async fn update(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
    members: &Members,
    at: &str,
) -> Result<(ResourceServerBody, Saved<ResourceServer>), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    editable(stored.record.is_managed)?;
    save(change, Some(stored), (id.to_owned(), members), (at, Vec::new())).await
}

/// Deletes a resource server that neither an application nor a role is linked to.
pub async fn delete(change: &mut Change<'_>, (id, version): (&str, Option<i64>)) -> Result<(), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    let server = stored.record;
    editable(server.is_managed)?;
    let clients = change.tx.clients_of_server(&change.key, id).await?;
    if let Some(client) = clients.first() {
        let text = format!("application {} is linked to it", client.record.id);
        return Err(ManagementRefusal::Conflict(text));
    }
    let roles = change.tx.roles_of_server(&change.key, id).await?;
    if let Some(role) = roles.first() {
        return Err(ManagementRefusal::Conflict(format!("role {} is of it", role.record.id)));
    }
    change.tx.delete_resource_server(&server).await?;
    let before = ResourceServerSettings::from(&server);
    let kind = EventKind::ResourceServerDeleted;
    change
        .tell(kind, target_of(&server), (Some(&before), None), About::default())
        .await
}

pub(crate) async fn get(change: &Change<'_>, id: &str) -> Result<Stored<ResourceServer>, ManagementRefusal> {
    let found = change.tx.resource_server(&change.key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::ResourceServer, id))
}

fn target_of(server: &ResourceServer) -> Target {
    target(RecordKind::ResourceServer, &server.id, &server.display_name)
}

async fn save(
    change: &mut Change<'_>,
    before: Option<Stored<ResourceServer>>,
    (id, members): (String, &Members),
    (at, mut found): (&str, Vec<Violation>),
) -> Result<(ResourceServerBody, Saved<ResourceServer>), ManagementRefusal> {
    let before = before.map(|s| s.record);
    let old = before.as_ref().map(ResourceServerSettings::from);
    let merged = merged::<ResourceServerSettings>(old.as_ref(), members);
    let settings = merged.map_err(|v| ManagementRefusal::invalid(under(at, v)))?;
    found.extend(settings.check());
    let server = settings.onto(change.key.clone(), id);
    check_taken(change, (before.is_none(), &server), &mut found).await?;
    refuse_if_any(at, found)?;
    change.tx.save_resource_server(&server).await?;
    let new = ResourceServerSettings::from(&server);
    if before.as_ref() != Some(&server) {
        let kind = match before {
            None => EventKind::ResourceServerCreated,
            Some(_) => EventKind::ResourceServerUpdated,
        };
        let states = (old.as_ref(), Some(&new));
        change.tell(kind, target_of(&server), states, About::default()).await?;
        roles::follow(change, &server).await?;
    }
    let meta = get(change, &server.id).await?.meta;
    let body = ResourceServerBody::new(&server, &meta);
    let saved = Saved {
        record: server,
        version: meta.version,
    };
    Ok((body, saved))
}

/// An id and an identifier name one resource server; an audience that is also a `client_id` would let a token for the one pass
/// for the other.
async fn check_taken(
    change: &Change<'_>,
    (is_new, server): (bool, &ResourceServer),
    found: &mut Vec<Violation>,
) -> Result<(), ManagementRefusal> {
    let key = &change.key;
    if is_new && change.tx.resource_server(key, &server.id).await?.is_some() {
        found.push(Violation::new("id", "another resource server has this id"));
    }
    let named = change.tx.resource_server_identified(key, &server.identifier).await?;
    if named.is_some_and(|other| other.record.id != server.id) {
        let text = "another resource server has this identifier";
        found.push(Violation::new("identifier", text));
    }
    if change.tx.client_named(key, &server.identifier).await?.is_some() {
        found.push(Violation::new("identifier", "an application has this client_id"));
    }
    Ok(())
}

/// What a resource server introspects with, without the secrets.
pub async fn credentials(deps: &Deps, key: &RealmKey, id: &str) -> Result<PageBody<CredentialBody>, ManagementRefusal> {
    find(deps, key, id).await?;
    let all = deps.store.list_credentials(key, id).await?;
    let body = |(id, created_at, expires_at): (String, UnixMillis, Option<UnixMillis>)| CredentialBody {
        id,
        created_at: created_at.rfc3339(),
        expires_at: expires_at.map(UnixMillis::rfc3339),
        secret: None,
    };
    Ok(PageBody {
        list: [("credentials", all.into_iter().map(body).collect())].into(),
        next_page_token: None,
    })
}

/// Makes an id and a secret to introspect with (decision 23).
pub async fn create_credential(change: &mut Change<'_>, id: &str) -> Result<CredentialBody, ManagementRefusal> {
    let server = get(change, id).await?.record;
    editable(server.is_managed)?;
    if change.deps.store.list_credentials(&change.key, id).await?.len() >= MAX_CREDENTIALS {
        let text = format!("the resource server has {MAX_CREDENTIALS} credentials; delete one first");
        return Err(ManagementRefusal::Conflict(text));
    }
    let (credential, secret) = (change.new_id(), new_secret(change.deps));
    add_credential(change, &server, (&credential, &secret)).await?;
    Ok(CredentialBody {
        id: credential,
        created_at: change.now().rfc3339(),
        expires_at: None,
        secret: Some(secret),
    })
}

/// Adds or replaces a credential that is known: from a document, or just made.
pub(crate) async fn add_credential(
    change: &mut Change<'_>,
    server: &ResourceServer,
    (id, secret): (&str, &str),
) -> Result<(), ManagementRefusal> {
    let parts = [id.as_bytes(), secret.as_bytes()];
    let mac = change.deps.keys.mac(Purpose::Credential, &server.key, &parts);
    if !change.tx.save_credential(server, id, mac).await? {
        return Ok(());
    }
    tell_of_credential(change, server, (EventKind::CredentialCreated, id)).await
}

/// Deletes a credential; the resource server is refused with it from then on.
pub async fn delete_credential(
    change: &mut Change<'_>,
    (id, credential): (&str, &str),
) -> Result<(), ManagementRefusal> {
    let server = get(change, id).await?.record;
    editable(server.is_managed)?;
    let owner = change.tx.owner_of_credential(&change.key, credential).await?;
    if owner.as_deref() != Some(id) {
        return Err(ManagementRefusal::Missing(Detail::missing("credential", credential)));
    }
    change.tx.delete_credential(&server, credential).await?;
    tell_of_credential(change, &server, (EventKind::CredentialDeleted, credential)).await
}

async fn tell_of_credential(
    change: &mut Change<'_>,
    server: &ResourceServer,
    (kind, id): (EventKind, &str),
) -> Result<(), ManagementRefusal> {
    let about = About {
        detail: format!("credential {id}"),
        ..About::default()
    };
    change.tell::<()>(kind, target_of(server), (None, None), about).await
}
