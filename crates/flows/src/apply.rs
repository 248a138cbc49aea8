//! `grantor apply`: a document judged and written as a whole, in one transaction, through the saves every door uses. Applying it
//! again changes nothing.
mod entries;
mod members;
mod prune;

use crate::Deps;
use crate::management::change::Told;
use crate::management::{Change, ManagementRefusal, Requester};
use entries::Entry;
use grantor_protocol::apply::{Document, at, check};
use grantor_protocol::client::Violation;
use grantor_protocol::events::RecordKind;
use grantor_protocol::management::error::Detail;
use grantor_store::StoreError;

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{}", list(.0))]
    Violations(Vec<Violation>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Failed(String),
}

fn list(violations: &[Violation]) -> String {
    let lines: Vec<_> = violations
        .iter()
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect();
    lines.join("; ")
}

/// How a document is applied.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Judge and tell, write nothing.
    pub dry_run: bool,
    /// Delete what the document's set owns and the document does not name.
    pub prune: bool,
}

/// What was done, or would be.
#[derive(Debug)]
pub struct Applied {
    pub users: usize,
    pub groups: usize,
    pub resource_servers: usize,
    pub roles: usize,
    pub applications: usize,
    /// Every change, in order; empty when everything was so already.
    pub told: Vec<Told>,
}

/// Judges the document and, unless it is a dry run, writes it: all of it, or nothing.
pub async fn apply(
    deps: &Deps,
    document: &Document,
    options: Options,
    requester: &Requester,
) -> Result<Applied, ApplyError> {
    let key = document.key();
    let mut found = check(document);
    if options.prune && document.managed_by.is_none() {
        let text = "prune is limited to what the document's set owns: name the set";
        found.push(Violation::new("managed_by", text));
    }
    if deps.store.find_stored_realm(&key).await?.is_none() {
        found.push(Violation::new("realm", format!("there is no realm {key}")));
        return Err(ApplyError::Violations(found));
    }
    let passwords = entries::passwords(deps, document, &mut found).await?;
    let mut change = Change::begin(deps, &key, requester).await?;
    let written = write(&mut change, document, passwords, &mut found).await?;
    if options.prune && found.is_empty() {
        prune::prune(&mut change, document, &written, &mut found).await?;
    }
    if !found.is_empty() {
        return Err(ApplyError::Violations(found));
    }
    let told = match options.dry_run {
        true => change.undo(),
        false => change.commit().await?,
    };
    Ok(Applied {
        users: document.users.len(),
        groups: document.groups.len(),
        resource_servers: document.resource_servers.len(),
        roles: document.roles.len(),
        applications: document.applications.len(),
        told,
    })
}

/// Writes every entry, in the order in which they name each other, and says which records they are. What is wrong with one does
/// not keep the others from being judged.
async fn write(
    change: &mut Change<'_>,
    document: &Document,
    mut passwords: entries::Passwords,
    found: &mut Vec<Violation>,
) -> Result<Vec<(RecordKind, String)>, ApplyError> {
    let mut written = Vec::new();
    for (kind, list) in lists(document) {
        for (i, members) in list.iter().enumerate() {
            let at = at(name_of(kind), i);
            let entry = Entry {
                at: &at,
                members: members.clone(),
                owner: document.managed_by.as_deref(),
            };
            let password = passwords.remove(&at).unwrap_or_default();
            let saved = match kind {
                RecordKind::ResourceServer => entries::resource_server(change, entry).await,
                RecordKind::User => entries::user(change, entry, password).await,
                RecordKind::Group => entries::group(change, entry).await,
                RecordKind::Role => entries::role(change, entry).await,
                _ => entries::application(change, entry).await,
            };
            match saved {
                Ok(id) => written.push((kind, id)),
                Err(refusal) => found.extend(violations(&at, refusal)?),
            }
        }
    }
    Ok(written)
}

type Lists<'a> = [(RecordKind, &'a [grantor_protocol::management::merge::Members]); 5];

fn lists(document: &Document) -> Lists<'_> {
    [
        (RecordKind::ResourceServer, &document.resource_servers),
        (RecordKind::User, &document.users),
        (RecordKind::Group, &document.groups),
        (RecordKind::Role, &document.roles),
        (RecordKind::Application, &document.applications),
    ]
}

/// How the document calls the list of a kind.
fn name_of(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::ResourceServer => "resource_servers",
        RecordKind::User => "users",
        RecordKind::Group => "groups",
        RecordKind::Role => "roles",
        _ => "applications",
    }
}

/// What a refusal says of the entry; what is no fault of the document ends the whole.
fn violations(at: &str, refusal: ManagementRefusal) -> Result<Vec<Violation>, ApplyError> {
    Ok(match refusal {
        ManagementRefusal::Invalid(Detail::FieldViolations { field_violations }) => field_violations,
        ManagementRefusal::Missing(Detail::ResourceInfo { id, description, .. })
        | ManagementRefusal::Invalid(Detail::ResourceInfo { id, description, .. }) => {
            vec![Violation::new(at, format!("{description}: {id}"))]
        }
        ManagementRefusal::Missing(Detail::FieldViolations { field_violations }) => field_violations,
        ManagementRefusal::Forbidden(text) => vec![Violation::new(format!("{at}.id"), text)],
        ManagementRefusal::Conflict(text) => vec![Violation::new(at, text)],
        ManagementRefusal::Changed => vec![Violation::new(at, "the record changed meanwhile")],
        ManagementRefusal::Refusal(refusal) => return Err(ApplyError::Failed(told(&refusal))),
    })
}

fn told(refusal: &crate::Refusal) -> String {
    match refusal {
        crate::Refusal::OAuth(error) => error.to_string(),
        crate::Refusal::TooMany(seconds) => format!("too much at once; wait {seconds} seconds"),
    }
}
