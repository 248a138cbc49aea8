//! What each operation takes and answers, by the names of the schemas.
use grantor_protocol::management::operations::Operation;

/// The body of a request.
pub(super) enum Request {
    None,
    /// The record under its name.
    Record {
        name: &'static str,
        schema: &'static str,
        required: bool,
    },
    /// The members themselves, and whether there must be a body.
    Members(&'static str, bool),
}

/// The body of the answer.
pub(super) enum Response {
    Empty,
    /// The record under its name.
    Record {
        name: &'static str,
        schema: &'static str,
    },
    /// A list under its name.
    Page {
        name: &'static str,
        schema: &'static str,
    },
    Whole(&'static str),
}

/// All that is known of an operation's bodies.
pub(super) struct Shapes {
    pub(super) request: Request,
    pub(super) response: Response,
    /// Whether the record has a version that a request may name.
    pub(super) versioned: bool,
}

pub(super) fn shapes(operation: Operation) -> Shapes {
    let (request, response) = (request(operation), response(operation));
    let line = operation.line();
    let record = matches!(response, Response::Record { .. } | Response::Empty);
    // Members and secrets of a record have no version of their own.
    let inner = [
        "/token-counts",
        "/secrets",
        "/credentials",
        "/tokens",
        "/sessions",
        "/signing-keys",
        "/events",
        ":",
        "/setup-link",
    ];
    let versioned = record && !inner.iter().any(|part| line.path.contains(part));
    Shapes {
        request,
        response,
        versioned,
    }
}

const fn record(name: &'static str, schema: &'static str) -> Request {
    Request::Record {
        name,
        schema,
        required: true,
    }
}

const fn maybe(name: &'static str, schema: &'static str) -> Request {
    Request::Record {
        name,
        schema,
        required: false,
    }
}

fn request(operation: Operation) -> Request {
    use Operation as O;
    match operation {
        O::CreateTenant => record("tenant", "NewPlace"),
        O::UpdateTenant => record("tenant", "PlacePatch"),
        O::CreateRealm => record("realm", "NewPlace"),
        O::UpdateRealm => record("realm", "PlacePatch"),
        O::CreateApplication => record("application", "NewApplication"),
        O::UpdateApplication => record("application", "ApplicationPatch"),
        O::CreateSecret => maybe("secret", "NewSecret"),
        O::UpdateSecret => record("secret", "SecretPatch"),
        O::CreateResourceServer => record("resource_server", "NewResourceServer"),
        O::UpdateResourceServer => record("resource_server", "ResourceServerPatch"),
        O::CreateRole => record("role", "NewRole"),
        O::UpdateRole => record("role", "RolePatch"),
        O::CloneRole => maybe("role", "RolePatch"),
        O::AddRoleScopes | O::DeleteRoleScopes => Request::Members("ScopeNames", true),
        O::AddRoleMembers | O::DeleteRoleMembers => Request::Members("RoleHolders", true),
        O::CreateIdentity => record("identity", "NewIdentity"),
        O::UpdateIdentity => record("identity", "IdentityPatch"),
        O::CreateGroup => record("group", "NewGroup"),
        O::UpdateGroup => record("group", "GroupPatch"),
        O::AddGroupMembers | O::DeleteGroupMembers => Request::Members("GroupUsers", true),
        O::RotateSigningKeys => Request::Members("RotateSigningKeys", false),
        _ => Request::None,
    }
}

fn response(operation: Operation) -> Response {
    use Operation as O;
    let record = |name, schema| Response::Record { name, schema };
    let page = |name, schema| Response::Page { name, schema };
    match operation {
        O::ListTenants => page("tenants", "TenantBody"),
        O::CreateTenant | O::ReadTenant | O::UpdateTenant => record("tenant", "TenantBody"),
        O::ListRealms => page("realms", "RealmBody"),
        O::CreateRealm | O::ReadRealm | O::UpdateRealm => record("realm", "RealmBody"),
        O::ListApplications => page("applications", "ApplicationBody"),
        O::CreateApplication | O::ReadApplication | O::UpdateApplication => record("application", "ApplicationBody"),
        O::ReadTokenCounts => record("token_counts", "TokenCounts"),
        O::ListSecrets => page("secrets", "SecretBody"),
        O::CreateSecret | O::UpdateSecret => record("secret", "SecretBody"),
        O::ListTokens => page("tokens", "ListedToken"),
        O::ListResourceServers => page("resource_servers", "ResourceServerBody"),
        O::CreateResourceServer | O::ReadResourceServer | O::UpdateResourceServer => {
            record("resource_server", "ResourceServerBody")
        }
        O::ListCredentials => page("credentials", "CredentialBody"),
        O::CreateCredential => record("credential", "CredentialBody"),
        O::ListRoles | O::ListIdentityRoles | O::ListGroupRoles => page("roles", "RoleBody"),
        O::CreateRole | O::ReadRole | O::UpdateRole | O::CloneRole | O::AddRoleScopes | O::DeleteRoleScopes => {
            record("role", "RoleBody")
        }
        O::ListRoleMembers => Response::Whole("RoleMembers"),
        O::ListIdentities | O::ListGroupMembers => page("identities", "IdentityBody"),
        O::CreateIdentity | O::ReadIdentity | O::UpdateIdentity => record("identity", "IdentityBody"),
        O::ListSessions => page("sessions", "SessionBody"),
        O::CreateSetupLink => record("setup_link", "SetupLinkBody"),
        O::ListGroups | O::ListIdentityGroups => page("groups", "GroupBody"),
        O::CreateGroup | O::ReadGroup | O::UpdateGroup => record("group", "GroupBody"),
        O::ListSigningKeys | O::RotateSigningKeys => page("signing_keys", "SigningKeyBody"),
        O::ListEvents => page("events", "EventBody"),
        O::ReadEvent => record("event", "EventBody"),
        O::DeleteTenant
        | O::DeleteRealm
        | O::DeleteApplication
        | O::DeleteSecret
        | O::RevokeToken
        | O::DeleteResourceServer
        | O::DeleteCredential
        | O::DeleteRole
        | O::AddRoleMembers
        | O::DeleteRoleMembers
        | O::DeleteIdentity
        | O::EndSessions
        | O::DeleteGroup
        | O::AddGroupMembers
        | O::DeleteGroupMembers
        | O::RevokeSigningKey => Response::Empty,
    }
}
