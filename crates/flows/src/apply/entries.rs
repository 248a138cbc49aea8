//! One entry of a document: which record it means, its settings, and what hangs on it.
use super::{ApplyError, members};
use crate::Deps;
use crate::management::change::{About, target};
use crate::management::identities::NewPassword;
use crate::management::{Change, ManagementRefusal, applications, groups, identities, resource_servers, roles};
use grantor_protocol::apply::{Document, IntrospectionCredential, MAX_PASSWORD, at, check_secret, take, take_name};
use grantor_protocol::client::Violation;
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::management::identity::take_password;
use grantor_protocol::management::merge::{Members, under};
use grantor_protocol::management::record::check_id;
use grantor_protocol::resource_server::ResourceServer;
use grantor_store::events::Target;
use grantor_store::people::UserCredential;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Refused = ManagementRefusal;

/// An entry under way.
pub(super) struct Entry<'a> {
    pub(super) at: &'a str,
    pub(super) members: Members,
    /// The set that owns it from now on.
    pub(super) owner: Option<&'a str>,
}

impl Entry<'_> {
    fn take<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Refused> {
        take(&mut self.members, name).map_err(|v| self.refuse(v))
    }

    fn name(&mut self, name: &str) -> Result<String, Refused> {
        take_name(&mut self.members, name).map_err(|v| self.refuse(v))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    fn refuse(&self, found: Vec<Violation>) -> Refused {
        Refused::invalid(under(self.at, found))
    }

    /// A record belongs to one set of documents. `was`: whose it was, when it was there. Taking one over is a change like others.
    async fn own(&self, change: &mut Change<'_>, of: Target, was: Option<Option<String>>) -> Result<(), Refused> {
        let Some(new) = self.owner else { return Ok(()) };
        match was {
            Some(Some(old)) if new != old => {
                let text = format!("{old} owns this {}", of.kind);
                return Err(self.refuse(vec![Violation::new("id", text)]));
            }
            Some(Some(_)) => return Ok(()),
            Some(None) | None => change.tx.own(&change.key, (of.kind, &of.id), Some(new)).await?,
        }
        if was.is_some() {
            let states = (json!({ "managed_by": null }), json!({ "managed_by": new }));
            change
                .tell(
                    updated(of.kind),
                    of,
                    (Some(&states.0), Some(&states.1)),
                    About::default(),
                )
                .await?;
        }
        Ok(())
    }
}

fn updated(kind: RecordKind) -> EventKind {
    match kind {
        RecordKind::ResourceServer => EventKind::ResourceServerUpdated,
        RecordKind::User => EventKind::UserUpdated,
        RecordKind::Group => EventKind::GroupUpdated,
        RecordKind::Role => EventKind::RoleUpdated,
        _ => EventKind::ApplicationUpdated,
    }
}

pub(super) async fn resource_server(change: &mut Change<'_>, mut entry: Entry<'_>) -> Result<String, Refused> {
    let id = entry.name("id")?;
    let credentials: Vec<IntrospectionCredential> = entry.take("introspection")?.unwrap_or_default();
    let stored = change.tx.resource_server(&change.key, &id).await?;
    let owner = stored.as_ref().map(|s| s.meta.managed_by.clone());
    let (_, saved) = match stored {
        Some(_) => resource_servers::update(change, (&id, None), &entry.members, entry.at).await?,
        None => resource_servers::create(change, (&entry.members, Some(id.clone())), entry.at).await?,
    };
    for (i, credential) in credentials.iter().enumerate() {
        check_credential(change, &saved.record, (credential, i), &entry).await?;
        let pair = (credential.id.as_str(), credential.secret.as_str());
        resource_servers::add_credential(change, &saved.record, pair).await?;
    }
    let of = target(RecordKind::ResourceServer, &id, &saved.record.display_name);
    entry.own(change, of, owner).await?;
    Ok(id)
}

async fn check_credential(
    change: &Change<'_>,
    server: &ResourceServer,
    (credential, i): (&IntrospectionCredential, usize),
    entry: &Entry<'_>,
) -> Result<(), Refused> {
    let at = format!("introspection[{i}]");
    let mut found = check_secret(&format!("{at}.secret"), &credential.secret);
    check_id(&format!("{at}.id"), &credential.id, &mut found);
    let owner = change.tx.owner_of_credential(&change.key, &credential.id).await?;
    if owner.is_some_and(|owner| owner != server.id) {
        let text = format!("{} belongs to another resource server", credential.id);
        found.push(Violation::new(format!("{at}.id"), text));
    }
    if change.tx.client_named(&change.key, &credential.id).await?.is_some() {
        let text = format!("{} is the client_id of an application", credential.id);
        found.push(Violation::new(format!("{at}.id"), text));
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(entry.refuse(found)),
    }
}

pub(super) async fn user(
    change: &mut Change<'_>,
    mut entry: Entry<'_>,
    password: NewPassword,
) -> Result<String, Refused> {
    entry.members.remove("password");
    let id: Option<String> = entry.take("id")?;
    let stored = match (&id, entry.text("username")) {
        (Some(id), _) => change.tx.user(&change.key, id).await?,
        (None, Some(name)) => change.tx.user_named(&change.key, name).await?,
        (None, None) => None,
    };
    let owner = stored.as_ref().map(|s| s.meta.managed_by.clone());
    let given = (&entry.members, password);
    let (_, saved) = match stored {
        Some(stored) => {
            let id = stored.record.user.id;
            identities::update(change, (&id, None), given, entry.at).await?
        }
        None => identities::create(change, given, id, entry.at).await?,
    };
    let of = target(RecordKind::User, &saved.record.id, &saved.record.username);
    let id = saved.record.id;
    entry.own(change, of, owner).await?;
    Ok(id)
}

pub(super) async fn group(change: &mut Change<'_>, mut entry: Entry<'_>) -> Result<String, Refused> {
    let id: Option<String> = entry.take("id")?;
    let users: Option<Vec<String>> = entry.take("members")?;
    let stored = match (&id, entry.text("display_name")) {
        (Some(id), _) => change.tx.group(&change.key, id).await?,
        (None, Some(name)) => change.tx.group_named(&change.key, name).await?,
        (None, None) => None,
    };
    let owner = stored.as_ref().map(|s| s.meta.managed_by.clone());
    let (_, saved) = match stored {
        Some(stored) => groups::update(change, (&stored.record.id, None), &entry.members, entry.at).await?,
        None => groups::create(change, (&entry.members, id), entry.at).await?,
    };
    if let Some(users) = users {
        members::of_group(change, &saved.record, (&users, entry.at)).await?;
    }
    let of = target(RecordKind::Group, &saved.record.id, &saved.record.display_name);
    let id = saved.record.id;
    entry.own(change, of, owner).await?;
    Ok(id)
}

pub(super) async fn role(change: &mut Change<'_>, mut entry: Entry<'_>) -> Result<String, Refused> {
    let id: Option<String> = entry.take("id")?;
    let users: Option<Vec<String>> = entry.take("members")?;
    let in_groups: Option<Vec<String>> = entry.take("groups")?;
    let stored = match (&id, entry.text("display_name")) {
        (Some(id), _) => change.tx.role(&change.key, id).await?,
        (None, Some(name)) => change.tx.role_named(&change.key, name).await?,
        (None, None) => None,
    };
    let server: Option<String> = match entry.take("resource_server")? {
        Some(server) => Some(server),
        None => entry.take("resource_server_id")?,
    };
    let server = match (server, &stored) {
        (Some(server), _) => server,
        (None, Some(stored)) => stored.record.resource_server.clone(),
        (None, None) => {
            let text = "missing field `resource_server_id`";
            return Err(entry.refuse(vec![Violation::new("resource_server_id", text)]));
        }
    };
    let owner = stored.as_ref().map(|s| s.meta.managed_by.clone());
    let record = match stored {
        // Of a role of the server's own a document says who holds it, and nothing else.
        Some(stored) if stored.record.is_managed && entry.members.is_empty() => stored.record,
        Some(stored) => {
            let id = stored.record.id;
            roles::update(change, (&server, &id, None), &entry.members, entry.at)
                .await?
                .1
                .record
        }
        None => {
            roles::create(change, &server, (&entry.members, id), entry.at)
                .await?
                .1
                .record
        }
    };
    members::of_role(change, &record, (users, in_groups), entry.at).await?;
    let of = target(RecordKind::Role, &record.id, &record.display_name);
    entry.own(change, of, owner).await?;
    Ok(record.id)
}

pub(super) async fn application(change: &mut Change<'_>, mut entry: Entry<'_>) -> Result<String, Refused> {
    let id = entry.name("id")?;
    let client_id: Option<String> = entry.take("client_id")?;
    let secrets: Vec<String> = entry.take("client_secrets")?.unwrap_or_default();
    // The API ignores it, because it stands in its answers; a document that says it means it.
    let config = entry.members.get("protocol_config").and_then(Value::as_object);
    for (at, members) in [
        ("client_secret", Some(&entry.members)),
        ("protocol_config.client_secret", config),
    ] {
        if members.is_some_and(|m| m.contains_key("client_secret")) {
            let text = "secrets are given as `client_secrets`, a list, beside the id";
            return Err(entry.refuse(vec![Violation::new(at, text)]));
        }
    }
    let stored = change.tx.client(&change.key, &id).await?;
    let owner = stored.as_ref().map(|s| s.meta.managed_by.clone());
    let given = applications::Given {
        id: Some(id.clone()),
        client_id: client_id.or_else(|| stored.is_none().then(|| id.clone())),
        secrets: true,
    };
    let given = (&entry.members, given);
    let saved = match stored {
        Some(_) => applications::update(change, (&id, None), given, entry.at).await?,
        None => applications::create(change, given, entry.at).await?,
    };
    let client = saved.saved.record;
    let mut found = Vec::new();
    for (i, secret) in secrets.iter().enumerate() {
        found.extend(check_secret(&format!("client_secrets[{i}]"), secret));
    }
    if client.is_public() && !secrets.is_empty() {
        let text = "a public application has no secret (RFC 6749 section 2.1)";
        found.push(Violation::new("client_secrets", text));
    }
    if !found.is_empty() {
        return Err(entry.refuse(found));
    }
    for secret in &secrets {
        applications::add_given(change, &client, secret).await?;
    }
    let of = target(RecordKind::Application, &id, &client.display_name);
    entry.own(change, of, owner).await?;
    Ok(id)
}

/// New passwords by where their user stands in the document.
pub(super) type Passwords = BTreeMap<String, NewPassword>;

/// Hashes the passwords that are not the ones there are. Slow, so it is done before the transaction holds the database.
pub(super) async fn passwords(
    deps: &Deps,
    document: &Document,
    found: &mut Vec<Violation>,
) -> Result<Passwords, ApplyError> {
    let mut new = Passwords::new();
    for (i, entry) in document.users.iter().enumerate() {
        let at = at("users", i);
        let mut entry = entry.clone();
        let password = match take_password(&mut entry) {
            Ok(Some(password)) => password,
            Ok(None) => continue,
            Err(refused) => {
                found.extend(under(&at, refused));
                continue;
            }
        };
        let stored = stored(deps, document, &entry).await?;
        if !is_known(deps, stored.as_ref(), &password).await? {
            let wrong = identities::judge_password(&password, stored.as_ref().map(|s| &s.user), &entry);
            if !wrong.is_empty() {
                found.extend(under(&at, wrong));
                continue;
            }
            let hashed = identities::hash(deps, password).await;
            new.insert(
                at,
                hashed.map_err(|_| ApplyError::Failed("a password could not be hashed".into()))?,
            );
        }
    }
    Ok(new)
}

/// The user an entry means, when there is one.
async fn stored(deps: &Deps, document: &Document, entry: &Members) -> Result<Option<UserCredential>, ApplyError> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let key = document.key();
    Ok(match (text("id"), text("username")) {
        (Some(id), _) => deps.store.find_stored_user(&key, id).await?.map(|s| s.record),
        (None, Some(name)) => deps.store.find_credential_by_username(&key, name).await?,
        (None, None) => None,
    })
}

/// Whether it is the password the user has. One that is too long is nobody's.
async fn is_known(deps: &Deps, stored: Option<&UserCredential>, password: &str) -> Result<bool, ApplyError> {
    match stored.and_then(|c| c.password_hash.clone()) {
        Some(hash) if password.len() <= MAX_PASSWORD => {
            let verified = deps.passwords.verify(password.to_owned(), Some(hash)).await;
            verified.map_err(|_| ApplyError::Failed("a password could not be checked".into()))
        }
        _ => Ok(false),
    }
}
