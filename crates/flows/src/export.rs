//! A realm as the document that `grantor apply` takes: everything it can say, but no secret. Applied where it came from it changes
//! nothing.
use crate::management::roles::groups_in;
use crate::{Deps, Refusal};
use grantor_protocol::OAuthError;
use grantor_protocol::apply::Document;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::application::ApplicationSettings;
use grantor_protocol::management::group::GroupSettings;
use grantor_protocol::management::identity::IdentitySettings;
use grantor_protocol::management::merge::Members;
use grantor_protocol::management::record::Stored;
use grantor_protocol::management::role::RoleSettings;
use grantor_protocol::management::server::ResourceServerSettings;
use grantor_protocol::management::token_list::Position;
use grantor_store::clients::ClientFilter;
use grantor_store::people::UserFilter;
use grantor_store::{StoreError, Wanted};
use serde::Serialize;
use serde_json::Value;

/// Records read at once.
const PAGE: u64 = 200;

/// The document of a realm, each list by id; `None` when there is no such realm.
pub async fn export(deps: &Deps, key: &RealmKey) -> Result<Option<Document>, Refusal> {
    if deps.store.find_stored_realm(key).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(Document {
        tenant: key.tenant.to_string(),
        realm: key.realm.to_string(),
        managed_by: None,
        resource_servers: resource_servers(deps, key).await?,
        users: users(deps, key).await?,
        groups: groups(deps, key).await?,
        roles: roles(deps, key).await?,
        applications: applications(deps, key).await?,
    }))
}

async fn resource_servers(deps: &Deps, key: &RealmKey) -> Result<Vec<Members>, Refusal> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = deps.store.page_of_resource_servers(key, None, wanted(&after)).await?;
        for stored in page.iter().take(PAGE as usize) {
            let server = &stored.record;
            if !server.is_managed {
                all.push(entry(&server.id, &ResourceServerSettings::from(server))?);
            }
        }
        after = match next(&page, |s| &s.id) {
            Some(next) => Some(next),
            None => return Ok(sorted(all)),
        };
    }
}

async fn users(deps: &Deps, key: &RealmKey) -> Result<Vec<Members>, Refusal> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = deps
            .store
            .list_users(key, UserFilter::default(), wanted(&after))
            .await?;
        for stored in page.iter().take(PAGE as usize) {
            let user = &stored.record.user;
            all.push(entry(&user.id, &IdentitySettings::from(user))?);
        }
        after = match next(&page, |c| &c.user.id) {
            Some(next) => Some(next),
            None => return Ok(sorted(all)),
        };
    }
}

async fn groups(deps: &Deps, key: &RealmKey) -> Result<Vec<Members>, Refusal> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = deps.store.list_groups(key, None, wanted(&after)).await?;
        for stored in page.iter().take(PAGE as usize) {
            let group = &stored.record;
            let mut entry = entry(&group.id, &GroupSettings::from(group))?;
            entry.insert("members".into(), members_of_group(deps, key, &group.id).await?.into());
            all.push(entry);
        }
        after = match next(&page, |g| &g.id) {
            Some(next) => Some(next),
            None => return Ok(sorted(all)),
        };
    }
}

async fn members_of_group(deps: &Deps, key: &RealmKey, group: &str) -> Result<Vec<String>, StoreError> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = (all.last().map(String::as_str), PAGE);
        let page = deps.store.list_group_members(key, group, after).await?;
        let full = page.len() as u64 == PAGE;
        all.extend(page.into_iter().map(|s| s.record.user.id));
        if !full {
            return Ok(all);
        }
    }
}

/// Of a role of the server's own only who holds it.
async fn roles(deps: &Deps, key: &RealmKey) -> Result<Vec<Members>, Refusal> {
    let mut all = Vec::new();
    for server in deps.store.list_resource_servers(key).await? {
        let mut after = None;
        loop {
            let page = deps.store.list_roles(key, &server.id, None, wanted(&after)).await?;
            for stored in page.iter().take(PAGE as usize) {
                let role = &stored.record;
                let mut entry = match role.is_managed {
                    true => Members::from_iter([("id".to_owned(), Value::from(role.id.as_str()))]),
                    false => entry(&role.id, &RoleSettings::from(role))?,
                };
                entry.insert("resource_server_id".into(), server.id.as_str().into());
                entry.insert("members".into(), users_in_role(deps, key, &role.id).await?.into());
                entry.insert("groups".into(), groups_in(deps, key, &role.id).await?.into());
                all.push(entry);
            }
            after = match next(&page, |r| &r.id) {
                Some(next) => Some(next),
                None => break,
            };
        }
    }
    Ok(sorted(all))
}

async fn users_in_role(deps: &Deps, key: &RealmKey, role: &str) -> Result<Vec<String>, StoreError> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = (all.last().map(String::as_str), PAGE);
        let page = deps.store.list_role_users(key, role, after).await?;
        let full = page.len() as u64 == PAGE;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

async fn applications(deps: &Deps, key: &RealmKey) -> Result<Vec<Members>, Refusal> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = deps
            .store
            .list_clients(key, ClientFilter::default(), wanted(&after))
            .await?;
        for stored in page.iter().take(PAGE as usize) {
            let client = &stored.record;
            if client.is_managed {
                continue;
            }
            let mut entry = entry(&client.id, &ApplicationSettings::from(client))?;
            entry.insert("client_id".into(), client.client_id.as_str().into());
            all.push(entry);
        }
        after = match next(&page, |c| &c.id) {
            Some(next) => Some(next),
            None => return Ok(sorted(all)),
        };
    }
}

fn wanted(after: &Option<Position>) -> Wanted<'_> {
    Wanted::page(after.as_ref(), PAGE)
}

/// Where the next page begins, when this one was full.
fn next<T>(page: &[Stored<T>], id: impl Fn(&T) -> &String) -> Option<Position> {
    let last = page.get(PAGE as usize - 1).filter(|_| page.len() as u64 > PAGE)?;
    Some(Position {
        issued_at: last.meta.created_at,
        id: id(&last.record).clone(),
    })
}

/// The settings under the record's id; what has no value is left out, because a document cannot say `null`.
fn entry<T: Serialize>(id: &str, settings: &T) -> Result<Members, Refusal> {
    let value = serde_json::to_value(settings).map_err(|e| OAuthError::server_error(e.to_string()))?;
    let mut entry = Members::from_iter([("id".to_owned(), Value::from(id))]);
    if let Value::Object(members) = without_nulls(value) {
        entry.extend(members);
    }
    Ok(entry)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, v)| !v.is_null());
            Value::Object(kept.map(|(name, v)| (name, without_nulls(v))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_nulls).collect()),
        value => value,
    }
}

fn sorted(mut all: Vec<Members>) -> Vec<Members> {
    all.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
    all
}
