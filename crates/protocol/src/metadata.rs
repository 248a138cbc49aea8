//! Authorization server metadata (RFC 8414 section 2, OpenID Connect Discovery section 3), derived from the words.
use crate::user::CLAIMS_SUPPORTED;
use crate::words::{
    CODE_CHALLENGE_METHOD, ClientAuthMethod, GrantType, OidcScope, Prompt, ResponseMode, ResponseType, SigningAlgorithm,
};
use serde::Serialize;

/// The document both well-known paths answer with.
#[derive(Debug, Serialize)]
pub struct Metadata {
    pub issuer: String,
    /// Only where some grant uses it (RFC 8414 section 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    pub token_endpoint: String,
    pub introspection_endpoint: String,
    pub revocation_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub scopes_supported: Vec<&'static str>,
    pub response_types_supported: Vec<&'static str>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<&'static str>,
    pub subject_types_supported: [&'static str; 1],
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub code_challenge_methods_supported: [&'static str; 1],
    pub claims_supported: &'static [&'static str],
    pub claim_types_supported: [&'static str; 1],
    pub prompt_values_supported: Vec<&'static str>,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    /// RFC 9207 section 3.
    pub authorization_response_iss_parameter_supported: bool,
}

/// Builds the document for an issuer URL. `grants` are those of the application whose own issuer it is, else all there are.
pub fn metadata(issuer: &str, grants: &[GrantType]) -> Metadata {
    let under = |path: &str| format!("{issuer}{path}");
    let methods = || ClientAuthMethod::ALL.iter();
    Metadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: grants
            .contains(&GrantType::AuthorizationCode)
            .then(|| under("/authorize")),
        token_endpoint: under("/token"),
        introspection_endpoint: under("/introspect"),
        revocation_endpoint: under("/revoke"),
        userinfo_endpoint: under("/userinfo"),
        jwks_uri: under("/jwks"),
        scopes_supported: OidcScope::ALL.iter().map(|s| s.as_str()).collect(),
        response_types_supported: ResponseType::ALL.iter().map(|r| r.as_str()).collect(),
        response_modes_supported: ResponseMode::ALL.iter().map(|m| m.as_str()).collect(),
        grant_types_supported: grants.iter().map(|g| g.as_str()).collect(),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: SigningAlgorithm::ALL.iter().map(|a| a.as_str()).collect(),
        token_endpoint_auth_methods_supported: methods().map(|m| m.as_str()).collect(),
        // A public client has nothing to prove itself with here (RFC 7662 section 2.1).
        introspection_endpoint_auth_methods_supported: methods()
            .filter(|m| **m != ClientAuthMethod::None)
            .map(|m| m.as_str())
            .collect(),
        // It may give up its own tokens, though (RFC 7009 section 2.1).
        revocation_endpoint_auth_methods_supported: methods().map(|m| m.as_str()).collect(),
        code_challenge_methods_supported: [CODE_CHALLENGE_METHOD],
        claims_supported: CLAIMS_SUPPORTED,
        claim_types_supported: ["normal"],
        prompt_values_supported: Prompt::ALL.iter().map(|p| p.as_str()).collect(),
        claims_parameter_supported: false,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        authorization_response_iss_parameter_supported: true,
    }
}
