//! The client record (an *application* to its admins): its properties and the one check that every door applies to the result.
use crate::issuer::RealmKey;
use crate::redirect_uri::{self, Severity};
use crate::resource_server::ResourceServer;
use crate::scope;
use crate::words::{
    ApplicationType, ClientAuthMethod, Confidentiality, ConsentPolicy, GrantType, OidcScope, PkcePolicy, Protocol,
    RefreshRotation, SigningAlgorithm, SubjectField, TokenFormat,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest life of an access token: ten years, in seconds.
pub const MAX_EXPIRES_AFTER: i64 = 10 * 365 * 24 * 3600;
/// Most redirect URIs one application may register.
pub const MAX_REDIRECT_URIS: usize = 100;

/// A client as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub key: RealmKey,
    /// The application's id, used in paths.
    pub id: String,
    /// RFC 6749 section 2.2.
    pub client_id: String,
    pub display_name: String,
    /// Made by the server; cannot be edited.
    pub is_managed: bool,
    pub enabled: bool,
    /// The id of the resource server that bounds its scopes.
    pub resource_server: Option<String>,
    pub config: ClientConfig,
}

/// Everything an admin may set on an application (behaviours.md 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    #[serde(rename = "type")]
    pub protocol: Protocol,
    pub confidentiality: Confidentiality,
    #[serde(default = "web")]
    pub application_type: ApplicationType,
    #[serde(default = "s256")]
    pub pkce: PkcePolicy,
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// The wire's name is the one of behaviours.md 1.1; RFC 7591's is read as well.
    #[serde(rename = "grant_type", alias = "grant_types")]
    pub grant_types: Vec<GrantType>,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Origins that may call the token and userinfo endpoints from a browser; empty means those of the redirect URIs.
    #[serde(default)]
    pub allowed_cors_origins: Vec<String>,
    #[serde(default)]
    pub allowed_scopes: Vec<String>,
    #[serde(default = "self_contained")]
    pub token_format: TokenFormat,
    #[serde(default)]
    pub token_configuration: TokenConfiguration,
    #[serde(default = "rs256")]
    pub id_token_signed_response_alg: SigningAlgorithm,
    #[serde(default)]
    pub refresh_tokens: RefreshTokens,
    #[serde(default = "ask")]
    pub consent: ConsentPolicy,
    /// The application's home page, shown on the consent page.
    #[serde(default, deserialize_with = "crate::json::filled")]
    pub client_uri: Option<String>,
}

fn web() -> ApplicationType {
    ApplicationType::Web
}
fn s256() -> PkcePolicy {
    PkcePolicy::S256
}
fn self_contained() -> TokenFormat {
    TokenFormat::SelfContained
}
fn rs256() -> SigningAlgorithm {
    SigningAlgorithm::RS256
}
fn ask() -> ConsentPolicy {
    ConsentPolicy::Ask
}

/// Life, subject and signature of access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TokenConfiguration {
    /// Seconds.
    pub expires_after: i64,
    pub subject_field: SubjectField,
    pub token_signing_algorithm: SigningAlgorithm,
}

impl Default for TokenConfiguration {
    fn default() -> Self {
        Self {
            expires_after: 86_400,
            subject_field: SubjectField::Id,
            token_signing_algorithm: SigningAlgorithm::RS256,
        }
    }
}

/// Whether and how refresh tokens are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshTokens {
    pub enabled: bool,
    pub rotation: RefreshRotation,
    /// Absolute life in seconds.
    pub expires_after: i64,
    /// Life without use in seconds.
    pub idle_after: i64,
    /// Seconds during which the predecessor returns the same unused successor.
    pub retry_window: i64,
}

impl Default for RefreshTokens {
    fn default() -> Self {
        Self {
            enabled: false,
            rotation: RefreshRotation::UntilReceipt,
            expires_after: 30 * 86_400,
            idle_after: 14 * 86_400,
            retry_window: 60,
        }
    }
}

impl ClientConfig {
    /// Refresh tokens have a switch of their own; the other grants are listed.
    pub fn may_use(&self, grant: GrantType) -> bool {
        match grant {
            GrantType::RefreshToken => self.refresh_tokens.enabled && self.may_use(GrantType::AuthorizationCode),
            GrantType::AuthorizationCode | GrantType::ClientCredentials => self.grant_types.contains(&grant),
        }
    }
}

impl Client {
    /// Whether the client may use `grant`.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.config.may_use(grant)
    }
    /// Every grant type the client may use.
    pub fn grants(&self) -> Vec<GrantType> {
        GrantType::ALL.iter().copied().filter(|g| self.may_use(*g)).collect()
    }
    /// Whether the client has no secret (RFC 6749 section 2.1).
    pub fn is_public(&self) -> bool {
        self.config.confidentiality == Confidentiality::Public
    }
    /// Whether a code challenge must be sent; always for public clients, whatever a legacy row says.
    pub fn requires_pkce(&self) -> bool {
        self.config.pkce == PkcePolicy::S256 || self.is_public()
    }
    /// The origins that may call browser-facing endpoints for this client: those set, else those of its redirect URIs.
    pub fn origins(&self) -> Vec<String> {
        if self.config.allowed_cors_origins.is_empty() {
            self.config
                .redirect_uris
                .iter()
                .filter_map(|uri| origin_of(uri))
                .collect()
        } else {
            self.config.allowed_cors_origins.clone()
        }
    }
    /// Whether `origin` is one of them, byte by byte.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins().iter().any(|o| o == origin)
    }
    /// The scopes of the application that `server` still defines.
    pub fn effective_scopes(&self, server: Option<&ResourceServer>) -> Vec<String> {
        let Some(server) = server else { return Vec::new() };
        self.config
            .allowed_scopes
            .iter()
            .filter(|s| server.defines(s) || server.defines(scope::alias(s)))
            .cloned()
            .collect()
    }
}

/// The web origin (RFC 6454 section 6.2) of an http or https URI.
pub fn origin_of(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// One thing that is wrong with a record: the field as the management API names it, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Violation {
    pub field: String,
    pub description: String,
}

impl Violation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// Judges the resulting record, on create, update, import and apply alike (architecture, invariant 9). Empty means it may be saved.
pub fn check(display_name: &str, config: &ClientConfig, server: Option<&ResourceServer>) -> Vec<Violation> {
    let mut found = Vec::new();
    check_name(display_name, &mut found);
    check_grants(config, &mut found);
    check_authentication(config, &mut found);
    check_uris(config, &mut found);
    check_scopes(config, server, &mut found);
    check_tokens(config, &mut found);
    found
}

fn at(field: &str) -> String {
    format!("protocol_config.{field}")
}

fn check_name(display_name: &str, found: &mut Vec<Violation>) {
    let length = display_name.chars().count();
    if display_name.trim().is_empty() || length > 100 || display_name.chars().any(char::is_control) {
        found.push(Violation::new(
            "display_name",
            "1 to 100 characters without control characters",
        ));
    }
}

fn check_grants(config: &ClientConfig, found: &mut Vec<Violation>) {
    let has = |g| config.grant_types.contains(&g);
    if config.grant_types.is_empty() {
        found.push(Violation::new(
            at("grant_type"),
            "at least one of authorization_code, client_credentials",
        ));
    }
    if has(GrantType::RefreshToken) {
        found.push(Violation::new(
            at("grant_type"),
            "refresh_token is not listed: set refresh_tokens.enabled",
        ));
    }
    if (1..config.grant_types.len()).any(|i| config.grant_types[..i].contains(&config.grant_types[i])) {
        found.push(Violation::new(at("grant_type"), "each grant type once"));
    }
    // A-04, and OpenID Connect has no user to speak of in client_credentials.
    if config.protocol == Protocol::Oidc && (!has(GrantType::AuthorizationCode) || has(GrantType::ClientCredentials)) {
        found.push(Violation::new(
            at("grant_type"),
            "an oidc application uses authorization_code and nothing else",
        ));
    }
    // A-05, RFC 6749 section 4.4: only confidential clients may use client_credentials.
    if config.confidentiality == Confidentiality::Public && has(GrantType::ClientCredentials) {
        found.push(Violation::new(
            at("grant_type"),
            "a public application has no secret to use client_credentials with",
        ));
    }
    if config.refresh_tokens.enabled && !has(GrantType::AuthorizationCode) {
        found.push(Violation::new(
            at("refresh_tokens.enabled"),
            "only with authorization_code (RFC 6749 section 4.4.3)",
        ));
    }
}

fn check_authentication(config: &ClientConfig, found: &mut Vec<Violation>) {
    let public = config.confidentiality == Confidentiality::Public;
    if public != (config.token_endpoint_auth_method == ClientAuthMethod::None) {
        let allowed = if public {
            "none for a public application"
        } else {
            "client_secret_basic or client_secret_post for a confidential one"
        };
        found.push(Violation::new(at("token_endpoint_auth_method"), allowed));
    }
    if public && config.pkce == PkcePolicy::Disabled {
        found.push(Violation::new(at("pkce"), "s256: a public application must use PKCE"));
    }
    if public && config.refresh_tokens.enabled && config.refresh_tokens.rotation == RefreshRotation::Off {
        found.push(Violation::new(
            at("refresh_tokens.rotation"),
            "strict or until_receipt for a public application",
        ));
    }
}

fn check_uris(config: &ClientConfig, found: &mut Vec<Violation>) {
    if config.redirect_uris.len() > MAX_REDIRECT_URIS {
        found.push(Violation::new(
            at("redirect_uris"),
            format!("at most {MAX_REDIRECT_URIS}"),
        ));
    }
    for (field, uris) in [
        ("redirect_uris", &config.redirect_uris),
        ("post_logout_redirect_uris", &config.post_logout_redirect_uris),
    ] {
        for (i, uri) in uris.iter().enumerate() {
            let findings = redirect_uri::inspect(uri, config.application_type);
            found.extend(
                findings
                    .into_iter()
                    .filter(|f| f.severity == Severity::Error)
                    .map(|f| Violation::new(at(&format!("{field}[{i}]")), f.text)),
            );
        }
    }
    for (i, origin) in config.allowed_cors_origins.iter().enumerate() {
        if origin_of(origin).as_deref() != Some(origin) {
            let field = at(&format!("allowed_cors_origins[{i}]"));
            found.push(Violation::new(
                field,
                "an origin such as https://app.example, without path or trailing slash",
            ));
        }
    }
    if let Some(uri) = &config.client_uri
        && origin_of(uri).is_none()
    {
        found.push(Violation::new(at("client_uri"), "an http or https URL"));
    }
}

fn check_scopes(config: &ClientConfig, server: Option<&ResourceServer>, found: &mut Vec<Violation>) {
    let Some(server) = server else {
        if !config.allowed_scopes.is_empty() {
            found.push(Violation::new(
                at("allowed_scopes"),
                "empty unless a resource server is linked",
            ));
        }
        return;
    };
    for scope in &config.allowed_scopes {
        if OidcScope::parse(scope).is_some() {
            found.push(Violation::new(
                at("allowed_scopes"),
                format!("{scope} is always available to oidc applications and not listed"),
            ));
        } else if !server.defines(scope) && !server.defines(scope::alias(scope)) {
            found.push(Violation::new(
                at("allowed_scopes"),
                format!("{scope} is not a scope of the resource server"),
            ));
        }
    }
}

fn check_tokens(config: &ClientConfig, found: &mut Vec<Violation>) {
    let token = &config.token_configuration;
    if !(1..=MAX_EXPIRES_AFTER).contains(&token.expires_after) {
        found.push(Violation::new(
            at("token_configuration.expires_after"),
            format!("1 to {MAX_EXPIRES_AFTER} seconds, as a whole number"),
        ));
    }
    let no_users = !config.grant_types.contains(&GrantType::AuthorizationCode);
    if no_users && token.subject_field != SubjectField::Id {
        found.push(Violation::new(
            at("token_configuration.subject_field"),
            "id: client_credentials has no user",
        ));
    }
    let refresh = &config.refresh_tokens;
    let spans = [
        ("expires_after", refresh.expires_after),
        ("idle_after", refresh.idle_after),
    ];
    for (name, _) in spans.iter().filter(|(_, s)| !(1..=MAX_EXPIRES_AFTER).contains(s)) {
        found.push(Violation::new(
            at(&format!("refresh_tokens.{name}")),
            format!("1 to {MAX_EXPIRES_AFTER} seconds"),
        ));
    }
    if !(0..=600).contains(&refresh.retry_window) {
        found.push(Violation::new(at("refresh_tokens.retry_window"), "0 to 600 seconds"));
    }
}

#[cfg(test)]
mod tests;
