//! What roles do to scopes: a user grants no more of a role-bounded resource server than their roles hold (T-06).
//!
//! Asked when a user is asked, when a token is issued, and when one is looked at: a role that is lost is lost at once (O-140).
use crate::catalog::{self, ClientEntry};
use crate::{Deps, Refusal};
use grantor_protocol::claims::AccessTokenClaims;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::resource_server::ResourceServer;
use grantor_protocol::scope::{self, ScopeSet};
use std::borrow::Cow;

/// What of `scopes` the user may grant to the application now.
pub(crate) async fn bounded(
    deps: &Deps,
    entry: &ClientEntry,
    user: &str,
    scopes: ScopeSet,
) -> Result<ScopeSet, Refusal> {
    match &entry.resource_server {
        Some(server) if server.role_bounded => of_server(deps, server, user, &scopes).await,
        _ => Ok(scopes),
    }
}

/// Takes from the claims what the user's roles no longer hold of the resource server the token is for.
pub(crate) async fn narrow(
    deps: &Deps,
    key: &RealmKey,
    client: Option<&ClientEntry>,
    claims: &mut AccessTokenClaims,
) -> Result<(), Refusal> {
    let Some(user) = claims.user().map(str::to_owned) else {
        return Ok(());
    };
    let Some(server) = audience(deps, key, client, claims).await?.filter(|s| s.role_bounded) else {
        return Ok(());
    };
    let scopes = ScopeSet::from_stored(&claims.scope);
    claims.scope = of_server(deps, &server, &user, &scopes).await?.to_string();
    Ok(())
}

/// The resource server among the audiences: the client's own, unless it was linked to another one since and that one is still there.
async fn audience<'a>(
    deps: &Deps,
    key: &RealmKey,
    client: Option<&'a ClientEntry>,
    claims: &AccessTokenClaims,
) -> Result<Option<Cow<'a, ResourceServer>>, Refusal> {
    let own = client.and_then(|c| c.resource_server.as_ref());
    if let Some(own) = own.filter(|s| claims.aud.contains(&s.identifier)) {
        return Ok(Some(Cow::Borrowed(own)));
    }
    let realm = catalog::scopes(deps, key).await?;
    let found = realm.servers.iter().find(|s| claims.aud.contains(&s.identifier));
    // One that was renamed since is in no audience; what its roles bound stays bounded.
    Ok(found.map(|s| Cow::Owned(s.clone())).or(own.map(Cow::Borrowed)))
}

async fn of_server(deps: &Deps, server: &ResourceServer, user: &str, scopes: &ScopeSet) -> Result<ScopeSet, Refusal> {
    let held = catalog::held_scopes(deps, &server.key, user).await?;
    let held: Vec<&str> = held.of(&server.id).collect();
    Ok(scope::bounded_by_roles(scopes, &held))
}
