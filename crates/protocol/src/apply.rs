//! The document of `grantor apply`: users, resource servers and applications of one realm, judged as a whole before anything is written.
use crate::client::{self, ClientConfig, Violation};
use crate::issuer::RealmKey;
use crate::management::RESERVED_IDENTIFIER;
use crate::resource_server::{self, ResourceServer, ScopeDefinition};
use crate::user::Profile;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Shortest secret that may be supplied; server-made ones are longer (decision 19).
pub const MIN_SECRET: usize = 32;
/// Longest password read, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// A document. Secrets stand in it by value, so it is never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub tenant: String,
    pub realm: String,
    #[serde(default)]
    pub users: Vec<UserDocument>,
    #[serde(default)]
    pub resource_servers: Vec<ResourceServerDocument>,
    #[serde(default)]
    pub applications: Vec<ApplicationDocument>,
}

/// One user.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserDocument {
    pub id: Option<String>,
    pub username: String,
    pub password: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub email: Option<String>,
    #[serde(default)]
    pub email_verified: bool,
    #[serde(default)]
    pub profile: Profile,
}

/// One resource server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceServerDocument {
    pub id: String,
    pub identifier: String,
    pub display_name: String,
    #[serde(default)]
    pub role_bounded: bool,
    #[serde(default)]
    pub scopes: Vec<ScopeDefinition>,
    #[serde(default)]
    pub introspection: Vec<IntrospectionCredential>,
}

/// What a resource server authenticates to the introspection endpoint with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntrospectionCredential {
    pub id: String,
    pub secret: String,
}

/// One application.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationDocument {
    pub id: String,
    pub client_id: String,
    pub display_name: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub resource_server: Option<String>,
    #[serde(default)]
    pub client_secrets: Vec<String>,
    pub protocol_config: ClientConfig,
}

fn yes() -> bool {
    true
}

impl Document {
    /// The realm everything in it belongs to.
    pub fn key(&self) -> RealmKey {
        RealmKey::new(&*self.tenant, &*self.realm)
    }
}

/// Judges every record of the document with the same checks every other door uses. `existing` are the realm's resource servers by now.
pub fn check(document: &Document, existing: &[ResourceServer]) -> Vec<Violation> {
    let mut found = Vec::new();
    let key = document.key();
    let servers: Vec<ResourceServer> = document
        .resource_servers
        .iter()
        .map(|s| resource_server(&key, s))
        .collect();
    for (i, user) in document.users.iter().enumerate() {
        check_user(user, &format!("users[{i}]"), &mut found);
    }
    for (i, server) in document.resource_servers.iter().enumerate() {
        check_server(server, existing, &format!("resource_servers[{i}]"), &mut found);
    }
    for (i, application) in document.applications.iter().enumerate() {
        let linked = application.resource_server.as_deref();
        let server = servers.iter().chain(existing).find(|s| Some(s.id.as_str()) == linked);
        check_application(application, server, &format!("applications[{i}]"), &mut found);
        // A client stands in the audience of its users' tokens (T-22); under an API's name they would pass for that API's.
        let audiences = servers.iter().chain(existing).map(|s| s.identifier.as_str());
        if audiences
            .chain([RESERVED_IDENTIFIER])
            .any(|a| a == application.client_id)
        {
            found.push(Violation::new(
                format!("applications[{i}].client_id"),
                "not the identifier of a resource server",
            ));
        }
    }
    check_names(document, &mut found);
    found
}

/// Within one document every name means one thing. At the introspection endpoint applications and resource servers share theirs.
fn check_names(document: &Document, found: &mut Vec<Violation>) {
    let Document {
        users,
        resource_servers: servers,
        applications,
        ..
    } = document;
    unique("users", "id", users.iter().map(|u| u.id.clone()), found);
    unique(
        "users",
        "username",
        users.iter().map(|u| Some(u.username.to_lowercase())),
        found,
    );
    // An application may name users by their address.
    let emails = users.iter().map(|u| u.email.as_ref().map(|e| e.to_lowercase()));
    unique("users", "email", emails, found);
    let ids = applications.iter().map(|a| Some(a.id.clone()));
    unique("applications", "id", ids, found);
    let client_ids = applications.iter().map(|a| Some(a.client_id.clone()));
    unique("applications", "client_id", client_ids, found);
    unique(
        "resource_servers",
        "id",
        servers.iter().map(|s| Some(s.id.clone())),
        found,
    );
    let identifiers = servers.iter().map(|s| Some(s.identifier.clone()));
    unique("resource_servers", "identifier", identifiers, found);
    let mut callers: BTreeSet<&str> = applications.iter().map(|a| a.client_id.as_str()).collect();
    for (i, server) in servers.iter().enumerate() {
        for credential in server.introspection.iter().filter(|c| !callers.insert(&c.id)) {
            let field = format!("resource_servers[{i}].introspection");
            let text = format!("{} is a credential or a client_id already", credential.id);
            found.push(Violation::new(field, text));
        }
    }
}

/// `existing` are the realm's resource servers by now.
fn check_server(server: &ResourceServerDocument, existing: &[ResourceServer], at: &str, found: &mut Vec<Violation>) {
    check_id(&server.id, at, found);
    let judged = resource_server::check(&server.identifier, &server.display_name, &server.scopes);
    prefix(at, judged, found);
    if server.role_bounded {
        let text = "false: scopes bounded by roles are not supported yet";
        found.push(Violation::new(format!("{at}.role_bounded"), text));
    }
    if existing.iter().any(|e| e.id == server.id && e.is_managed) {
        found.push(Violation::new(
            format!("{at}.id"),
            "this resource server is managed by the server",
        ));
    }
    if existing
        .iter()
        .any(|e| e.id != server.id && e.identifier == server.identifier)
    {
        found.push(Violation::new(
            format!("{at}.identifier"),
            "another resource server has this identifier",
        ));
    }
    for credential in &server.introspection {
        check_id(&credential.id, &format!("{at}.introspection"), found);
        check_secret(&credential.secret, &format!("{at}.introspection.secret"), found);
    }
}

/// The record a document entry describes.
pub fn resource_server(key: &RealmKey, document: &ResourceServerDocument) -> ResourceServer {
    ResourceServer {
        key: key.clone(),
        id: document.id.clone(),
        identifier: document.identifier.clone(),
        display_name: document.display_name.clone(),
        is_managed: false,
        role_bounded: document.role_bounded,
        scopes: document.scopes.clone(),
    }
}

fn check_application(
    application: &ApplicationDocument,
    server: Option<&ResourceServer>,
    at: &str,
    found: &mut Vec<Violation>,
) {
    check_id(&application.id, at, found);
    if application.client_id.is_empty() || application.client_id.len() > 200 || !is_vschar(&application.client_id) {
        found.push(Violation::new(
            format!("{at}.client_id"),
            "1 to 200 printable ASCII characters (RFC 6749 appendix A.1)",
        ));
    }
    if application.resource_server.is_some() && server.is_none() {
        found.push(Violation::new(
            format!("{at}.resource_server"),
            "the id of a resource server of this realm",
        ));
    }
    prefix(
        at,
        client::check(&application.display_name, &application.protocol_config, server),
        found,
    );
    for secret in &application.client_secrets {
        check_secret(secret, &format!("{at}.client_secrets"), found);
    }
    let public = application.protocol_config.confidentiality == crate::words::Confidentiality::Public;
    if public && !application.client_secrets.is_empty() {
        found.push(Violation::new(
            format!("{at}.client_secrets"),
            "a public application has no secret (RFC 6749 section 2.1)",
        ));
    }
}

fn check_user(user: &UserDocument, at: &str, found: &mut Vec<Violation>) {
    if let Some(id) = &user.id {
        check_id(id, at, found);
    }
    let name = &user.username;
    if name.is_empty() || name.chars().count() > 200 || name.trim() != name || name.chars().any(char::is_control) {
        found.push(Violation::new(
            format!("{at}.username"),
            "1 to 200 characters without control characters or outer blanks",
        ));
    }
    if user
        .password
        .as_ref()
        .is_some_and(|p| p.is_empty() || p.len() > MAX_PASSWORD)
    {
        found.push(Violation::new(
            format!("{at}.password"),
            format!("1 to {MAX_PASSWORD} bytes"),
        ));
    }
    if user
        .email
        .as_ref()
        .is_some_and(|e| e.len() > 320 || !e.contains('@') || e.chars().any(|c| c.is_control() || c == ' '))
    {
        found.push(Violation::new(format!("{at}.email"), "an e-mail address"));
    }
}

fn check_id(id: &str, at: &str, found: &mut Vec<Violation>) {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > 64 || !id.bytes().all(legal) || id.starts_with('.') {
        found.push(Violation::new(
            format!("{at}.id"),
            "1 to 64 letters, digits, '-', '_' or '.'",
        ));
    }
}

fn check_secret(secret: &str, at: &str, found: &mut Vec<Violation>) {
    if secret.len() < MIN_SECRET || secret.len() > 512 || !is_vschar(secret) {
        found.push(Violation::new(
            at,
            format!("{MIN_SECRET} to 512 printable ASCII characters (RFC 6749 appendix A.2)"),
        ));
    }
}

fn is_vschar(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, 0x20..=0x7E))
}

fn prefix(at: &str, violations: Vec<Violation>, found: &mut Vec<Violation>) {
    found.extend(violations.into_iter().map(|v| {
        let field = v
            .field
            .trim_start_matches("application.")
            .trim_start_matches("resource_server.");
        Violation::new(format!("{at}.{field}"), v.description)
    }));
}

fn unique(list: &str, field: &str, values: impl Iterator<Item = Option<String>>, found: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for (i, value) in values.enumerate() {
        if value.is_some_and(|value| !seen.insert(value)) {
            found.push(Violation::new(format!("{list}[{i}].{field}"), "each once"));
        }
    }
}
