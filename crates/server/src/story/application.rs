//! The story's application: the `openidconnect` crate as one would use it, speaking through the story's wire.
use super::stage::Credentials;
use super::wire::Wire;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IntrospectionUrl, IssuerUrl, ProviderMetadata, RedirectUrl, RefreshToken, RequestTokenError, StandardErrorResponse,
};
use serde::{Deserialize, Serialize};

/// Where the application lives.
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1:8090/callback";

/// What RFC 8414 adds to the document of OpenID Connect Discovery.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Additions {
    pub(super) introspection_endpoint: String,
    pub(super) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(super) code_challenge_methods_supported: Vec<String>,
}

impl AdditionalProviderMetadata for Additions {}

/// The document.
pub(super) type Metadata = ProviderMetadata<
    Additions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Why a request for tokens brought none.
type TokenError = RequestTokenError<reqwest::Error, StandardErrorResponse<CoreErrorResponseType>>;

/// An application with credentials at a server it has discovered.
pub(super) struct Application {
    pub(super) client: Client,
    pub(super) metadata: Metadata,
}

impl Application {
    pub(super) async fn discover(wire: &Wire, issuer: &str, credentials: &Credentials) -> anyhow::Result<Self> {
        let metadata = Metadata::discover_async(IssuerUrl::new(issuer.to_owned())?, wire).await?;
        Self::at(metadata, credentials)
    }

    /// Another application at the same server.
    pub(super) fn at(metadata: Metadata, credentials: &Credentials) -> anyhow::Result<Self> {
        let introspection = metadata.additional_metadata().introspection_endpoint.clone();
        let id = ClientId::new(credentials.name.to_owned());
        let secret = ClientSecret::new(credentials.secret.clone());
        let client = CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret))
            .set_introspection_url(IntrospectionUrl::new(introspection)?)
            .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned())?);
        Ok(Self { client, metadata })
    }

    /// The published keys.
    pub(super) fn keys(&self) -> &CoreJsonWebKeySet {
        self.metadata.jwks()
    }

    pub(super) async fn refresh(&self, wire: &Wire, token: &RefreshToken) -> anyhow::Result<Answer> {
        Answer::of(self.client.exchange_refresh_token(token)?.request_async(wire).await)
    }

    pub(super) async fn introspect(
        &self,
        wire: &Wire,
        token: &AccessToken,
    ) -> anyhow::Result<CoreTokenIntrospectionResponse> {
        Ok(self.client.introspect(token).request_async(wire).await?)
    }
}

/// What the token endpoint said.
pub(super) enum Answer {
    Tokens(Box<CoreTokenResponse>),
    /// An error code of RFC 6749 section 5.2.
    Refused(CoreErrorResponseType),
}

impl Answer {
    fn of(result: Result<CoreTokenResponse, TokenError>) -> anyhow::Result<Self> {
        match result {
            Ok(tokens) => Ok(Self::Tokens(Box::new(tokens))),
            Err(RequestTokenError::ServerResponse(error)) => Ok(Self::Refused(error.error().clone())),
            Err(other) => Err(other.into()),
        }
    }

    /// The tokens, where a refusal is what nobody expects.
    pub(super) fn tokens(self) -> anyhow::Result<CoreTokenResponse> {
        match self {
            Self::Tokens(tokens) => Ok(*tokens),
            Self::Refused(code) => anyhow::bail!("expected tokens, got {}", code.as_ref()),
        }
    }

    /// The error code, or that there is none.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Tokens(_) => "tokens",
            Self::Refused(code) => code.as_ref(),
        }
    }
}
