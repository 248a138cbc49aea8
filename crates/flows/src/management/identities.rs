//! Users: made, changed, signed out and deleted, by whatever door.
use super::change::{About, refuse_if_any, target, unchanged};
use super::lists::Listing;
use super::{Change, ManagementRefusal, Requester, Saved, roles};
use crate::{Deps, setup};
use grantor_protocol::account::{LINK_SECONDS, password_names};
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::RESERVED_IDENTIFIER;
use grantor_protocol::management::identity::{IdentityBody, IdentitySettings, check_password, take_password};
use grantor_protocol::management::merge::{Members, merged, under};
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::{PageBody, flag};
use grantor_protocol::management::record::{Stored, check_id};
use grantor_protocol::management::session::{SessionBody, SetupLinkBody};
use grantor_protocol::management::token_list::Position;
use grantor_protocol::user::User;
use grantor_store::StoreError;
use grantor_store::events::Target;
use grantor_store::people::{UserCredential, UserFilter};
use grantor_store::revocations::Revoked;
use grantor_store::roles::Holder;
use grantor_store::sessions::ListedSession;
use serde_json::Value;

/// What the API calls the record in violations.
pub const NAME: &str = "identity";

/// A page of the realm's users, newest first.
pub async fn list(
    deps: &Deps,
    key: &RealmKey,
    query: &Params<'_>,
) -> Result<PageBody<IdentityBody>, ManagementRefusal> {
    let listing = Listing {
        key,
        name: "identities",
        of: "",
        operation: Operation::ListIdentities,
    };
    let asked = listing.asked(deps, query)?;
    let filter = UserFilter {
        username: asked.filter(0),
        email: asked.filter(1),
        enabled: flag("enabled", asked.filter(2)).map_err(ManagementRefusal::Invalid)?,
    };
    let found = deps.store.list_users(key, filter, asked.wanted()).await?;
    let place = |s: &Stored<UserCredential>| Position {
        issued_at: s.meta.created_at,
        id: s.record.user.id.clone(),
    };
    Ok(listing.answer(deps, &asked, found, (place, body)))
}

/// One user.
pub async fn read(deps: &Deps, key: &RealmKey, id: &str) -> Result<(IdentityBody, i64), ManagementRefusal> {
    let found = deps.store.find_stored_user(key, id).await?;
    let stored = found.ok_or_else(|| ManagementRefusal::missing(RecordKind::User, id))?;
    let version = stored.meta.version;
    Ok((body(stored), version))
}

pub(super) fn body(stored: Stored<UserCredential>) -> IdentityBody {
    let Stored { record, meta } = stored;
    IdentityBody::new(&record.user, &meta, record.password_hash.is_some())
}

/// A password of a request, hashed: slow, so it is done before the transaction holds the database.
#[derive(Clone, Default)]
pub struct NewPassword(Option<String>);

/// Takes the password out of `members`, judges it for the user it is for (`None`: a new one), and hashes it.
pub async fn take_new_password(
    deps: &Deps,
    (key, id): (&RealmKey, Option<&str>),
    members: &mut Members,
    at: &str,
) -> Result<NewPassword, ManagementRefusal> {
    let refused = |v| ManagementRefusal::invalid(under(at, v));
    let Some(password) = take_password(members).map_err(refused)? else {
        return Ok(NewPassword(None));
    };
    let stored = match id {
        Some(id) => deps.store.find_user(key, id).await?,
        None => None,
    };
    refuse_if_any(at, judge_password(&password, stored.as_ref(), members))?;
    hash(deps, password).await
}

/// Judges a new password by the names of the account: those there are, and those it gets.
pub(crate) fn judge_password(password: &str, stored: Option<&User>, members: &Members) -> Vec<Violation> {
    let text = |members: &Members, name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let profile = members.get("profile").and_then(Value::as_object);
    let given = password_names(
        text(members, "username").as_deref().unwrap_or_default(),
        text(members, "email").as_deref(),
        profile.and_then(|p| text(p, "name")).as_deref(),
    );
    let present = stored.map(|u| password_names(&u.username, u.email.as_deref(), u.profile.name.as_deref()));
    let names: Vec<String> = given.into_iter().chain(present.into_iter().flatten()).collect();
    check_password(password, &names)
}

/// Where a user is signed in.
pub async fn sessions(deps: &Deps, key: &RealmKey, id: &str) -> Result<PageBody<SessionBody>, ManagementRefusal> {
    read(deps, key, id).await?;
    let now = deps.clock.now();
    let idle_since = now.plus_seconds(-deps.settings.session_idle_seconds);
    let found = deps.store.list_sessions(key, id, (idle_since, now)).await?;
    let body = |session: ListedSession| SessionBody {
        sid: session.session.sid,
        address: session.address,
        user_agent: session.agent,
        amr: session.session.amr,
        signed_in_at: session.session.auth_time.rfc3339(),
        last_seen_at: session.last_seen_at.rfc3339(),
        expires_at: session.expires_at.rfc3339(),
    };
    Ok(PageBody {
        list: [("sessions", found.into_iter().map(body).collect())].into(),
        next_page_token: None,
    })
}

/// Makes a one-time link with which the user sets a password. Whoever has it has the account: it is for those to make who may
/// touch the user.
pub async fn setup_link(
    deps: &Deps,
    (key, id): (&RealmKey, &str),
    requester: &Requester,
) -> Result<SetupLinkBody, ManagementRefusal> {
    let Some(path) = setup::make_link(deps, key, id, requester).await? else {
        return Err(ManagementRefusal::Conflict("the user is disabled".into()));
    };
    Ok(SetupLinkBody {
        url: format!("{}{path}", deps.settings.public_url),
        expires_at: deps.clock.now().plus_seconds(LINK_SECONDS).rfc3339(),
    })
}

/// Hashes a password that was judged.
pub(crate) async fn hash(deps: &Deps, password: String) -> Result<NewPassword, ManagementRefusal> {
    let hash = deps.passwords.hash(password, deps.random()).await?;
    match hash {
        Some(hash) => Ok(NewPassword(Some(hash))),
        None => Err(super::change::server_error("a password could not be hashed")),
    }
}

/// Makes a user. Only a document gives the id.
pub async fn create(
    change: &mut Change<'_>,
    (members, password): (&Members, NewPassword),
    id: Option<String>,
    at: &str,
) -> Result<(IdentityBody, Saved<User>), ManagementRefusal> {
    let mut found = Vec::new();
    let id = id.unwrap_or_else(|| change.new_id());
    check_id("id", &id, &mut found);
    if change.tx.user(&change.key, &id).await?.is_some() {
        found.push(Violation::new("id", "another user has this id"));
    }
    save(change, None, (id, members, password), (at, found)).await
}

/// Changes what `members` name of a user. A new password, or being disabled, ends the sessions.
pub async fn update(
    change: &mut Change<'_>,
    (id, version): (&str, Option<i64>),
    (members, password): (&Members, NewPassword),
    at: &str,
) -> Result<(IdentityBody, Saved<User>), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    may_touch(change, Holder::User(id)).await?;
    let before = Some(stored.record.user);
    save(change, before, (id.to_owned(), members, password), (at, Vec::new())).await
}

/// Deletes a user. Sessions, codes, grants and tokens end; the log keeps the name.
pub async fn delete(change: &mut Change<'_>, (id, version): (&str, Option<i64>)) -> Result<(), ManagementRefusal> {
    let stored = get(change, id).await?;
    unchanged(stored.meta.version, version)?;
    may_touch(change, Holder::User(id)).await?;
    let user = stored.record.user;
    let administered = roles::is_administered(change).await?;
    change.tx.end_sessions(&change.key, id).await?;
    change.end_tokens(Revoked::User(id.to_owned())).await?;
    change.tx.delete_user(&change.key, id).await?;
    roles::still_administered(change, administered).await?;
    let before = IdentitySettings::from(&user);
    let about = About {
        user: Some(id),
        ..About::default()
    };
    change
        .tell(EventKind::UserDeleted, target_of(&user), (Some(&before), None), about)
        .await
}

/// Signs a user out everywhere: sessions, codes, and everything that was issued for them until now, offline access included.
pub async fn sign_out(change: &mut Change<'_>, id: &str) -> Result<(), ManagementRefusal> {
    let user = get(change, id).await?.record.user;
    may_touch(change, Holder::User(id)).await?;
    change.tx.end_sessions(&change.key, id).await?;
    change.end_tokens(Revoked::User(id.to_owned())).await?;
    let about = About {
        user: Some(id),
        ..About::default()
    };
    change
        .tell::<()>(EventKind::SessionsEnded, target_of(&user), (None, None), about)
        .await
}

/// Whoever holds management rights, directly or by a group, is for those to touch who have as many: a new password or a new
/// address of somebody higher would be their rights (O-245, O-248).
pub(crate) async fn may_touch(change: &Change<'_>, holder: Holder<'_>) -> Result<(), ManagementRefusal> {
    match change
        .requester
        .rights
        .cover::<String>(&rights_of(change, holder).await?)
    {
        true => Ok(()),
        false => Err(super::change::not_covered()),
    }
}

/// The management scopes somebody holds.
pub(super) async fn rights_of(change: &Change<'_>, holder: Holder<'_>) -> Result<Vec<String>, StoreError> {
    let (tx, key) = (&change.tx, &change.key);
    let Some(management) = tx.resource_server_identified(key, RESERVED_IDENTIFIER).await? else {
        return Ok(Vec::new());
    };
    let roles = tx.roles_of((key, &management.record.id), holder).await?;
    Ok(roles.into_iter().flat_map(|r| r.record.scopes).collect())
}

pub(crate) async fn get(change: &Change<'_>, id: &str) -> Result<Stored<UserCredential>, ManagementRefusal> {
    let found = change.tx.user(&change.key, id).await?;
    found.ok_or_else(|| ManagementRefusal::missing(RecordKind::User, id))
}

pub(super) fn target_of(user: &User) -> Target {
    target(RecordKind::User, &user.id, &user.username)
}

async fn save(
    change: &mut Change<'_>,
    before: Option<User>,
    (id, members, NewPassword(hash)): (String, &Members, NewPassword),
    (at, mut found): (&str, Vec<Violation>),
) -> Result<(IdentityBody, Saved<User>), ManagementRefusal> {
    let old = before.as_ref().map(IdentitySettings::from);
    let merged = merged::<IdentitySettings>(old.as_ref(), members);
    let settings = merged.map_err(|v| ManagementRefusal::invalid(under(at, v)))?;
    found.extend(settings.check());
    let mut user = settings.onto(change.key.clone(), id);
    let has_moved = before.as_ref().is_some_and(|b| b.email != user.email);
    if has_moved && !members.contains_key("email_verified") {
        // Nobody has verified the new one.
        user.email_verified = false;
    }
    check_taken(change, &user, &mut found).await?;
    refuse_if_any(at, found)?;
    let new_password = hash.is_some();
    let administered = roles::is_administered(change).await?;
    change.tx.save_user(&user, hash).await?;
    roles::still_administered(change, administered).await?;
    let disabled = before.as_ref().is_some_and(|b| b.enabled) && !user.enabled;
    if before.is_some() && (disabled || new_password) {
        change.tx.end_sessions(&change.key, &user.id).await?;
    }
    if disabled {
        change.end_tokens(Revoked::User(user.id.clone())).await?;
    }
    tell(change, (before.as_ref(), &user), new_password).await?;
    let stored = get(change, &user.id).await?;
    let saved = Saved {
        record: user,
        version: stored.meta.version,
    };
    Ok((body(stored), saved))
}

/// A user name and an address name one user each, also across: people sign in by either, so that whoever is called like another
/// one's address would get what is meant for them; and applications may name users by either.
async fn check_taken(change: &Change<'_>, user: &User, found: &mut Vec<Violation>) -> Result<(), ManagementRefusal> {
    let (tx, key) = (&change.tx, &change.key);
    let mut names = vec![("username", &user.username)];
    names.extend(user.email.as_ref().map(|email| ("email", email)));
    for (field, name) in names {
        let (named, addressed) = (tx.user_named(key, name).await?, tx.user_with_email(key, name).await?);
        let is_other = |other: &Stored<UserCredential>| other.record.user.id != user.id;
        if named.iter().chain(&addressed).any(is_other) {
            found.push(Violation::new(
                field,
                "another user has this user name or e-mail address",
            ));
        }
    }
    Ok(())
}

async fn tell(
    change: &mut Change<'_>,
    (before, user): (Option<&User>, &User),
    new_password: bool,
) -> Result<(), ManagementRefusal> {
    let about = || About {
        user: Some(&user.id),
        ..About::default()
    };
    if before != Some(user) {
        let kind = match before {
            None => EventKind::UserCreated,
            Some(_) => EventKind::UserUpdated,
        };
        let states = (before.map(IdentitySettings::from), IdentitySettings::from(user));
        let states = (states.0.as_ref(), Some(&states.1));
        change.tell(kind, target_of(user), states, about()).await?;
    }
    if new_password && before.is_some() {
        change
            .tell::<()>(EventKind::PasswordSet, target_of(user), (None, None), about())
            .await?;
    }
    Ok(())
}
