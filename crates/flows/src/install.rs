//! The first start: tenant, realms, the management application and its resource server, the first admin's account (T-12).
use crate::{Deps, Refusal, client_secret};
use grantor_protocol::client::{Client, ClientConfig, RefreshTokens, TokenConfiguration};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::{
    APPLICATION_ID, EXPIRES_AFTER, RESERVED_IDENTIFIER, RESOURCE_SERVER_ID, SCOPES, SUPER_ADMINISTRATORS,
};
use grantor_protocol::resource_server::{ResourceServer, ScopeDefinition};
use grantor_protocol::user::{Profile, User};
use grantor_protocol::words::{
    ApplicationType, ClientAuthMethod, Confidentiality, ConsentPolicy, GrantType, PkcePolicy, Protocol,
    SigningAlgorithm, SubjectField, TokenFormat,
};
use grantor_store::management::NewRole;

/// The management application, as the first start makes it.
pub struct Installed {
    pub key: RealmKey,
    pub client_id: String,
    /// Only when one was asked for: it can be shown now and never again (decision 27).
    pub secret: Option<String>,
}

/// Makes everything a fresh installation has; `None` when it is there already.
pub async fn install(deps: &Deps, with_secret: bool) -> Result<Option<Installed>, Refusal> {
    if deps.store.is_installed().await? {
        return Ok(None);
    }
    let key = RealmKey::new("default", "admin");
    let now = deps.clock.now();
    let management = deps.store.manage(now).await?;
    if management.is_installed().await? {
        return Ok(None);
    }
    management.insert_tenant(&key.tenant, "Default").await?;
    management.insert_realm(&key, "Administration", false).await?;
    management
        .insert_realm(&RealmKey::new("default", "main"), "Main", true)
        .await?;
    management.save_resource_server(&resource_server(&key)).await?;
    let admin = first_admin(&key);
    // The account exists without a credential; the one-time link sets one (decision 10).
    management.save_user(&admin, None).await?;
    management
        .insert_role(&super_administrators(&key), &[&admin.id])
        .await?;
    let client = application(&key);
    management.save_client(&client).await?;
    let secret = with_secret.then(|| client_secret::generate(deps));
    if let Some(secret) = &secret {
        client_secret::add(deps, &management, &client, secret).await?;
    }
    management.commit().await?;
    Ok(Some(Installed {
        key,
        client_id: client.client_id,
        secret,
    }))
}

fn scope_names() -> Vec<String> {
    SCOPES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn resource_server(key: &RealmKey) -> ResourceServer {
    let definition = |(name, title): &(&str, &str)| ScopeDefinition {
        name: (*name).into(),
        title: (*title).into(),
        description: String::new(),
    };
    ResourceServer {
        key: key.clone(),
        id: RESOURCE_SERVER_ID.into(),
        identifier: RESERVED_IDENTIFIER.into(),
        display_name: "Grantor Management API".into(),
        is_managed: true,
        role_bounded: true,
        scopes: SCOPES.iter().map(definition).collect(),
    }
}

fn application(key: &RealmKey) -> Client {
    Client {
        key: key.clone(),
        id: APPLICATION_ID.into(),
        client_id: APPLICATION_ID.into(),
        display_name: "Grantor Management API".into(),
        is_managed: true,
        enabled: true,
        resource_server: Some(RESOURCE_SERVER_ID.into()),
        config: ClientConfig {
            protocol: Protocol::OAuth2,
            confidentiality: Confidentiality::Confidential,
            application_type: ApplicationType::Web,
            pkce: PkcePolicy::S256,
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: vec![GrantType::ClientCredentials],
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![],
            allowed_cors_origins: vec![],
            allowed_scopes: scope_names(),
            token_format: TokenFormat::SelfContained,
            token_configuration: TokenConfiguration {
                expires_after: EXPIRES_AFTER,
                subject_field: SubjectField::Id,
                token_signing_algorithm: SigningAlgorithm::ES256,
            },
            id_token_signed_response_alg: SigningAlgorithm::RS256,
            refresh_tokens: RefreshTokens::default(),
            consent: ConsentPolicy::Ask,
            client_uri: None,
        },
    }
}

fn first_admin(key: &RealmKey) -> User {
    User {
        key: key.clone(),
        id: "admin".into(),
        username: "admin".into(),
        enabled: true,
        email: None,
        email_verified: false,
        profile: Profile {
            name: Some("Administrator".into()),
            ..Profile::default()
        },
    }
}

fn super_administrators(key: &RealmKey) -> NewRole {
    NewRole {
        key: key.clone(),
        id: "super-administrators".into(),
        resource_server: RESOURCE_SERVER_ID.into(),
        name: SUPER_ADMINISTRATORS.into(),
        description: "May do everything".into(),
        is_managed: true,
        scopes: scope_names(),
    }
}
