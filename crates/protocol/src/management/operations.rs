//! The one table of the Configuration API's operations: method, path, reach and the scope a bearer needs.

/// Declares the operations and their table. A new one does not compile until it is run somewhere.
macro_rules! operations {
    ($($name:ident = $method:literal $path:literal $reach:ident $scope:literal $tag:literal $summary:literal),+ $(,)?) => {
        /// What can be asked of the Configuration API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $(#[doc = $summary] $name),+ }
        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// Its line of the table.
            pub const fn line(self) -> OperationLine {
                match self {
                    $(Self::$name => OperationLine {
                        id: stringify!($name), method: $method, path: $path, reach: Reach::$reach, scope: $scope, tag: $tag, summary: $summary,
                    }),+
                }
            }
        }
    };
}

impl Operation {
    /// What narrows the list an operation answers in pages, besides `page_size` and `page_token`; `None` where there are no pages.
    pub const fn filters(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::ListTenants
            | Self::ListRealms
            | Self::ListRoleMembers
            | Self::ListIdentityGroups
            | Self::ListGroupMembers => &[],
            Self::ListApplications => &["client_id", "display_name", "resource_server_id", "enabled"],
            Self::ListTokens => &["principal_type", "principal_id"],
            Self::ListResourceServers => &["identifier"],
            Self::ListRoles | Self::ListGroups => &["display_name"],
            Self::ListIdentities => &["username", "email", "enabled"],
            Self::ListEvents => &[
                "kind",
                "actor",
                "target",
                "application",
                "identity",
                "address",
                "request_id",
                "since",
                "until",
            ],
            _ => return None,
        })
    }
}

/// Below which prefix an operation stands, and whose tokens reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// At the root; for tokens of the tenant that operates the installation.
    Installation,
    /// A tenant; for its own tokens and those of the operator.
    Tenant,
    /// Below a realm's prefix; for tokens of its tenant.
    Realm,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationLine {
    /// What generated clients call it.
    pub id: &'static str,
    pub method: &'static str,
    /// With the names of its variable segments; below the prefix of a realm where its reach is one.
    pub path: &'static str,
    pub reach: Reach,
    pub scope: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
}

/// The prefix of a realm.
pub const REALM_PREFIX: &str = "/v1/tenants/{tenant}/realms/{realm}";

impl OperationLine {
    /// The whole path.
    pub fn full_path(&self) -> String {
        match self.reach {
            Reach::Realm => format!("{REALM_PREFIX}{}", self.path),
            Reach::Installation | Reach::Tenant => self.path.to_owned(),
        }
    }
    /// Whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        self.method == "GET"
    }
}

operations! {
    ListTenants = "GET" "/v1/tenants" Installation "tenants:read" "tenants" "List the tenants this token reaches",
    CreateTenant = "POST" "/v1/tenants" Installation "tenants:create" "tenants" "Make a tenant with its admin realm and first admin",
    ReadTenant = "GET" "/v1/tenants/{tenant}" Tenant "tenants:read" "tenants" "Read a tenant",
    UpdateTenant = "PATCH" "/v1/tenants/{tenant}" Tenant "tenants:update" "tenants" "Change a tenant",
    DeleteTenant = "DELETE" "/v1/tenants/{tenant}" Installation "tenants:delete" "tenants" "Delete a tenant with everything in it",
    ListRealms = "GET" "/v1/tenants/{tenant}/realms" Tenant "realms:read" "realms" "List the realms of a tenant",
    CreateRealm = "POST" "/v1/tenants/{tenant}/realms" Tenant "realms:create" "realms" "Make a realm",
    ReadRealm = "GET" "" Realm "realms:read" "realms" "Read a realm",
    UpdateRealm = "PATCH" "" Realm "realms:update" "realms" "Change a realm",
    DeleteRealm = "DELETE" "" Realm "realms:delete" "realms" "Delete a realm with everything in it",
    ListApplications = "GET" "/applications" Realm "applications:read" "applications" "List applications",
    CreateApplication = "POST" "/applications" Realm "applications:create" "applications" "Make an application; a confidential one gets its secret in this answer and never again",
    ReadApplication = "GET" "/applications/{application}" Realm "applications:read" "applications" "Read an application",
    UpdateApplication = "PATCH" "/applications/{application}" Realm "applications:update" "applications" "Change what the body names of an application",
    DeleteApplication = "DELETE" "/applications/{application}" Realm "applications:delete" "applications" "Delete an application; its tokens end",
    ReadTokenCounts = "GET" "/applications/{application}/token-counts" Realm "applications:read" "applications" "How many tokens the application was issued and refused in the last day",
    ListSecrets = "GET" "/applications/{application}/secrets" Realm "applications:read" "applications" "List the secrets of an application, without the secrets",
    CreateSecret = "POST" "/applications/{application}/secrets" Realm "applications:update" "applications" "Make a further secret, shown in this answer and never again",
    UpdateSecret = "PATCH" "/applications/{application}/secrets/{secret}" Realm "applications:update" "applications" "Switch a secret on or off, or set its end",
    DeleteSecret = "DELETE" "/applications/{application}/secrets/{secret}" Realm "applications:update" "applications" "Delete a secret",
    ListTokens = "GET" "/applications/{application}/tokens" Realm "tokens:read" "tokens" "List the tokens of an application that have rows (V-07)",
    RevokeToken = "DELETE" "/applications/{application}/tokens/{token}" Realm "tokens:delete" "tokens" "Revoke a token by its id (V-07)",
    ListResourceServers = "GET" "/resource-servers" Realm "resource-servers:read" "resource-servers" "List resource servers",
    CreateResourceServer = "POST" "/resource-servers" Realm "resource-servers:create" "resource-servers" "Make a resource server",
    ReadResourceServer = "GET" "/resource-servers/{resource_server}" Realm "resource-servers:read" "resource-servers" "Read a resource server",
    UpdateResourceServer = "PATCH" "/resource-servers/{resource_server}" Realm "resource-servers:update" "resource-servers" "Change a resource server; a scope it loses, its roles lose",
    DeleteResourceServer = "DELETE" "/resource-servers/{resource_server}" Realm "resource-servers:delete" "resource-servers" "Delete a resource server that nothing uses",
    ListCredentials = "GET" "/resource-servers/{resource_server}/credentials" Realm "resource-servers:read" "resource-servers" "List what the resource server introspects with",
    CreateCredential = "POST" "/resource-servers/{resource_server}/credentials" Realm "resource-servers:update" "resource-servers" "Make an id and a secret to introspect with, shown in this answer and never again",
    DeleteCredential = "DELETE" "/resource-servers/{resource_server}/credentials/{credential}" Realm "resource-servers:update" "resource-servers" "Delete a credential",
    ListRoles = "GET" "/resource-servers/{resource_server}/roles" Realm "roles:read" "roles" "List the roles of a resource server",
    CreateRole = "POST" "/resource-servers/{resource_server}/roles" Realm "roles:create" "roles" "Make a role",
    ReadRole = "GET" "/resource-servers/{resource_server}/roles/{role}" Realm "roles:read" "roles" "Read a role",
    UpdateRole = "PATCH" "/resource-servers/{resource_server}/roles/{role}" Realm "roles:update" "roles" "Change a role",
    DeleteRole = "DELETE" "/resource-servers/{resource_server}/roles/{role}" Realm "roles:delete" "roles" "Delete a role that has neither scopes nor members",
    CloneRole = "POST" "/resource-servers/{resource_server}/roles/{role}:clone" Realm "roles:create" "roles" "Make a role like another one, for instance like one that cannot be edited",
    AddRoleScopes = "POST" "/resource-servers/{resource_server}/roles/{role}:addScopes" Realm "roles:update" "roles" "Add scopes to a role",
    DeleteRoleScopes = "POST" "/resource-servers/{resource_server}/roles/{role}:deleteScopes" Realm "roles:update" "roles" "Take scopes from a role",
    AddRoleMembers = "POST" "/resource-servers/{resource_server}/roles/{role}:addMembers" Realm "roles:update" "roles" "Put users and groups into a role",
    DeleteRoleMembers = "POST" "/resource-servers/{resource_server}/roles/{role}:deleteMembers" Realm "roles:update" "roles" "Take users and groups out of a role",
    ListRoleMembers = "GET" "/resource-servers/{resource_server}/roles/{role}/members" Realm "roles:read" "roles" "List the users and groups in a role",
    ListIdentities = "GET" "/identities" Realm "identities:read" "identities" "List users",
    CreateIdentity = "POST" "/identities" Realm "identities:create" "identities" "Make a user",
    ReadIdentity = "GET" "/identities/{identity}" Realm "identities:read" "identities" "Read a user",
    UpdateIdentity = "PATCH" "/identities/{identity}" Realm "identities:update" "identities" "Change a user; a new password or being disabled ends their sessions",
    DeleteIdentity = "DELETE" "/identities/{identity}" Realm "identities:delete" "identities" "Delete a user; everything given for them ends",
    ListIdentityRoles = "GET" "/identities/{identity}/roles" Realm "roles:read" "identities" "List the roles of a user, direct or by group",
    ListIdentityGroups = "GET" "/identities/{identity}/groups" Realm "groups:read" "identities" "List the groups of a user",
    ListSessions = "GET" "/identities/{identity}/sessions" Realm "identities:read" "identities" "List where a user is signed in",
    EndSessions = "DELETE" "/identities/{identity}/sessions" Realm "identities:update" "identities" "Sign a user out everywhere, offline access included",
    CreateSetupLink = "POST" "/identities/{identity}/setup-link" Realm "identities:update" "identities" "Make a one-time link with which the user sets a password",
    ListGroups = "GET" "/groups" Realm "groups:read" "groups" "List groups",
    CreateGroup = "POST" "/groups" Realm "groups:create" "groups" "Make a group",
    ReadGroup = "GET" "/groups/{group}" Realm "groups:read" "groups" "Read a group",
    UpdateGroup = "PATCH" "/groups/{group}" Realm "groups:update" "groups" "Change a group",
    DeleteGroup = "DELETE" "/groups/{group}" Realm "groups:delete" "groups" "Delete a group; its members stay",
    AddGroupMembers = "POST" "/groups/{group}:addMembers" Realm "groups:update" "groups" "Put users into a group",
    DeleteGroupMembers = "POST" "/groups/{group}:deleteMembers" Realm "groups:update" "groups" "Take users out of a group",
    ListGroupMembers = "GET" "/groups/{group}/members" Realm "groups:read" "groups" "List the users in a group",
    ListGroupRoles = "GET" "/groups/{group}/roles" Realm "roles:read" "groups" "List the roles of a group",
    ListSigningKeys = "GET" "/signing-keys" Realm "signing-keys:read" "signing-keys" "List signing keys with their states",
    RotateSigningKeys = "POST" "/signing-keys" Realm "signing-keys:create" "signing-keys" "Make the next key of every algorithm, or of one",
    RevokeSigningKey = "DELETE" "/signing-keys/{signing_key}" Realm "signing-keys:delete" "signing-keys" "Take a key back at once; its tokens are inactive",
    ListEvents = "GET" "/events" Realm "events:read" "events" "Read the audit log, newest first, with filters",
    ReadEvent = "GET" "/events/{event}" Realm "events:read" "events" "Read one event",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::management::SCOPES;

    #[test]
    fn every_operation_has_a_place_of_its_own_and_a_scope_that_exists() {
        let mut places = std::collections::HashSet::new();
        for operation in Operation::ALL {
            let line = operation.line();
            let path = line.full_path();
            assert!(places.insert((line.method, path.clone())), "{operation:?}");
            assert!(SCOPES.iter().any(|(name, _)| *name == line.scope), "{operation:?}");
            assert!(path.starts_with("/v1/tenants") && !path.ends_with('/'), "{operation:?}");
            assert_eq!(line.only_reads(), line.scope.ends_with(":read"), "{operation:?}");
        }
    }
}
