//! Introspection (RFC 7662): who asks, what the token is, one rule.
mod refresh_token;

use crate::access_token::{self, OpenedToken};
use crate::bearer::{self, ManagementCaller};
use crate::client_auth::{AuthenticatedClient, authenticate_as};
use crate::issuers::IssuerEntry;
use crate::keys::Purpose;
use crate::{Deps, Refusal, catalog, refresh_tokens};
use grantor_protocol::client_auth::{Presented, PresentedCredentials};
use grantor_protocol::introspect::{Caller, INACTIVE, Standing, describe};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::TOKENS_INTROSPECT;
use grantor_protocol::{OAuthError, UnixMillis};
use grantor_store::resource_servers::CredentialRecord;
use std::sync::Arc;

/// A proven caller.
enum AuthenticatedCaller {
    Client(AuthenticatedClient),
    ResourceServer(Arc<CredentialRecord>),
    Management(ManagementCaller),
    /// Whoever holds the server's files.
    Operator,
}

/// The body of the answer. `token` that this realm did not make, or that is not the caller's to see, is just inactive.
pub async fn introspect(
    deps: &Deps,
    issuer: &IssuerEntry,
    presented: &Presented<'_>,
    token: &str,
    address: &str,
) -> Result<Vec<u8>, Refusal> {
    let now = deps.clock.now();
    let caller = match presented {
        Presented::Bearer(token) => {
            let asked = (&*issuer.issuer.key.tenant, TOKENS_INTROSPECT);
            AuthenticatedCaller::Management(bearer::management(deps, asked, token.expose(), now).await?)
        }
        Presented::Client(credentials) => caller(deps, issuer, credentials, address, now).await?,
    };
    let key = &issuer.issuer.key;
    let answer = if refresh_tokens::looks_like_one(token) {
        refresh_token::answer(deps, (key, token), &caller, now).await?
    } else {
        let opened = access_token::open(deps, key, token).await?;
        let answer = opened.as_ref().and_then(|opened| answer(deps, opened, &caller, now));
        answer.transpose()?
    };
    match answer {
        Some(body) => {
            deps.metrics.introspections.add_one(true);
            Ok(body)
        }
        None => {
            let name = caller.name(key);
            if let Some(seconds) = deps.inactive_answers.wait(name.as_ref(), now) {
                return Err(Refusal::TooMany(seconds));
            }
            deps.inactive_answers.count(name.as_ref(), now);
            deps.metrics.introspections.add_one(false);
            Ok(INACTIVE.into())
        }
    }
}

fn answer(
    deps: &Deps,
    opened: &OpenedToken,
    caller: &AuthenticatedCaller,
    now: UnixMillis,
) -> Option<Result<Vec<u8>, Refusal>> {
    let standing = Standing {
        parents_stand: opened.parents_stand,
        revoked: opened.revoked,
        username: opened.user.as_ref().map(|u| u.username.as_str()),
    };
    let active = describe(
        &opened.claims,
        caller.as_caller(),
        standing,
        now,
        deps.settings.clock_skew_seconds,
    )?;
    Some(serde_json::to_vec(&active).map_err(|e| OAuthError::server_error(e.to_string()).into()))
}

/// The same answer for somebody at the command line, who sees every token of the realm.
pub async fn for_operator(deps: &Deps, key: &RealmKey, token: &str) -> Result<Vec<u8>, Refusal> {
    let now = deps.clock.now();
    let caller = AuthenticatedCaller::Operator;
    let answer = if refresh_tokens::looks_like_one(token) {
        refresh_token::answer(deps, (key, token), &caller, now).await?
    } else {
        let opened = access_token::open(deps, key, token).await?;
        let answer = opened.as_ref().and_then(|opened| answer(deps, opened, &caller, now));
        answer.transpose()?
    };
    Ok(answer.unwrap_or_else(|| INACTIVE.into()))
}

impl AuthenticatedCaller {
    /// Whom inactive answers are counted for; the same id in another realm, or of another kind, is somebody else.
    fn name(&self, key: &RealmKey) -> String {
        match self {
            Self::Client(client) => format!("{key} client {}", client.entry().client.client_id),
            Self::ResourceServer(record) => format!("{key} resource server {}", record.id),
            Self::Management(caller) => format!("{key} management {}", caller.client_id()),
            Self::Operator => format!("{key} operator"),
        }
    }
    fn as_caller(&self) -> Caller<'_> {
        match self {
            Self::Client(client) => Caller::Client(&client.entry().client),
            Self::ResourceServer(record) => Caller::ResourceServer(&record.resource_server),
            Self::Management(_) | Self::Operator => Caller::Management,
        }
    }
}

/// A client with a secret, or a resource server with its introspection credential (decision 23). A public client proves nothing (I-03).
async fn caller(
    deps: &Deps,
    issuer: &IssuerEntry,
    credentials: &PresentedCredentials<'_>,
    address: &str,
    now: UnixMillis,
) -> Result<AuthenticatedCaller, Refusal> {
    let key = &issuer.issuer.key;
    let client = catalog::client(deps, key, credentials.client_id()).await?;
    if client.is_none()
        && let Some(record) = catalog::credential(deps, key, credentials.client_id()).await?
    {
        return resource_server(deps, key, credentials, record, (address, now));
    }
    let client = authenticate_as(deps, &issuer.issuer, client, credentials, (address, now))?;
    if client.entry().client.is_public() {
        return Err(OAuthError::invalid_client("a public client cannot introspect").into());
    }
    Ok(AuthenticatedCaller::Client(client))
}

fn resource_server(
    deps: &Deps,
    key: &RealmKey,
    credentials: &PresentedCredentials<'_>,
    record: Arc<CredentialRecord>,
    (address, now): (&str, UnixMillis),
) -> Result<AuthenticatedCaller, Refusal> {
    if let Some(seconds) = deps.client_failures.wait(address, now) {
        return Err(Refusal::TooMany(seconds));
    }
    let secret = match credentials {
        PresentedCredentials::Basic { secret, .. } | PresentedCredentials::Post { secret, .. } => secret.expose(),
        PresentedCredentials::None { .. } => "",
    };
    let mac = deps
        .keys
        .mac(Purpose::Credential, key, &[record.id.as_bytes(), secret.as_bytes()]);
    let live = record.expires_at.is_none_or(|end| now < end);
    if !grantor_jose::equal(&record.mac, &mac) || !live {
        deps.client_failures.count(address, now);
        return Err(OAuthError::invalid_client("resource server credential").into());
    }
    Ok(AuthenticatedCaller::ResourceServer(record))
}
