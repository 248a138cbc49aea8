//! The tokens of an application: listing those that have rows, and revoking any by its id (V-07).
use super::change::target;
use super::lists::after;
use super::{ManagementRefusal, Requester};
use crate::catalog::{self, ClientEntry};
use crate::page_token::{self, List};
use crate::{Deps, Refusal, revocations, token_id};
use grantor_protocol::events::{EventKind, RecordKind};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::token_list::{ListedToken, Position, Principal, TokenList, parse};
use grantor_protocol::words::TokenFormat;
use grantor_store::events::Event;
use grantor_store::references::{ReferenceQuery, ReferenceRecord};
use std::sync::Arc;

/// A page of an application's live referential tokens, newest first. Self-contained tokens have no rows and are in no list.
pub async fn list(
    deps: &Deps,
    key: &RealmKey,
    application: &str,
    query: &Params<'_>,
) -> Result<TokenList, ManagementRefusal> {
    let now = deps.clock.now();
    let entry = client(deps, key, application).await?;
    let client = &entry.client;
    let request = parse(query, application).map_err(ManagementRefusal::Invalid)?;
    let filter = filter(&request.principal);
    let list = List {
        key,
        of: application,
        filter: &filter,
    };
    let after = after(deps, &list, request.page_token, now)?;
    let query = ReferenceQuery {
        client: &client.id,
        client_id: &client.client_id,
        principal: &request.principal,
        after: after.as_ref(),
        // One more than is shown tells whether there is another page.
        limit: request.page_size + 1,
    };
    let mut rows = deps.store.list_references(key, &query, now).await?;
    let more = rows.len() as u64 > request.page_size;
    rows.truncate(usize::try_from(request.page_size).unwrap_or(usize::MAX));
    let next_page_token = rows.last().filter(|_| more).map(|last| {
        let position = Position {
            issued_at: last.issued_at,
            id: last.id.clone(),
        };
        page_token::make(deps, &list, &position, now)
    });
    let tokens = rows.into_iter().map(|row| listed(row, &client.display_name));
    Ok(TokenList {
        tokens: tokens.collect::<Result<_, _>>()?,
        next_page_token,
    })
}

/// Revokes an access token of either format by its id, before this returns. An id that no live token of the application has is
/// missing, whoever else's it may be.
pub async fn revoke(
    deps: &Deps,
    key: &RealmKey,
    (application, id): (&str, &str),
    requester: &Requester,
) -> Result<(), ManagementRefusal> {
    let now = deps.clock.now();
    let entry = client(deps, key, application).await?;
    let missing = || ManagementRefusal::Missing(Detail::missing("token", id));
    let expires_at = token_id::expiry(deps, key, &entry.client.client_id, id).ok_or_else(missing)?;
    if expires_at <= now || revocations::is_token_revoked(deps, key, id).await? {
        return Err(missing());
    }
    let event = Event {
        client: Some(application.to_owned()),
        detail: format!("token {id}"),
        target: Some(target(RecordKind::Token, id, "")),
        ..Event::new(EventKind::TokenRevoked, now)
    };
    let event = event.by(&requester.by);
    revocations::revoke_token(deps, key, (id, expires_at), event).await?;
    Ok(())
}

async fn client(deps: &Deps, key: &RealmKey, application: &str) -> Result<Arc<ClientEntry>, ManagementRefusal> {
    let found = catalog::client_by_id(deps, key, application).await?;
    found.ok_or_else(|| ManagementRefusal::Missing(Detail::missing("application", application)))
}

/// How a page token spells what the list is narrowed to.
fn filter(principal: &Principal) -> String {
    match principal {
        Principal::Any => String::new(),
        Principal::Application => "application".into(),
        Principal::Users => "identity".into(),
        Principal::User(id) => format!("identity {id}"),
    }
}

fn listed(row: ReferenceRecord, display_name: &str) -> Result<ListedToken, Refusal> {
    Ok(ListedToken {
        expires: row.expires_at.rfc3339(),
        issued_at: row.issued_at.rfc3339(),
        id: row.id,
        display_name: display_name.to_owned(),
        scopes: row
            .scope
            .split(' ')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect(),
        token_suffix: row.suffix,
        token_format: TokenFormat::Referential.as_str(),
        token_type: "access",
    })
}
