//! The management resource server: its reserved identifier and the one table of its scopes (T-12).
pub mod application;
pub mod areas;
pub mod error;
pub mod event;
pub mod group;
pub mod identity;
pub mod merge;
pub mod operations;
pub mod page;
pub mod place;
pub mod record;
pub mod rights;
pub mod role;
pub mod server;
pub mod session;
pub mod signing_key;
pub mod token_counts;
pub mod token_list;

/// Audience of management tokens; no other resource server may carry it.
pub const RESERVED_IDENTIFIER: &str = "urn:grantor:management";
/// Id of the management resource server inside realm `admin`.
pub const RESOURCE_SERVER_ID: &str = "management";
/// Id of the management application inside realm `admin`.
pub const APPLICATION_ID: &str = "management-api";
/// Name of the role that holds every management scope.
pub const SUPER_ADMINISTRATORS: &str = "Super Administrators";
/// Its id.
pub const SUPER_ADMINISTRATORS_ID: &str = "super-administrators";
/// Life of management tokens in seconds: 90 days (T-14).
pub const EXPIRES_AFTER: i64 = 7_776_000;
/// Lets a bearer introspect any token of the realms it reaches.
pub const TOKENS_INTROSPECT: &str = "tokens:introspect";
/// Lets a bearer list tokens.
pub const TOKENS_READ: &str = "tokens:read";
/// Lets a bearer revoke any token of the realms it reaches; `token:delete` is its alias (V-03).
pub const TOKENS_DELETE: &str = "tokens:delete";
/// The realm whose tokens reach every realm of their tenant (decision 10).
pub const ADMIN_REALM: &str = "admin";

/// Every management scope with the words an admin reads. Actions are create, read (also list), update and delete.
pub const SCOPES: &[(&str, &str)] = &[
    ("tenants:create", "Create tenants"),
    ("tenants:read", "See tenants"),
    ("tenants:update", "Change tenants"),
    ("tenants:delete", "Delete tenants"),
    ("realms:create", "Create realms"),
    ("realms:read", "See realms"),
    ("realms:update", "Change realms"),
    ("realms:delete", "Delete realms"),
    ("applications:create", "Create applications"),
    ("applications:read", "See applications"),
    ("applications:update", "Change applications"),
    ("applications:delete", "Delete applications"),
    ("resource-servers:create", "Create resource servers"),
    ("resource-servers:read", "See resource servers"),
    ("resource-servers:update", "Change resource servers"),
    ("resource-servers:delete", "Delete resource servers"),
    ("roles:create", "Create roles"),
    ("roles:read", "See roles"),
    ("roles:update", "Change roles"),
    ("roles:delete", "Delete roles"),
    ("identities:create", "Create users"),
    ("identities:read", "See users"),
    ("identities:update", "Change users"),
    ("identities:delete", "Delete users"),
    ("groups:create", "Create groups"),
    ("groups:read", "See groups"),
    ("groups:update", "Change groups"),
    ("groups:delete", "Delete groups"),
    ("organizations:create", "Create organizations"),
    ("organizations:read", "See organizations"),
    ("organizations:update", "Change organizations"),
    ("organizations:delete", "Delete organizations"),
    ("external-token-validators:create", "Create external token validators"),
    ("external-token-validators:read", "See external token validators"),
    ("external-token-validators:update", "Change external token validators"),
    ("external-token-validators:delete", "Delete external token validators"),
    ("signing-keys:create", "Rotate signing keys"),
    ("signing-keys:read", "See signing keys"),
    ("signing-keys:delete", "Retire signing keys"),
    ("events:read", "See the audit log"),
    ("tokens:create", "Create tokens"),
    (TOKENS_READ, "See tokens"),
    ("tokens:update", "Change tokens"),
    (TOKENS_DELETE, "Revoke tokens"),
    (TOKENS_INTROSPECT, "Introspect tokens"),
];
