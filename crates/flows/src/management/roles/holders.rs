//! Who is in a role: users and groups, put in and taken out. Nobody gives what they do not have (O-245), and the last who may do
//! everything stays.
use super::super::change::{About, parse, refuse_if_any};
use super::super::{Change, ManagementRefusal, groups, resource_servers};
use super::{get, target_of};
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::management::merge::Members;
use grantor_protocol::management::role::Role;
use grantor_protocol::management::{RESERVED_IDENTIFIER, SUPER_ADMINISTRATORS_ID};
use grantor_protocol::resource_server::ResourceServer;
use grantor_store::roles::Holder;
use serde::Deserialize;

/// The users and groups of a request that adds or takes some.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holders {
    pub identity_ids: Vec<String>,
    pub group_ids: Vec<String>,
}

/// Puts users and groups into a role, or takes them out.
pub async fn change_members(
    change: &mut Change<'_>,
    (server, id): (&str, &str),
    (members, add): (&Members, bool),
) -> Result<(), ManagementRefusal> {
    let holders: Holders = parse(members)?;
    let role = get(change, server, id).await?.record;
    let server = resource_servers::get(change, server).await?.record;
    give_or_take(change, (&role, &server), (&holders, add), "").await
}

/// Puts a user into a role that is named by its id alone.
pub async fn put_user_into(change: &mut Change<'_>, id: &str, user: &str) -> Result<(), ManagementRefusal> {
    let found = change.tx.role(&change.key, id).await?;
    let role = found
        .ok_or_else(|| ManagementRefusal::missing(RecordKind::Role, id))?
        .record;
    let server = resource_servers::get(change, &role.resource_server).await?.record;
    let holders = Holders {
        identity_ids: vec![user.to_owned()],
        group_ids: Vec::new(),
    };
    give_or_take(change, (&role, &server), (&holders, true), "").await
}

/// The same for a role that was read.
pub(crate) async fn give_or_take(
    change: &mut Change<'_>,
    (role, server): (&Role, &ResourceServer),
    (holders, add): (&Holders, bool),
    at: &str,
) -> Result<(), ManagementRefusal> {
    check_holders(change, holders, at).await?;
    change.require(Some(server), &role.scopes)?;
    let administered = is_administered(change).await?;
    for user in &holders.identity_ids {
        give(change, role, (Holder::User(user), add)).await?;
    }
    for group in &holders.group_ids {
        give(change, role, (Holder::Group(group), add)).await?;
    }
    if add && server.identifier == RESERVED_IDENTIFIER {
        end_links(change, holders).await?;
    }
    still_administered(change, administered).await
}

/// Whoever made a link for somebody had to have as many rights as they had then, not as they get now.
async fn end_links(change: &Change<'_>, holders: &Holders) -> Result<(), ManagementRefusal> {
    let mut users = holders.identity_ids.clone();
    for id in &holders.group_ids {
        let group = groups::get(change, id).await?.record;
        users.extend(change.tx.members_of_group(&group).await?);
    }
    for user in users {
        change.tx.end_links(&change.key, &user).await?;
    }
    Ok(())
}

/// Whether the realm has a user who is enabled and may do everything, directly or by a group.
pub(in crate::management) async fn is_administered(change: &Change<'_>) -> Result<bool, ManagementRefusal> {
    let role = change.tx.role(&change.key, SUPER_ADMINISTRATORS_ID).await?;
    match role.filter(|r| r.record.is_managed) {
        Some(role) => Ok(change.tx.is_held(&role.record).await?),
        None => Ok(false),
    }
}

/// The last one is not taken, whether from the role, from a group, or from the realm.
pub(in crate::management) async fn still_administered(
    change: &Change<'_>,
    before: bool,
) -> Result<(), ManagementRefusal> {
    match before && !is_administered(change).await? {
        true => {
            let text = "nobody would be left who may do everything";
            Err(ManagementRefusal::Conflict(text.into()))
        }
        false => Ok(()),
    }
}

async fn check_holders(change: &Change<'_>, holders: &Holders, at: &str) -> Result<(), ManagementRefusal> {
    let mut found = Vec::new();
    for (i, id) in holders.identity_ids.iter().enumerate() {
        if change.tx.user(&change.key, id).await?.is_none() {
            let text = format!("there is no user {id} in this realm");
            found.push(Violation::new(format!("identity_ids[{i}]"), text));
        }
    }
    for (i, id) in holders.group_ids.iter().enumerate() {
        if change.tx.group(&change.key, id).await?.is_none() {
            let text = format!("there is no group {id} in this realm");
            found.push(Violation::new(format!("group_ids[{i}]"), text));
        }
    }
    refuse_if_any(at, found)
}

async fn give(
    change: &mut Change<'_>,
    role: &Role,
    (holder, add): (Holder<'_>, bool),
) -> Result<(), ManagementRefusal> {
    let changed = match add {
        true => change.tx.add_to_role(role, holder).await?,
        false => change.tx.remove_from_role(role, holder).await?,
    };
    if !changed {
        return Ok(());
    }
    let kind = match add {
        true => EventKind::RoleMemberAdded,
        false => EventKind::RoleMemberRemoved,
    };
    let about = match holder {
        Holder::User(user) => About {
            user: Some(user),
            detail: format!("identity {user}"),
            ..About::default()
        },
        Holder::Group(group) => About {
            detail: format!("group {group}"),
            ..About::default()
        },
    };
    change.tell::<()>(kind, target_of(role), (None, None), about).await
}
