//! Roles: made, copied, changed, given and taken, by whatever door. Nobody gives what they do not have (O-245).
mod holders;

pub(crate) use holders::give_or_take;
pub use holders::{Holders, change_members, put_user_into};
pub(super) use holders::{is_administered, still_administered};

use super::change::{About, editable, parse, refuse_if_any, target, unchanged};
use super::lists::{Listing, after, place};
use super::{Change, ManagementRefusal, Saved, resource_servers};
use crate::Deps;
use crate::page_token::{self, List};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::RESERVED_IDENTIFIER;
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{PageBody, PageRequest};
use grantor_protocol::management::record::{Stored, check_id};
use grantor_protocol::management::role::{Role, RoleBody, RoleSettings, take_areas};
use grantor_protocol::management::token_list::Position;
use grantor_protocol::resource_server::ResourceServer;
use grantor_store::StoreError;
use grantor_store::events::Target;
use grantor_store::roles::{GROUPS, Holder};
use serde::{Deserialize, Serialize};

const AT: &str = "role";

/// A page of the roles of a resource server, newest first.
pub async fn list(
    deps: &Deps,
    (key, server): (&RealmKey, &str),
    query: &Params<'_>,
) -> Result<PageBody<RoleBody>, ManagementRefusal> {
    let of_management = is_management(&resource_servers::find(deps, key, server).await?.record);
    let listing = Listing {
        key,
        name: "roles",
        of: server,
        operation: Operation::ListRoles,
    };
    let asked = listing.asked(deps, query)?;

    let found = deps
        .store
        .list_roles(key, server, asked.filter(0), asked.wanted())
        .await?;
    let body = |stored: Stored<Role>| RoleBody::new(&stored.record, &stored.meta, of_management);
    Ok(listing.answer(deps, &asked, found, (place(|r: &Role| &r.id), body)))
}

/// One role.
pub async fn read(
    deps: &Deps,
    (key, server): (&RealmKey, &str),
    id: &str,
) -> Result<(RoleBody, i64), ManagementRefusal> {
    let of_management = is_management(&resource_servers::find(deps, key, server).await?.record);
    let stored = find(deps, (key, server), id).await?;
    Ok((
        RoleBody::new(&stored.record, &stored.meta, of_management),
        stored.meta.version,
    ))
}

async fn find(deps: &Deps, (key, server): (&RealmKey, &str), id: &str) -> Result<Stored<Role>, ManagementRefusal> {
    let found = deps.store.find_role(key, id).await?;
    found
        .filter(|r| r.record.resource_server == server)
        .ok_or_else(|| ManagementRefusal::missing(RecordKind::Role, id))
}

/// Every role somebody holds, of whatever resource server.
pub async fn held(deps: &Deps, key: &RealmKey, holder: Holder<'_>) -> Result<PageBody<RoleBody>, ManagementRefusal> {
    let servers = deps.store.list_resource_servers(key).await?;
    let of_management = |role: &Role| servers.iter().any(|s| s.id == role.resource_server && is_management(s));
    let roles = deps.store.list_roles_of(key, holder).await?;
    let body = |s: Stored<Role>| RoleBody::new(&s.record, &s.meta, of_management(&s.record));
    Ok(PageBody {
        list: [("roles", roles.into_iter().map(body).collect())].into(),
        next_page_token: None,
    })
}

/// Who is in a role.
#[derive(Debug, Serialize)]
pub struct RoleMembers {
    pub identity_ids: Vec<String>,
    /// On the first page.
    pub group_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// A page of the users in a role, by id, and its groups.
pub async fn members(
    deps: &Deps,
    (key, server): (&RealmKey, &str),
    id: &str,
    query: &Params<'_>,
) -> Result<RoleMembers, ManagementRefusal> {
    find(deps, (key, server), id).await?;
    let now = deps.clock.now();
    let request = PageRequest::parse(query, &[]).map_err(ManagementRefusal::Invalid)?;
    let of = format!("members of role\n{id}");
    let list = List {
        key,
        of: &of,
        filter: "",
    };
    let behind = after(deps, &list, request.token, now)?;
    let behind = behind.as_ref().map(|p| p.id.as_str());
    let mut users = deps.store.list_role_users(key, id, (behind, request.size + 1)).await?;
    let more = users.len() as u64 > request.size;
    users.truncate(usize::try_from(request.size).unwrap_or(usize::MAX));
    let next = users.last().filter(|_| more).map(|last| Position {
        issued_at: UnixMillis(0),
        id: last.clone(),
    });
    Ok(RoleMembers {
        group_ids: match behind {
            None => groups_in(deps, key, id).await?,
            Some(_) => Vec::new(),
        },
        next_page_token: next.map(|p| page_token::make(deps, &list, &p, now)),
        identity_ids: users,
    })
}

/// Every group in a role, by id.
pub(crate) async fn groups_in(deps: &Deps, key: &RealmKey, role: &str) -> Result<Vec<String>, StoreError> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let page = deps.store.list_role_groups(key, role, &after).await?;
        let is_last = (page.len() as u64) < GROUPS;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// Makes a role of a resource server. Only a document gives its id.
pub async fn create(
    change: &mut Change<'_>,
    server: &str,
    (members, id): (&Members, Option<String>),
    at: &str,
) -> Result<(RoleBody, Saved<Role>), ManagementRefusal> {
    let server = resource_servers::get(change, server).await?.record;
    let mut found = Vec::new();
    let id = id.unwrap_or_else(|| change.new_id());
    check_id("id", &id, &mut found);
    if change.tx.role(&change.key, &id).await?.is_some() {
        found.push(Violation::new("id", "another role has this id"));
    }
    save(change, (&server, None), (id, members), (at, found)).await
}

/// Makes a role like another one, which may be one that cannot be edited. Without a name it is called a copy.
pub async fn copy(
    change: &mut Change<'_>,
    (server, id): (&str, &str),
    members: &Members,
) -> Result<(RoleBody, Saved<Role>), ManagementRefusal> {
    let source = get(change, server, id).await?.record;
    let mut all = match serde_json::to_value(RoleSettings::from(&source)) {
        Ok(serde_json::Value::Object(all)) => all,
        _ => Members::new(),
    };
    all.insert("display_name".into(), format!("Copy of {}", source.display_name).into());
    all.extend(members.clone());
    create(change, server, (&all, None), AT).await
}

/// Changes what `members` name of a role.
pub async fn update(
    change: &mut Change<'_>,
    (server, id, version): (&str, &str, Option<i64>),
    members: &Members,
    at: &str,
) -> Result<(RoleBody, Saved<Role>), ManagementRefusal> {
    let stored = get(change, server, id).await?;
    unchanged(stored.meta.version, version)?;
    editable(stored.record.is_managed)?;
    let server = resource_servers::get(change, server).await?.record;
    save(
        change,
        (&server, Some(stored.record)),
        (id.to_owned(), members),
        (at, Vec::new()),
    )
    .await
}

/// Deletes a role that has neither scopes nor members (behaviours.md 1.1).
pub async fn delete(
    change: &mut Change<'_>,
    (server, id, version): (&str, &str, Option<i64>),
) -> Result<(), ManagementRefusal> {
    let stored = get(change, server, id).await?;
    unchanged(stored.meta.version, version)?;
    let role = stored.record;
    editable(role.is_managed)?;
    let (users, groups) = change.tx.holders_of_role(&role).await?;
    if !role.scopes.is_empty() || !users.is_empty() || !groups.is_empty() {
        let text = "the role has scopes or members; take them out first";
        return Err(ManagementRefusal::Conflict(text.into()));
    }
    remove(change, &role).await
}

/// Deletes a role that nobody holds any more, and tells of it.
pub(crate) async fn remove(change: &mut Change<'_>, role: &Role) -> Result<(), ManagementRefusal> {
    change.tx.delete_role(role).await?;
    let before = RoleSettings::from(role);
    change
        .tell(
            EventKind::RoleDeleted,
            target_of(role),
            (Some(&before), None),
            About::default(),
        )
        .await
}

/// The scopes of a request that adds or takes some.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeNames {
    scopes: Vec<String>,
}

/// Adds scopes to a role, or takes them from it. What is there already, or not there, is no error.
pub async fn change_scopes(
    change: &mut Change<'_>,
    (server, id): (&str, &str),
    (members, add): (&Members, bool),
) -> Result<RoleBody, ManagementRefusal> {
    let named: ScopeNames = parse(members)?;
    let stored = get(change, server, id).await?;
    editable(stored.record.is_managed)?;
    let mut scopes = stored.record.scopes.clone();
    match add {
        true => scopes.extend(named.scopes.into_iter().filter(|s| !stored.record.scopes.contains(s))),
        false => scopes.retain(|s| !named.scopes.contains(s)),
    }
    let patch: Members = [("scopes".to_owned(), scopes.into())].into_iter().collect();
    Ok(update(change, (server, id, None), &patch, "").await?.0)
}

/// A scope that a resource server lost, its roles lose (behaviours.md 1.1).
pub(super) async fn follow(change: &mut Change<'_>, server: &ResourceServer) -> Result<(), ManagementRefusal> {
    for stored in change.tx.roles_of_server(&change.key, &server.id).await? {
        let before = stored.record;
        let mut after = before.clone();
        after.scopes.retain(|s| server.defines(s));
        if after == before {
            continue;
        }
        change.tx.save_role(&after).await?;
        let states = (RoleSettings::from(&before), RoleSettings::from(&after));
        let states = (Some(&states.0), Some(&states.1));
        change
            .tell(EventKind::RoleUpdated, target_of(&after), states, About::default())
            .await?;
    }
    Ok(())
}

pub(crate) async fn get(change: &Change<'_>, server: &str, id: &str) -> Result<Stored<Role>, ManagementRefusal> {
    resource_servers::get(change, server).await?;
    let found = change.tx.role(&change.key, id).await?;
    found
        .filter(|r| r.record.resource_server == server)
        .ok_or_else(|| ManagementRefusal::missing(RecordKind::Role, id))
}

fn is_management(server: &ResourceServer) -> bool {
    server.identifier == RESERVED_IDENTIFIER
}

fn target_of(role: &Role) -> Target {
    target(RecordKind::Role, &role.id, &role.display_name)
}

async fn save(
    change: &mut Change<'_>,
    (server, before): (&ResourceServer, Option<Role>),
    (id, members): (String, &Members),
    (at, mut found): (&str, Vec<Violation>),
) -> Result<(RoleBody, Saved<Role>), ManagementRefusal> {
    let refused = |v| ManagementRefusal::invalid(under(at, v));
    let held = before.as_ref().map(|b| b.scopes.clone()).unwrap_or_default();
    let mut members = members.clone();
    take_areas(&mut members, &held, server).map_err(refused)?;
    let old = before.as_ref().map(RoleSettings::from);
    let settings = merged::<RoleSettings>(old.as_ref(), &members).map_err(refused)?;
    found.extend(settings.check(server));
    let role = settings.onto(change.key.clone(), id, server.id.clone());
    let named = change.tx.role_named(&change.key, &role.display_name).await?;
    if named.is_some_and(|other| other.record.id != role.id) {
        found.push(Violation::new("display_name", "another role has this name"));
    }
    refuse_if_any(at, found)?;
    change.require(Some(server), &held)?;
    change.require(Some(server), &role.scopes)?;
    change.tx.save_role(&role).await?;
    if before.as_ref() != Some(&role) {
        let kind = match before {
            None => EventKind::RoleCreated,
            Some(_) => EventKind::RoleUpdated,
        };
        let states = (old, RoleSettings::from(&role));
        let states = (states.0.as_ref(), Some(&states.1));
        change.tell(kind, target_of(&role), states, About::default()).await?;
    }
    let meta = get(change, &server.id, &role.id).await?.meta;
    let body = RoleBody::new(&role, &meta, is_management(server));
    let saved = Saved {
        record: role,
        version: meta.version,
    };
    Ok((body, saved))
}
