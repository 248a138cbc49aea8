//! The enums everything else derives from: discovery, registration checks, console options and docs read these and nothing else.
use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one wire spelling, with `ALL`, `as_str` and an exact `parse`.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
    };
}

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
word! {
    /// What events are about.
    EventKind {
        /// A fully valid second use of an authorization code; its grant was revoked.
        CodeReplayed = "code.replayed",
        /// A refresh token was used again inside the retry window: the answer with its successor was lost.
        RefreshRepeated = "refresh_token.repeated",
        /// Two requests used a refresh token at the same moment.
        RefreshRaced = "refresh_token.raced",
        /// The predecessor came back after the retry window; refused.
        RefreshLate = "refresh_token.late",
        /// A refresh token came back that nobody honest has any more; its grant was revoked.
        RefreshReplayed = "refresh_token.replayed",
        /// A grant was revoked by request.
        GrantRevoked = "grant.revoked",
        /// An access token was revoked by request.
        TokenRevoked = "token.revoked",
        /// An account, or a name that nobody has, took its last wrong password and waits.
        SignInLocked = "sign_in.locked",
        /// Somebody signed in with their password.
        SignInSucceeded = "sign_in.succeeded",
        /// A wrong password, for an account or for a name that nobody has.
        SignInFailed = "sign_in.failed",
        /// Browser sessions were ended by their owner.
        SessionsEnded = "sessions.ended",
        /// Somebody changed their own password.
        PasswordChanged = "password.changed",
        /// Somebody changed their own profile.
        ProfileChanged = "profile.changed",
        /// A user took an application's access away.
        ConsentWithdrawn = "consent.withdrawn",
        /// A one-time link was made that sets a password.
        SetupLinkMade = "setup_link.made",
        /// A one-time link was used: the account has a new password.
        SetupLinkUsed = "setup_link.used",
        /// A signing key was made.
        SigningKeyCreated = "signing_key.created",
        /// No token of a signing key was alive any more; its private half was wiped.
        SigningKeyRetired = "signing_key.retired",
        /// A signing key was taken back before its time.
        SigningKeyRevoked = "signing_key.revoked",
        /// Everything was sealed under another master key.
        MasterKeyRotated = "master_key.rotated",
    }
}

/// The PKCE method of RFC 7636 section 4.2 that is supported; the only one.
pub const CODE_CHALLENGE_METHOD: &str = "S256";
