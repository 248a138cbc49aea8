//! Deleting what the document's set owns and the document does not name; never anything else.
use super::{ApplyError, violations};
use crate::management::{Change, ManagementRefusal, applications, groups, identities, resource_servers, roles};
use grantor_protocol::apply::Document;
use grantor_protocol::client::Violation;
use grantor_protocol::events::RecordKind;
use std::collections::HashSet;

/// Kinds in the order in which nothing that goes is used by what stays.
const KINDS: [RecordKind; 5] = [
    RecordKind::Application,
    RecordKind::Role,
    RecordKind::Group,
    RecordKind::User,
    RecordKind::ResourceServer,
];

pub(super) async fn prune(
    change: &mut Change<'_>,
    document: &Document,
    written: &[(RecordKind, String)],
    found: &mut Vec<Violation>,
) -> Result<(), ApplyError> {
    let Some(owner) = &document.managed_by else {
        return Ok(());
    };
    let named: HashSet<(RecordKind, &str)> = written.iter().map(|(kind, id)| (*kind, id.as_str())).collect();
    for kind in KINDS {
        for id in change.tx.owned(&change.key, kind, owner).await? {
            if named.contains(&(kind, id.as_str())) {
                continue;
            }
            if let Err(refusal) = delete(change, kind, &id).await {
                found.extend(violations(&format!("prune {kind} {id}"), refusal)?);
            }
        }
    }
    Ok(())
}

async fn delete(change: &mut Change<'_>, kind: RecordKind, id: &str) -> Result<(), ManagementRefusal> {
    match kind {
        RecordKind::Application => applications::delete(change, (id, None)).await,
        RecordKind::Group => groups::delete(change, (id, None)).await,
        RecordKind::User => identities::delete(change, (id, None)).await,
        RecordKind::ResourceServer => resource_servers::delete(change, (id, None)).await,
        RecordKind::Role => role(change, id).await,
        RecordKind::Tenant | RecordKind::Realm | RecordKind::SigningKey | RecordKind::Token => Ok(()),
    }
}

/// Whoever holds it loses it first.
async fn role(change: &mut Change<'_>, id: &str) -> Result<(), ManagementRefusal> {
    let Some(stored) = change.tx.role(&change.key, id).await? else {
        return Ok(());
    };
    let role = stored.record;
    super::members::of_role(change, &role, (Some(Vec::new()), Some(Vec::new())), "").await?;
    roles::remove(change, &role).await
}
