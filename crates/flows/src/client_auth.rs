//! Client authentication (RFC 6749 section 2.3): the one place where an `AuthenticatedClient` is made.
use crate::catalog::{self, ClientEntry};
use crate::keys::Purpose;
use crate::{Deps, Refusal};
use grantor_protocol::client_auth::PresentedCredentials;
use grantor_protocol::issuer::{Issuer, RealmKey};
use grantor_protocol::words::ClientAuthMethod;
use grantor_protocol::{OAuthError, UnixMillis};
use std::sync::Arc;

/// A client whose identity is proven: by a secret, or, for a public client, by being what it claims to be and no more.
pub struct AuthenticatedClient {
    entry: Arc<ClientEntry>,
}

impl AuthenticatedClient {
    /// The client.
    pub fn entry(&self) -> &Arc<ClientEntry> {
        &self.entry
    }
}

/// Strict by the application's setting. Unknown, disabled and wrong are refused alike; an address that fails too often waits.
pub async fn authenticate(
    deps: &Deps,
    issuer: &Issuer,
    presented: &PresentedCredentials<'_>,
    address: &str,
    now: UnixMillis,
) -> Result<AuthenticatedClient, Refusal> {
    may_try(deps, address, now)?;
    let entry = catalog::client(deps, &issuer.key, presented.client_id()).await?;
    prove(
        deps,
        (&issuer.key, issuer.application()),
        entry,
        presented,
        (address, now),
    )
}

/// The same whatever application the path names; whoever calls this judges the path (V-02).
pub(crate) async fn authenticate_in_realm(
    deps: &Deps,
    key: &RealmKey,
    presented: &PresentedCredentials<'_>,
    address: &str,
    now: UnixMillis,
) -> Result<AuthenticatedClient, Refusal> {
    may_try(deps, address, now)?;
    let entry = catalog::client(deps, key, presented.client_id()).await?;
    prove(deps, (key, None), entry, presented, (address, now))
}

/// The same for who has looked up already what the `client_id` names.
pub(crate) fn authenticate_as(
    deps: &Deps,
    issuer: &Issuer,
    entry: Option<Arc<ClientEntry>>,
    presented: &PresentedCredentials<'_>,
    (address, now): (&str, UnixMillis),
) -> Result<AuthenticatedClient, Refusal> {
    may_try(deps, address, now)?;
    prove(
        deps,
        (&issuer.key, issuer.application()),
        entry,
        presented,
        (address, now),
    )
}

fn may_try(deps: &Deps, address: &str, now: UnixMillis) -> Result<(), Refusal> {
    match deps.client_failures.wait(address, now) {
        Some(seconds) => Err(Refusal::TooMany(seconds)),
        None => Ok(()),
    }
}

/// `place`: the realm, and the application that must be the one that authenticates.
fn prove(
    deps: &Deps,
    place: (&RealmKey, Option<&str>),
    entry: Option<Arc<ClientEntry>>,
    presented: &PresentedCredentials<'_>,
    (address, now): (&str, UnixMillis),
) -> Result<AuthenticatedClient, Refusal> {
    match check(deps, place, entry, presented, now) {
        Ok(entry) => Ok(AuthenticatedClient { entry }),
        Err(error) => {
            deps.client_failures.count(address, now);
            Err(error.into())
        }
    }
}

fn check(
    deps: &Deps,
    (key, application): (&RealmKey, Option<&str>),
    entry: Option<Arc<ClientEntry>>,
    presented: &PresentedCredentials<'_>,
    now: UnixMillis,
) -> Result<Arc<ClientEntry>, OAuthError> {
    let refuse = |cause: &str| {
        Err(OAuthError::invalid_client(format!(
            "client {}: {cause}",
            presented.client_id()
        )))
    };
    let secret = match presented {
        PresentedCredentials::Basic { secret, .. } | PresentedCredentials::Post { secret, .. } => Some(secret.expose()),
        PresentedCredentials::None { .. } => None,
    };
    // The same work for an unknown client as for a known one (O-113).
    let id = entry.as_ref().map_or("", |e| e.client.id.as_str());
    let mac = secret.map(|s| {
        deps.keys
            .mac(Purpose::ClientSecret, key, &[id.as_bytes(), s.as_bytes()])
    });
    let Some(entry) = entry else { return refuse("unknown") };
    if !entry.client.enabled {
        return refuse("disabled");
    }
    if application.is_some_and(|application| application != entry.client.id) {
        return refuse("not the application in the path");
    }
    match (presented.method(), entry.client.config.token_endpoint_auth_method) {
        (ClientAuthMethod::None, ClientAuthMethod::None) => return Ok(entry),
        (ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::ClientSecretBasic)
        | (ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretPost) => {}
        (sent, registered) => return refuse(&format!("sent {sent}, registered {registered}")),
    }
    let Some(mac) = mac else { return refuse("no secret") };
    // Every secret is compared, so that time does not tell which one.
    let mut matched = None;
    for candidate in &entry.secrets {
        if grantor_jose::equal(&candidate.mac, &mac) {
            matched = Some(candidate);
        }
    }
    match matched {
        None => refuse("wrong secret"),
        Some(found) if !found.is_live(now) => refuse("secret expired or disabled"),
        Some(found) => {
            deps.secret_use.note(key, &found.id);
            Ok(entry)
        }
    }
}
