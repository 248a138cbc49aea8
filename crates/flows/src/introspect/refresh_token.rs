//! What introspection says of a refresh token: to its own client and to managers, nobody else (I-04). One read.
use super::AuthenticatedCaller;
use crate::catalog::ClientEntry;
use crate::{Deps, Refusal, catalog, issuers, refresh_tokens, roles};
use grantor_protocol::introspect::ActiveRefreshToken;
use grantor_protocol::issuer::{Issuer, IssuerKind, RealmKey};
use grantor_protocol::scope::still_allowed;
use grantor_protocol::token::refresh_token::{FamilyRecord, usable_until};
use grantor_protocol::words::GrantType;
use grantor_protocol::{OAuthError, UnixMillis};
use std::collections::BTreeSet;
use std::sync::Arc;

/// `None` when the token endpoint would not take the token now, or when it is not the caller's to see.
pub(super) async fn answer(
    deps: &Deps,
    (key, token): (&RealmKey, &str),
    caller: &AuthenticatedCaller,
    now: UnixMillis,
) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(token) = refresh_tokens::read(deps, key, token) else {
        return Ok(None);
    };
    if matches!(caller, AuthenticatedCaller::ResourceServer(_)) {
        return Ok(None);
    }
    let Some(record) = deps.store.find_family(key, &token.grant).await? else {
        return Ok(None);
    };
    let Some(entry) = client(deps, key, caller, &record).await? else {
        return Ok(None);
    };
    let client = &entry.client;
    if !client.enabled || !client.may_use(GrantType::RefreshToken) || !issuer_stands(deps, key, &record).await? {
        return Ok(None);
    }
    let Some(end) = usable_until(client, &record, token.generation, now) else {
        return Ok(None);
    };
    let authorization = &record.authorization;
    let Some(user) = catalog::user(deps, key, &authorization.user).await? else {
        return Ok(None);
    };
    let issuer = Issuer::new(&deps.settings.public_url, key.clone(), record.issuer.clone());
    let allowed = still_allowed(&authorization.scope, &entry.bounds_for_users(&BTreeSet::new()));
    let scope = roles::bounded(deps, &entry, &authorization.user, allowed).await?;
    let active = ActiveRefreshToken {
        active: true,
        token_type: "refresh_token",
        scope: scope.to_string(),
        client_id: &client.client_id,
        username: &user.username,
        exp: end.seconds(),
        sub: &authorization.subject,
        iss: &issuer.url,
        gid: &authorization.grant,
        sid: &authorization.sid,
        auth_time: authorization.auth_time.seconds(),
    };
    let body = serde_json::to_vec(&active).map_err(|e| OAuthError::server_error(e.to_string()))?;
    Ok(Some(body))
}

/// The client the token was issued to, when the caller may hear of its tokens.
async fn client(
    deps: &Deps,
    key: &RealmKey,
    caller: &AuthenticatedCaller,
    record: &FamilyRecord,
) -> Result<Option<Arc<ClientEntry>>, Refusal> {
    Ok(match caller {
        AuthenticatedCaller::Client(client) => {
            Some(client.entry().clone()).filter(|entry| entry.client.id == record.client)
        }
        AuthenticatedCaller::ResourceServer(_) => None,
        AuthenticatedCaller::Management(_) | AuthenticatedCaller::Operator => {
            catalog::client_by_id(deps, key, &record.client).await?
        }
    })
}

/// A token of the root is taken while `/` serves its realm.
async fn issuer_stands(deps: &Deps, key: &RealmKey, record: &FamilyRecord) -> Result<bool, Refusal> {
    match record.issuer {
        IssuerKind::Root => issuers::serves_root(deps, key).await,
        IssuerKind::Realm | IssuerKind::Application(_) => Ok(true),
    }
}
