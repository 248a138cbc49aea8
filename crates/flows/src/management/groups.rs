//! Groups: made, changed, deleted, and who is in them, by whatever door.
use super::change::{About, parse, refuse_if_any, target, unchanged};
use super::lists::{Listing, after, place};
use super::{Change, ManagementRefusal, Saved, identities, roles};
use crate::Deps;
use crate::page_token::{self, List};
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::group::{Group, GroupBody, GroupSettings};
use grantor_protocol::management::identity::IdentityBody;
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{Page, PageBody, PageRequest};
use grantor_protocol::management::record::{Stored, check_id};
use grantor_protocol::management::token_list::Position;
use grantor_store::events::Target;
use grantor_store::people::UserCredential;
use grantor_store::roles::Holder;
use serde::Deserialize;

/// A page of the realm's groups, newest first.
pub async fn list(deps: &Deps, key: &RealmKey, query: &Params<'_>) -> Result<PageBody<GroupBody>, ManagementRefusal> {
    let listing = Listing {
        key,
        name: "groups",
        of: "",
        operation: Operation::ListGroups,
    };
    let asked = listing.asked(deps, query)?;

    let found = deps.store.list_groups(key, asked.filter(0), asked.wanted()).await?;
    let body = |stored: Stored<Group>| GroupBody::new(&stored.record, &stored.meta);
    Ok(listing.answer(deps, &asked, found, (place(|g: &Group| &g.id), body)))
}

/// A page of the groups a user is in, newest first.
pub async fn of_user(
    deps: &Deps,
    (key, user): (&RealmKey, &str),
    query: &Params<'_>,
) -> Result<PageBody<GroupBody>, ManagementRefusal> {
    identities::read(deps, key, user).await?;
    let listing = Listing {
        key,
        name: "groups",
        of: user,
        operation: Operation::ListIdentityGroups,
    };
    let asked = listing.asked(deps, query)?;

    let found = deps.store.list_groups_of(key, user, asked.wanted()).await?;
    let body = |stored: Stored<Group>| GroupBody::new(&stored.record, &stored.meta);
    Ok(listing.answer(deps, &asked, found, (place(|g: &Group| &g.id), body)))
}

/// One group.
pub async fn read(deps: &Deps, key: &RealmKey, id: &str) -> Result<(GroupBody, i64), ManagementRefusal> {
    let found = deps.store.find_group(key, id).await?;
    let stored = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Group, id))?;
    Ok((GroupBody::new(&stored.record, &stored.meta), stored.meta.version))
}

/// A page of the users in a group, by id.
pub async fn members(
    deps: &Deps,
    (key, id): (&RealmKey, &str),
    query: &Params<'_>,
) -> Result<PageBody<IdentityBody>, ManagementRefusal> {
    read(deps, key, id).await?;
    let now = deps.clock.now();
    let request = PageRequest::parse(query, &[]).map_err(ManagementRefusal::Invalid)?;
    let of = format!("members of group\n{id}");
    let list = List {
        key,
        of: &of,
        filter: "",
    };
    let behind = after(deps, &list, request.token, now)?;
    let wanted = (behind.as_ref().map(|p| p.id.as_str()), request.size + 1);
    let found = deps.store.list_group_members(key, id, wanted).await?;
    let page = Page::cut(found, request.size, |s: &Stored<UserCredential>| Position {
        issued_at: UnixMillis(0),
        id: s.record.user.id.clone(),
    });
    Ok(PageBody {
        next_page_token: page.next.as_ref().map(|p| page_token::make(deps, &list, p, now)),
        list: [("identities", page.records.into_iter().map(identities::body).collect())].into(),
    })
}

/// Makes a group. Only a document gives its id.
pub async fn create(
    change: &mut Change<'_>,
    (members, id): (&Members, Option<String>),
    at: &str,
) -> Result<(GroupBody, Saved<Group>), ManagementRefusal> {
    let mut found = Vec::new();
    let id = id.unwrap_or_else(|| change.new_id());
    check_id("id", &id, &mut found);
    if change.tx.group(&change.key, &id).await?.is_some() {
        found.push(Violation::new("id", "another group has this id"));
    }
    save(change, None, (id, members), (at, found)).await
}

/// Changes what `members` name of a group.
pub async fn update(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
    members: &Members,
    at: &str,
) -> Result<(GroupBody, Saved<Group>), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    // Documents and people know a group by its name: who takes the name of the admins' group gets what is given to it.
    identities::may_touch(change, Holder::Group(id)).await?;
    save(change, Some(stored.record), (id.to_owned(), members), (at, Vec::new())).await
}

/// Deletes a group. Its members stay, without the roles it gave them.
pub async fn delete(change: &mut Change<'_>, (id, version): (&str, Option<i64>)) -> Result<(), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    let group = stored.record;
    identities::may_touch(change, Holder::Group(id)).await?;
    let administered = roles::is_administered(change).await?;
    change.tx.delete_group(&group).await?;
    roles::still_administered(change, administered).await?;
    let before = GroupSettings::from(&group);
    change
        .tell(
            EventKind::GroupDeleted,
            target_of(&group),
            (Some(&before), None),
            About::default(),
        )
        .await
}

/// The users of a request that adds or takes some.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Users {
    identity_ids: Vec<String>,
}

/// Puts users into a group, or takes them out.
pub async fn change_members(
    change: &mut Change<'_>,
    id: &str,
    (members, add): (&Members, bool),
) -> Result<(), ManagementRefusal> {
    let users: Users = parse(members)?;
    let group = get(change, id).await?.record;
    put_or_take(change, &group, (&users.identity_ids, add), "").await
}

/// The same for a group that was read. Whoever puts a user into a group gives them its roles.
pub(crate) async fn put_or_take(
    change: &mut Change<'_>,
    group: &Group,
    (users, add): (&[String], bool),
    at: &str,
) -> Result<(), ManagementRefusal> {
    let mut found = Vec::new();
    for (i, user) in users.iter().enumerate() {
        if change.tx.user(&change.key, user).await?.is_none() {
            let text = format!("there is no user {user} in this realm");
            found.push(Violation::new(format!("identity_ids[{i}]"), text));
        }
    }
    refuse_if_any(at, found)?;
    identities::may_touch(change, Holder::Group(&group.id)).await?;
    let carries_rights = !identities::rights_of(change, Holder::Group(&group.id))
        .await?
        .is_empty();
    let administered = roles::is_administered(change).await?;
    for user in users {
        let changed = match add {
            true => change.tx.add_to_group(group, user).await?,
            false => change.tx.remove_from_group(group, user).await?,
        };
        if !changed {
            continue;
        }
        if add && carries_rights {
            // Whoever made a link for them had to have as many rights as they had then.
            change.tx.end_links(&change.key, user).await?;
        }
        let kind = match add {
            true => EventKind::GroupMemberAdded,
            false => EventKind::GroupMemberRemoved,
        };
        let about = About {
            user: Some(user),
            detail: format!("identity {user}"),
            ..About::default()
        };
        change.tell::<()>(kind, target_of(group), (None, None), about).await?;
    }
    roles::still_administered(change, administered).await
}

pub(crate) async fn get(change: &Change<'_>, id: &str) -> Result<Stored<Group>, ManagementRefusal> {
    let found = change.tx.group(&change.key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::Group, id))
}

fn target_of(group: &Group) -> Target {
    target(RecordKind::Group, &group.id, &group.display_name)
}

async fn save(
    change: &mut Change<'_>,
    before: Option<Group>,
    (id, members): (String, &Members),
    (at, mut found): (&str, Vec<Violation>),
) -> Result<(GroupBody, Saved<Group>), ManagementRefusal> {
    let old = before.as_ref().map(GroupSettings::from);
    let merged = merged::<GroupSettings>(old.as_ref(), members);
    let settings = merged.map_err(|v| ManagementRefusal::invalid(under(at, v)))?;
    found.extend(settings.check());
    let group = settings.onto(change.key.clone(), id);
    let named = change.tx.group_named(&change.key, &group.display_name).await?;
    if named.is_some_and(|other| other.record.id != group.id) {
        found.push(Violation::new("display_name", "another group has this name"));
    }
    refuse_if_any(at, found)?;
    change.tx.save_group(&group).await?;
    if before.as_ref() != Some(&group) {
        let kind = match before {
            None => EventKind::GroupCreated,
            Some(_) => EventKind::GroupUpdated,
        };
        let new = GroupSettings::from(&group);
        let states = (old.as_ref(), Some(&new));
        change.tell(kind, target_of(&group), states, About::default()).await?;
    }
    let meta = get(change, &group.id).await?.meta;
    let body = GroupBody::new(&group, &meta);
    let saved = Saved {
        record: group,
        version: meta.version,
    };
    Ok((body, saved))
}
