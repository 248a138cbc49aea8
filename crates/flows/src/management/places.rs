//! Tenants and realms: made, changed and deleted. Events of a realm stand in the log of its tenant's realm `admin`; those of a
//! tenant also in the operator's.
use super::change::{About, refuse_if_any, target, unchanged};
use super::lists::{Listing, place};
use super::{Change, ManagementRefusal};
use crate::{Deps, install, revocations, setup};
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::ADMIN_REALM;
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::PageBody;
use grantor_protocol::management::place::{
    OPERATOR_TENANT, PlaceSettings, Realm, RealmBody, Tenant, TenantBody, check_place_id,
};
use grantor_protocol::management::record::Stored;
use grantor_store::revocations::Revoked;
use serde_json::Value;

/// A page of the tenants, newest first.
pub async fn list_tenants(deps: &Deps, query: &Params<'_>) -> Result<PageBody<TenantBody>, ManagementRefusal> {
    let key = RealmKey::new(OPERATOR_TENANT, ADMIN_REALM);
    let listing = Listing {
        key: &key,
        name: "tenants",
        of: "",
        operation: Operation::ListTenants,
    };
    let asked = listing.asked(deps, query)?;

    let found = deps.store.list_tenants(asked.wanted()).await?;
    let body = |stored: Stored<Tenant>| TenantBody::new(&stored.record, &stored.meta);
    Ok(listing.answer(deps, &asked, found, (place(|t: &Tenant| &t.id), body)))
}

/// One tenant.
pub async fn read_tenant(deps: &Deps, id: &str) -> Result<(TenantBody, i64), ManagementRefusal> {
    let found = deps.store.find_tenant(id).await?;
    let stored = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Tenant, id))?;
    Ok((TenantBody::new(&stored.record, &stored.meta), stored.meta.version))
}

/// Makes a tenant with what a first start makes of one: realm `admin`, the management application, an admin without a credential.
pub async fn create_tenant(change: &mut Change<'_>, members: &Members) -> Result<(TenantBody, i64), ManagementRefusal> {
    let (id, settings) = new_place(change, members, "tenant")?;
    let mut found = Vec::new();
    if change.tx.tenant(&id).await?.is_some() {
        found.push(Violation::new("id", "there is a tenant with this id"));
    }
    refuse_if_any("tenant", found)?;
    change.tx.insert_tenant(&id, &settings.display_name).await?;
    let admin = RealmKey::new(&*id, ADMIN_REALM);
    install::admin_realm(&change.tx, &admin).await?;
    let first = install::first_admin(&admin);
    let link = setup::link(change, &admin, &first).await?;
    if !settings.enabled {
        let tenant = Tenant {
            id: id.clone(),
            display_name: settings.display_name.clone(),
            enabled: false,
        };
        change.tx.update_tenant(&tenant).await?;
    }
    tell_of_tenant(change, EventKind::TenantCreated, &id, (None, Some(&settings))).await?;
    let (mut body, version) = tenant_body(change, &id).await?;
    body.setup_link = Some(format!("{}{link}", change.deps.settings.public_url));
    Ok((body, version))
}

/// Changes a tenant. A disabled one answers nobody but its operator.
pub async fn update_tenant(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
    members: &Members,
) -> Result<(TenantBody, i64), ManagementRefusal> {
    let stored = get_tenant(change, id).await?;
    unchanged(stored.meta.version, version)?;
    let before = PlaceSettings::from(&stored.record);
    let settings = changed(&before, members, "tenant")?;
    if id == OPERATOR_TENANT && !settings.enabled {
        let text = "the tenant that operates the installation cannot be disabled";
        return Err(ManagementRefusal::Conflict(text.into()));
    }
    if settings != before {
        let tenant = Tenant {
            id: id.to_owned(),
            display_name: settings.display_name.clone(),
            enabled: settings.enabled,
        };
        change.tx.update_tenant(&tenant).await?;
        tell_of_tenant(change, EventKind::TenantUpdated, id, (Some(&before), Some(&settings))).await?;
    }
    tenant_body(change, id).await
}

/// Deletes a tenant with all its realms.
pub async fn delete_tenant(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
) -> Result<(), ManagementRefusal> {
    let stored = get_tenant(change, id).await?;
    unchanged(stored.meta.version, version)?;
    let realms = change.tx.realms(id).await?;
    let mut serves_root = id == OPERATOR_TENANT;
    for key in &realms {
        serves_root |= change.tx.realm(key).await?.is_some_and(|r| r.record.serves_root);
    }
    if serves_root {
        let text = "the tenant operates the installation, or / serves a realm of it";
        return Err(ManagementRefusal::Conflict(text.into()));
    }
    for key in &realms {
        end_realm(change, key).await?;
    }
    change.tx.delete_tenant(id).await?;
    let before = PlaceSettings::from(&stored.record);
    tell_of_tenant(change, EventKind::TenantDeleted, id, (Some(&before), None)).await
}

/// A page of the realms of a tenant, newest first.
pub async fn list_realms(
    deps: &Deps,
    tenant: &str,
    query: &Params<'_>,
) -> Result<PageBody<RealmBody>, ManagementRefusal> {
    let key = RealmKey::new(tenant, ADMIN_REALM);
    let listing = Listing {
        key: &key,
        name: "realms",
        of: "",
        operation: Operation::ListRealms,
    };
    let asked = listing.asked(deps, query)?;

    // Of a tenant that is not there the operator is told so, and not that it is empty.
    read_tenant(deps, tenant).await?;
    let found = deps.store.list_realms(tenant, asked.wanted()).await?;
    let body = |stored: Stored<Realm>| RealmBody::new(&stored.record, &stored.meta);
    let place = place(|r: &Realm| &r.key.realm);
    Ok(listing.answer(deps, &asked, found, (place, body)))
}

/// One realm.
pub async fn read_realm(deps: &Deps, key: &RealmKey) -> Result<(RealmBody, i64), ManagementRefusal> {
    let found = deps.store.find_stored_realm(key).await?;
    let stored = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Realm, &key.realm))?;
    Ok((RealmBody::new(&stored.record, &stored.meta), stored.meta.version))
}

/// Makes a realm in the tenant of the change.
pub async fn create_realm(change: &mut Change<'_>, members: &Members) -> Result<(RealmBody, i64), ManagementRefusal> {
    let (id, settings) = new_place(change, members, "realm")?;
    let tenant = change.key.tenant.clone();
    get_tenant(change, &tenant).await?;
    let key = RealmKey::new(tenant, id);
    let mut found = Vec::new();
    if change.tx.realm(&key).await?.is_some() {
        found.push(Violation::new("id", "there is a realm with this id"));
    }
    refuse_if_any("realm", found)?;
    change.tx.insert_realm(&key, &settings.display_name, false).await?;
    if !settings.enabled {
        change.tx.update_realm(&realm(&key, &settings, false)).await?;
    }
    tell_of_realm(change, EventKind::RealmCreated, &key, (None, Some(&settings))).await?;
    realm_body(change, &key).await
}

/// Changes a realm. A disabled one answers nobody but its admins, who may enable it.
pub async fn update_realm(
    change: &mut Change<'_>,
    version: Option<i64>,
    members: &Members,
) -> Result<(RealmBody, i64), ManagementRefusal> {
    let key = change.key.clone();
    let stored = get_realm(change, &key).await?;
    unchanged(stored.meta.version, version)?;
    let before = PlaceSettings::from(&stored.record);
    let settings = changed(&before, members, "realm")?;
    if &*key.realm == ADMIN_REALM && !settings.enabled {
        let text = "realm admin cannot be disabled: nobody could enable it again";
        return Err(ManagementRefusal::Conflict(text.into()));
    }
    if settings != before {
        let after = realm(&key, &settings, stored.record.serves_root);
        change.tx.update_realm(&after).await?;
        tell_of_realm(change, EventKind::RealmUpdated, &key, (Some(&before), Some(&settings))).await?;
    }
    realm_body(change, &key).await
}

/// Deletes a realm with everything in it.
pub async fn delete_realm(change: &mut Change<'_>, version: Option<i64>) -> Result<(), ManagementRefusal> {
    let key = change.key.clone();
    let stored = get_realm(change, &key).await?;
    unchanged(stored.meta.version, version)?;
    if &*key.realm == ADMIN_REALM || stored.record.serves_root {
        let text = "realm admin, and the realm that / serves, cannot be deleted";
        return Err(ManagementRefusal::Conflict(text.into()));
    }
    end_realm(change, &key).await?;
    let before = PlaceSettings::from(&stored.record);
    tell_of_realm(change, EventKind::RealmDeleted, &key, (Some(&before), None)).await
}

/// Deletes a realm. What it issued stays ended, also for another one that gets its name and makes applications of the same names.
async fn end_realm(change: &Change<'_>, key: &RealmKey) -> Result<(), ManagementRefusal> {
    change.tx.delete_realm(key).await?;
    let ended = revocations::until_the_last_token_ends(Revoked::Realm, change.now());
    Ok(change.tx.revoke(key, &ended).await?)
}

fn realm(key: &RealmKey, settings: &PlaceSettings, serves_root: bool) -> Realm {
    Realm {
        key: key.clone(),
        display_name: settings.display_name.clone(),
        enabled: settings.enabled,
        serves_root,
    }
}

async fn get_tenant(change: &Change<'_>, id: &str) -> Result<Stored<Tenant>, ManagementRefusal> {
    let found = change.tx.tenant(id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Tenant, id))
}

async fn get_realm(change: &Change<'_>, key: &RealmKey) -> Result<Stored<Realm>, ManagementRefusal> {
    let found = change.tx.realm(key).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Realm, &key.realm))
}

async fn tenant_body(change: &Change<'_>, id: &str) -> Result<(TenantBody, i64), ManagementRefusal> {
    let stored = get_tenant(change, id).await?;
    Ok((TenantBody::new(&stored.record, &stored.meta), stored.meta.version))
}

async fn realm_body(change: &Change<'_>, key: &RealmKey) -> Result<(RealmBody, i64), ManagementRefusal> {
    let stored = get_realm(change, key).await?;
    Ok((RealmBody::new(&stored.record, &stored.meta), stored.meta.version))
}

/// The id of a new place may be given: it stands in every issuer of it. Else it is made.
fn new_place(change: &Change<'_>, members: &Members, at: &str) -> Result<(String, PlaceSettings), ManagementRefusal> {
    let refused = |v| ManagementRefusal::invalid(under(at, v));
    let id = match members.get("id") {
        None | Some(Value::Null) => change.new_id(),
        Some(Value::String(id)) => id.clone(),
        Some(_) => return Err(refused(vec![Violation::new("id", "wanted a string")])),
    };
    let settings = merged::<PlaceSettings>(None, members).map_err(refused)?;
    let mut found = check_place_id(&id);
    found.extend(settings.check());
    refuse_if_any(at, found)?;
    Ok((id, settings))
}

fn changed(before: &PlaceSettings, members: &Members, at: &str) -> Result<PlaceSettings, ManagementRefusal> {
    let settings = merged(Some(before), members).map_err(|v| ManagementRefusal::invalid(under(at, v)))?;
    refuse_if_any(at, settings.check())?;
    Ok(settings)
}

async fn tell_of_tenant(
    change: &mut Change<'_>,
    kind: EventKind,
    id: &str,
    states: (Option<&PlaceSettings>, Option<&PlaceSettings>),
) -> Result<(), ManagementRefusal> {
    let name = states
        .1
        .or(states.0)
        .map(|s| s.display_name.clone())
        .unwrap_or_default();
    let target = target(RecordKind::Tenant, id, &name);
    let operator = RealmKey::new(OPERATOR_TENANT, ADMIN_REALM);
    let own = RealmKey::new(id, ADMIN_REALM);
    if own != operator {
        change
            .tell_in(&own, kind, target.clone(), states, About::default())
            .await?;
    }
    change.tell_in(&operator, kind, target, states, About::default()).await
}

async fn tell_of_realm(
    change: &mut Change<'_>,
    kind: EventKind,
    key: &RealmKey,
    states: (Option<&PlaceSettings>, Option<&PlaceSettings>),
) -> Result<(), ManagementRefusal> {
    let name = states
        .1
        .or(states.0)
        .map(|s| s.display_name.clone())
        .unwrap_or_default();
    let target = target(RecordKind::Realm, &key.realm, &name);
    let log = RealmKey::new(&*key.tenant, ADMIN_REALM);
    change.tell_in(&log, kind, target, states, About::default()).await
}
