//! The enums everything else derives from: discovery, registration checks, console options and docs read these and nothing else.

/// Declares an enum whose variants have one wire spelling, with `ALL`, `as_str` and an exact `parse`.
macro_rules! word {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            /// Every value, in the order discovery lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The spelling on the wire.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// Exact, case-sensitive match of the wire spelling.
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$variant),)+ _ => None } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        // Not derived: the derive does not see a spelling that comes out of a macro, and would publish the variants' names.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let words = Self::ALL.iter().map(|word| word.as_str());
                let description: &[&str] = &[$($doc.trim()),*];
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(words))
                    .description(Some(description.join("\n")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
        }
    };
}
pub(crate) use word;

word! {
    /// RFC 6749 section 1.3. What a client may present at the token endpoint.
    GrantType { AuthorizationCode = "authorization_code", ClientCredentials = "client_credentials", RefreshToken = "refresh_token" }
}
word! {
    /// How a client proves itself (OpenID Connect Core section 9; RFC 6749 section 2.3).
    ClientAuthMethod { ClientSecretBasic = "client_secret_basic", ClientSecretPost = "client_secret_post", None = "none" }
}
word! {
    /// RFC 6749 section 3.1.1. Only the code flow exists here.
    ResponseType { Code = "code" }
}
word! {
    /// OAuth 2.0 Multiple Response Type Encoding Practices section 2.1.
    ResponseMode { Query = "query" }
}
word! {
    /// OpenID Connect Core section 3.1.2.1.
    Prompt { None = "none", Login = "login", Consent = "consent", SelectAccount = "select_account" }
}
word! {
    /// Signature algorithms we sign with (RFC 7518 section 3.1, RFC 8037 section 3.1). A key belongs to exactly one.
    SigningAlgorithm { RS256 = "RS256", PS256 = "PS256", ES256 = "ES256", EdDSA = "EdDSA" }
}
word! {
    /// The protocol an application speaks; `oidc` must use the code grant.
    Protocol { OAuth2 = "oauth2", Oidc = "oidc" }
}
word! {
    /// RFC 6749 section 2.1.
    Confidentiality { Confidential = "confidential", Public = "public" }
}
word! {
    /// RFC 8252: `native` frees the port of loopback redirect URIs and forbids silent consent.
    ApplicationType { Web = "web", Native = "native" }
}
word! {
    /// Whether a code challenge must be sent. `plain` does not exist (RFC 9700 section 2.1.1).
    PkcePolicy { S256 = "s256", Disabled = "disabled" }
}
word! {
    /// `self_contained` is a JWS anybody can verify, `referential` a JWE only this server can open.
    TokenFormat { SelfContained = "self_contained", Referential = "referential" }
}
word! {
    /// Which property of a user becomes `sub`.
    SubjectField { Id = "id", Email = "email", Username = "username" }
}
word! {
    /// Whether the user is asked before an application gets what it asks for.
    ConsentPolicy { Ask = "ask", Skip = "skip" }
}
word! {
    /// What happens to a refresh token when it is used (decision: the predecessor survives until its successor is received).
    RefreshRotation { UntilReceipt = "until_receipt", Strict = "strict", Off = "off" }
}
word! {
    /// Scopes OpenID Connect defines (Core sections 3.1.2.1, 5.4 and 11); never stored on an application.
    OidcScope { OpenId = "openid", Profile = "profile", Email = "email", Address = "address", Phone = "phone", OfflineAccess = "offline_access" }
}
/// The PKCE method of RFC 7636 section 4.2 that is supported; the only one.
pub const CODE_CHALLENGE_METHOD: &str = "S256";
