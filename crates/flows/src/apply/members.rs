//! Who is in a group or a role, where the document says so: exactly those it names, by id or by name.
use crate::management::roles::Holders;
use crate::management::{Change, ManagementRefusal, groups, resource_servers, roles};
use grantor_protocol::client::Violation;
use grantor_protocol::management::group::Group;
use grantor_protocol::management::merge::under;
use grantor_protocol::management::role::Role;
use std::collections::HashSet;

type Refused = ManagementRefusal;

pub(super) async fn of_group(
    change: &mut Change<'_>,
    group: &Group,
    (named, at): (&[String], &str),
) -> Result<(), Refused> {
    let wanted = users(change, named, at).await?;
    let present = change.tx.members_of_group(group).await?;
    let (added, removed) = differing(&wanted, &present);
    if !added.is_empty() {
        groups::put_or_take(change, group, (&added, true), at).await?;
    }
    if !removed.is_empty() {
        groups::put_or_take(change, group, (&removed, false), at).await?;
    }
    Ok(())
}

/// `None` leaves who is there.
pub(super) async fn of_role(
    change: &mut Change<'_>,
    role: &Role,
    (named_users, named_groups): (Option<Vec<String>>, Option<Vec<String>>),
    at: &str,
) -> Result<(), Refused> {
    let (present_users, present_groups) = change.tx.holders_of_role(role).await?;
    let wanted_users = match named_users {
        Some(named) => users(change, &named, at).await?,
        None => present_users.clone(),
    };
    let wanted_groups = match named_groups {
        Some(named) => groups_named(change, &named, at).await?,
        None => present_groups.clone(),
    };
    let (new_users, old_users) = differing(&wanted_users, &present_users);
    let (new_groups, old_groups) = differing(&wanted_groups, &present_groups);
    let server = resource_servers::get(change, &role.resource_server).await?.record;
    for (identity_ids, group_ids, add) in [(new_users, new_groups, true), (old_users, old_groups, false)] {
        let holders = Holders {
            identity_ids,
            group_ids,
        };
        if !holders.identity_ids.is_empty() || !holders.group_ids.is_empty() {
            roles::give_or_take(change, (role, &server), (&holders, add), at).await?;
        }
    }
    Ok(())
}

/// Those wanted that are not there, and those there that are not wanted.
fn differing(wanted: &[String], present: &[String]) -> (Vec<String>, Vec<String>) {
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let others: HashSet<&String> = others.iter().collect();
        all.iter().filter(|id| !others.contains(id)).cloned().collect()
    };
    (without(wanted, present), without(present, wanted))
}

async fn users(change: &Change<'_>, named: &[String], at: &str) -> Result<Vec<String>, Refused> {
    let mut ids = Vec::with_capacity(named.len());
    let mut found = Vec::new();
    for (i, name) in named.iter().enumerate() {
        let by_id = change.tx.user(&change.key, name).await?;
        let user = match by_id {
            Some(user) => Some(user),
            None => change.tx.user_named(&change.key, name).await?,
        };
        match user {
            Some(user) => ids.push(user.record.user.id),
            None => found.push(Violation::new(
                format!("members[{i}]"),
                format!("there is no user {name}"),
            )),
        }
    }
    match found.is_empty() {
        true => Ok(ids),
        false => Err(Refused::invalid(under(at, found))),
    }
}

async fn groups_named(change: &Change<'_>, named: &[String], at: &str) -> Result<Vec<String>, Refused> {
    let mut ids = Vec::with_capacity(named.len());
    let mut found = Vec::new();
    for (i, name) in named.iter().enumerate() {
        let by_id = change.tx.group(&change.key, name).await?;
        let group = match by_id {
            Some(group) => Some(group),
            None => change.tx.group_named(&change.key, name).await?,
        };
        match group {
            Some(group) => ids.push(group.record.id),
            None => found.push(Violation::new(
                format!("groups[{i}]"),
                format!("there is no group {name}"),
            )),
        }
    }
    match found.is_empty() {
        true => Ok(ids),
        false => Err(Refused::invalid(under(at, found))),
    }
}
