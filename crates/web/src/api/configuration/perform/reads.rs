//! The operations that only read.
use super::super::asked::Asked;
use super::super::{Refused, by};
use super::{Named, Performed, one, page};
use grantor_flows::management::{
    ManagementRefusal, applications, applications::secrets, events, groups, identities, places, resource_servers,
    roles, signing_keys, tokens,
};
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;
use grantor_protocol::management::operations::Operation;
use grantor_protocol::management::page::PageRequest;
use grantor_store::roles::Holder;

pub(super) async fn read(operation: Operation, asked: &Asked<'_>) -> Performed {
    use Operation as O;
    let (deps, key) = (&*asked.state.deps, &asked.asking.key);
    let query = Params::parse(asked.request.query_string().as_bytes());
    let query = &query.map_err(|e| by(OAuthError::from(e)))?;
    whole(operation, query)?;
    let (application, server) = (asked.segment("application"), asked.segment("resource_server"));
    let (role, identity, group) = (asked.segment("role"), asked.segment("identity"), asked.segment("group"));
    match operation {
        O::ListTenants => page(places::list_tenants(deps, query).await),
        O::ReadTenant => one("tenant", places::read_tenant(deps, &key.tenant).await),
        O::ListRealms => page(places::list_realms(deps, &key.tenant, query).await),
        O::ReadRealm => one("realm", places::read_realm(deps, key).await),
        O::ListApplications => page(applications::list(deps, key, query).await),
        O::ReadApplication => one("application", applications::read(deps, key, application).await),
        O::ReadTokenCounts => {
            let counts = applications::token_counts(deps, key, application).await;
            page(counts.map(|counts| Named("token_counts", counts)))
        }
        O::ListSecrets => page(secrets::list(deps, key, application).await),
        O::ListTokens => page(tokens::list(deps, key, application, query).await),
        O::ListResourceServers => page(resource_servers::list(deps, key, query).await),
        O::ReadResourceServer => one("resource_server", resource_servers::read(deps, key, server).await),
        O::ListCredentials => page(resource_servers::credentials(deps, key, server).await),
        O::ListRoles => page(roles::list(deps, (key, server), query).await),
        O::ReadRole => one("role", roles::read(deps, (key, server), role).await),
        O::ListRoleMembers => page(roles::members(deps, (key, server), role, query).await),
        O::ListIdentities => page(identities::list(deps, key, query).await),
        O::ReadIdentity => one("identity", identities::read(deps, key, identity).await),
        O::ListIdentityRoles => {
            identities::read(deps, key, identity).await.map_err(by)?;
            page(roles::held(deps, key, Holder::User(identity)).await)
        }
        O::ListSessions => page(identities::sessions(deps, key, identity).await),
        O::ListIdentityGroups => page(groups::of_user(deps, (key, identity), query).await),
        O::ListGroups => page(groups::list(deps, key, query).await),
        O::ReadGroup => one("group", groups::read(deps, key, group).await),
        O::ListGroupMembers => page(groups::members(deps, (key, group), query).await),
        O::ListGroupRoles => {
            groups::read(deps, key, group).await.map_err(by)?;
            page(roles::held(deps, key, Holder::Group(group)).await)
        }
        O::ListSigningKeys => page(signing_keys::list(deps, key).await),
        O::ListEvents => page(events::list(deps, key, query).await),
        O::ReadEvent => page(
            events::read(deps, key, asked.segment("event"))
                .await
                .map(|event| Named("event", event)),
        ),
        _ => Err(by(OAuthError::server_error(
            "an operation that only reads, and is not among them",
        ))),
    }
}

/// Lists that are short come whole: like every list they refuse what is no parameter of theirs.
fn whole(operation: Operation, query: &Params<'_>) -> Result<(), Refused> {
    use Operation as O;
    let is_whole = matches!(
        operation,
        O::ListSecrets
            | O::ListCredentials
            | O::ListSessions
            | O::ListIdentityRoles
            | O::ListGroupRoles
            | O::ListSigningKeys
    );
    if !is_whole {
        return Ok(());
    }
    let asked = PageRequest::parse(query, &[]).map_err(|detail| by(ManagementRefusal::Invalid(detail)))?;
    match asked.token {
        None => Ok(()),
        Some(_) => Err(by(ManagementRefusal::field("page_token", "was not made for this list"))),
    }
}
