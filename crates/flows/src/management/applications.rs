//! Applications: made, changed and deleted, by whatever door.
pub mod secrets;

use super::change::{About, editable, refuse_if_any, target, unchanged};
use super::lists::{Listing, place};
use super::{Change, ManagementRefusal, Saved};
use crate::{Deps, client_secret};
use grantor_protocol::UnixMillis;
use grantor_protocol::apply::MAX_CLIENT_ID;
use grantor_protocol::client::{Client, Violation};
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::RESERVED_IDENTIFIER;
use grantor_protocol::management::application::{ApplicationBody, ApplicationSettings, after_unlinking, with_defaults};
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{PageBody, flag};
use grantor_protocol::management::record::{Stored, check_id};
use grantor_protocol::management::token_counts::{HourOfTokens, TokenCounts};
use grantor_protocol::resource_server::ResourceServer;
use grantor_store::StoreError;
use grantor_store::clients::ClientFilter;
use grantor_store::events::Target;
use grantor_store::revocations::Revoked;

/// What a document may give that other doors leave to the server (decision 25).
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub id: Option<String>,
    pub client_id: Option<String>,
    /// Secrets come with the document: none is made.
    pub secrets: bool,
}

/// A saved application, and the secret that was made for it, which can be shown now and never again.
pub struct SavedApplication {
    pub saved: Saved<Client>,
    pub body: ApplicationBody,
}

/// A page of the realm's applications, newest first.
pub async fn list(
    deps: &Deps,
    key: &RealmKey,
    query: &Params<'_>,
) -> Result<PageBody<ApplicationBody>, ManagementRefusal> {
    let listing = Listing {
        key,
        name: "applications",
        of: "",
        operation: Operation::ListApplications,
    };
    let asked = listing.asked(deps, query)?;
    let filter = ClientFilter {
        client_id: asked.filter(0),
        display_name: asked.filter(1),
        resource_server: asked.filter(2),
        enabled: flag("enabled", asked.filter(3)).map_err(ManagementRefusal::Invalid)?,
    };
    let found = deps.store.list_clients(key, filter, asked.wanted()).await?;
    let body = |stored: Stored<Client>| ApplicationBody::new(stored.record, &stored.meta, None);
    Ok(listing.answer(deps, &asked, found, (place(|c: &Client| &c.id), body)))
}

/// One application.
pub async fn read(deps: &Deps, key: &RealmKey, id: &str) -> Result<(ApplicationBody, i64), ManagementRefusal> {
    let found = deps.store.find_stored_client(key, id).await?;
    let stored = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Application, id))?;
    let version = stored.meta.version;
    Ok((ApplicationBody::new(stored.record, &stored.meta, None), version))
}

/// How many tokens an application was issued and refused in the last day.
pub async fn token_counts(deps: &Deps, key: &RealmKey, id: &str) -> Result<TokenCounts, ManagementRefusal> {
    const DAY_SECONDS: i64 = 86_400;
    read(deps, key, id).await?;
    let since = deps.clock.now().plus_seconds(-DAY_SECONDS);
    let hours = deps.store.list_tallies(key, id, since).await?;
    Ok(TokenCounts {
        issued: hours.iter().map(|h| h.issued).sum(),
        refused: hours.iter().map(|h| h.refused).sum(),
        last_at: hours.iter().map(|h| h.last_at).max().map(UnixMillis::rfc3339),
        hours: hours
            .iter()
            .map(|h| HourOfTokens {
                hour: h.hour.rfc3339(),
                issued: h.issued,
                refused: h.refused,
            })
            .collect(),
    })
}

/// Makes an application. `at` is what the door calls the record in violations.
pub async fn create(
    change: &mut Change<'_>,
    (members, given): (&Members, Given),
    at: &str,
) -> Result<SavedApplication, ManagementRefusal> {
    let members = with_defaults(members, &change.key);
    let mut found = Vec::new();
    let id = given.id.unwrap_or_else(|| change.new_id());
    check_id("id", &id, &mut found);
    if change.tx.client(&change.key, &id).await?.is_some() {
        found.push(Violation::new("id", "another application has this id"));
    }
    let client_id = given.client_id.unwrap_or_else(|| change.new_id());
    save(change, None, ((id, client_id), &members, !given.secrets), (at, found)).await
}

/// Changes what `members` name of an application; of several requests made for one version one changes it.
pub async fn update(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
    (members, given): (&Members, Given),
    at: &str,
) -> Result<SavedApplication, ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    editable(stored.record.is_managed)?;
    let client_id = given.client_id.unwrap_or_else(|| stored.record.client_id.clone());
    let names = (id.to_owned(), client_id);
    save(change, Some(stored), (names, members, !given.secrets), (at, Vec::new())).await
}

/// Deletes an application. Its codes, grants and tokens end, also for another application that gets its `client_id`.
pub async fn delete(change: &mut Change<'_>, (id, version): (&str, Option<i64>)) -> Result<(), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    let client = &stored.record;
    editable(client.is_managed)?;
    may_touch(change, client).await?;
    change.end_tokens(Revoked::Client(client.client_id.clone())).await?;
    change.tx.delete_client(client).await?;
    let before = ApplicationSettings::from(client);
    let about = About {
        client: Some(id),
        ..About::default()
    };
    change
        .tell(
            EventKind::ApplicationDeleted,
            target_of(client),
            (Some(&before), None),
            about,
        )
        .await
}

pub(super) async fn get(change: &Change<'_>, id: &str) -> Result<Stored<Client>, ManagementRefusal> {
    let found = change.tx.client(&change.key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Application, id))
}

/// An application that can carry management scopes is for those to touch who have them: its secret, its redirect URIs and its
/// users' sign-ins are worth as much as its scopes (O-247).
pub(super) async fn may_touch(change: &Change<'_>, client: &Client) -> Result<(), ManagementRefusal> {
    let server = server_of(change, client.resource_server.as_deref()).await?;
    change.require(server.as_ref(), &client.config.allowed_scopes)
}

async fn server_of(change: &Change<'_>, id: Option<&str>) -> Result<Option<ResourceServer>, StoreError> {
    match id {
        Some(id) => Ok(change.tx.resource_server(&change.key, id).await?.map(|s| s.record)),
        None => Ok(None),
    }
}

pub(super) fn target_of(client: &Client) -> Target {
    target(RecordKind::Application, &client.id, &client.display_name)
}

async fn save(
    change: &mut Change<'_>,
    before: Option<Stored<Client>>,
    ((id, client_id), members, make_secret): ((String, String), &Members, bool),
    (at, mut found): (&str, Vec<Violation>),
) -> Result<SavedApplication, ManagementRefusal> {
    let before = before.map(|s| s.record);
    let settings = before.as_ref().map(ApplicationSettings::from);
    let merged = merged::<ApplicationSettings>(settings.as_ref(), members);
    let mut settings = merged.map_err(|v| ManagementRefusal::invalid(under(at, v)))?;
    after_unlinking(members, &mut settings);
    let server = server_of(change, settings.resource_server_id.as_deref()).await?;
    found.extend(settings.check(server.as_ref()));
    let client = settings.onto(change.key.clone(), id, client_id);
    check_client_id(change, &client, &mut found).await?;
    refuse_if_any(at, found)?;
    if let Some(before) = &before {
        may_touch(change, before).await?;
    }
    change.require(server.as_ref(), &client.config.allowed_scopes)?;
    change.tx.save_client(&client).await?;
    if let Some(before) = &before {
        end_what_ends(change, before, &client).await?;
    }
    tell(change, before.as_ref(), &client).await?;
    let client_secret = match make_secret && needs_secret(change, &client).await? {
        true => Some(secrets::add_new(change, &client, (true, None)).await?.1),
        false => None,
    };
    let meta = get(change, &client.id).await?.meta;
    Ok(SavedApplication {
        saved: Saved {
            record: client.clone(),
            version: meta.version,
        },
        body: ApplicationBody::new(client, &meta, client_secret),
    })
}

/// RFC 6749 appendix A.1. In a realm a `client_id` names one thing: at the introspection endpoint applications and resource
/// servers authenticate side by side, and an audience that is also a `client_id` would let a token for the one pass for the other.
async fn check_client_id(change: &Change<'_>, client: &Client, found: &mut Vec<Violation>) -> Result<(), StoreError> {
    let (key, name) = (&client.key, client.client_id.as_str());
    let mut refuse = |text: &str| found.push(Violation::new("client_id", text));
    if name.is_empty() || name.len() > MAX_CLIENT_ID || !name.bytes().all(|b| matches!(b, 0x20..=0x7E)) {
        refuse("1 to 200 printable ASCII characters (RFC 6749 appendix A.1)");
    }
    let named = change.tx.client_named(key, name).await?;
    if named.is_some_and(|other| other.record.id != client.id) {
        refuse("another application has this client_id");
    }
    if change.tx.owner_of_credential(key, name).await?.is_some() {
        refuse("a resource server introspects under this name");
    }
    let identified = change.tx.resource_server_identified(key, name).await?;
    if name == RESERVED_IDENTIFIER || identified.is_some() {
        refuse("not the identifier of a resource server");
    }
    Ok(())
}

/// A confidential application without a secret cannot be used.
async fn needs_secret(change: &Change<'_>, client: &Client) -> Result<bool, StoreError> {
    Ok(!client.is_public() && change.tx.client_secrets(client).await?.is_empty())
}

async fn end_what_ends(change: &mut Change<'_>, before: &Client, client: &Client) -> Result<(), ManagementRefusal> {
    if before.enabled && !client.enabled {
        change.tx.end_codes(&change.key, &client.id).await?;
        change.end_tokens(Revoked::Client(before.client_id.clone())).await?;
    }
    if before.client_id != client.client_id {
        // A new name revives nothing either.
        change
            .tx
            .carry_end(&change.key, &before.client_id, &client.client_id)
            .await?;
        // Whoever gets the old name next has none of its tokens.
        change.end_tokens(Revoked::Client(before.client_id.clone())).await?;
    }
    if client.is_public() {
        // It may have been confidential until now.
        secrets::delete_all(change, client).await?;
    }
    Ok(())
}

async fn tell(change: &mut Change<'_>, before: Option<&Client>, client: &Client) -> Result<(), ManagementRefusal> {
    if before == Some(client) {
        return Ok(());
    }
    let kind = match before {
        None => EventKind::ApplicationCreated,
        Some(_) => EventKind::ApplicationUpdated,
    };
    let id = client.id.clone();
    let about = About {
        client: Some(&id),
        detail: match before {
            Some(before) if before.client_id != client.client_id => {
                format!("client_id {} became {}", before.client_id, client.client_id)
            }
            _ => String::new(),
        },
        ..About::default()
    };
    let (before, after) = (before.map(ApplicationSettings::from), ApplicationSettings::from(client));
    change
        .tell(kind, target_of(client), (before.as_ref(), Some(&after)), about)
        .await
}

/// Adds a secret that came with a document (decision 25); the same one given again is one secret.
pub(crate) async fn add_given(change: &mut Change<'_>, client: &Client, secret: &str) -> Result<(), ManagementRefusal> {
    let known = change.tx.client_secrets(client).await?.len();
    let id = client_secret::add(change.deps, &change.tx, client, secret).await?;
    match change.tx.client_secrets(client).await?.len() > known {
        true => secrets::tell(change, client, (EventKind::SecretCreated, &id), (None, None)).await,
        false => Ok(()),
    }
}
