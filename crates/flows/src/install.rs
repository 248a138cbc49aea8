//! The first start: tenant, realms, the management application and its resource server, the first admin's account (T-12).
use crate::{Deps, Refusal, client_secret, feed};
use grantor_protocol::client::{Client, ClientConfig, RefreshTokens, TokenConfiguration};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::areas::{BUILT_IN_ROLES, BuiltInRole};
use grantor_protocol::management::place::OPERATOR_TENANT;
use grantor_protocol::management::role::Role;
use grantor_protocol::management::token_list::Position;
use grantor_protocol::management::{
    ADMIN_REALM, APPLICATION_ID, EXPIRES_AFTER, RESERVED_IDENTIFIER, RESOURCE_SERVER_ID, SCOPES, SUPER_ADMINISTRATORS,
    SUPER_ADMINISTRATORS_ID,
};
use grantor_protocol::resource_server::{ResourceServer, ScopeDefinition};
use grantor_protocol::user::{Profile, User};
use grantor_protocol::words::{
    ApplicationType, ClientAuthMethod, Confidentiality, ConsentPolicy, GrantType, PkcePolicy, Protocol,
    SigningAlgorithm, SubjectField, TokenFormat,
};
use grantor_store::management::Management;
use grantor_store::roles::Holder;
use grantor_store::{StoreError, Wanted};

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
    let key = RealmKey::new(OPERATOR_TENANT, ADMIN_REALM);
    let now = deps.clock.now();
    let management = deps.store.manage(now).await?;
    if management.is_installed().await? {
        return Ok(None);
    }
    management.insert_tenant(&key.tenant, "Default").await?;
    management
        .insert_realm(&RealmKey::new(&*key.tenant, "main"), "Main", true)
        .await?;
    let client = admin_realm(&management, &key).await?;
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

/// Makes a tenant's realm `admin`: the management application with its resource server, the built-in roles, and the first
/// admin, whose account has no credential until the one-time link sets one (decision 10).
pub async fn admin_realm(management: &Management<'_>, key: &RealmKey) -> Result<Client, StoreError> {
    management.insert_realm(key, "Administration", false).await?;
    management.save_resource_server(&resource_server(key)).await?;
    let admin = first_admin(key);
    management.save_user(&admin, None).await?;
    let everything = super_administrators(key);
    management.save_role(&everything).await?;
    management.add_to_role(&everything, Holder::User(&admin.id)).await?;
    for role in BUILT_IN_ROLES {
        management.save_role(&built_in(key, role)).await?;
    }
    let client = application(key);
    management.save_client(&client).await?;
    Ok(client)
}

/// Under which name the store keeps what every tenant was given last.
const GIVEN: &str = "built_ins";

/// Existing installations get what newer versions make from the start: roles that are missing, scopes that are new. Tenants are
/// looked at only when that is not what they were given last: a start does not grow with their number.
pub async fn bring_up_to_date(deps: &Deps) -> Result<(), Refusal> {
    let given = built_ins();
    if deps.store.known(GIVEN).await?.as_deref() == Some(&given) {
        return Ok(());
    }
    update_tenants(deps).await?;
    Ok(deps.store.make_known(GIVEN, &given).await?)
}

/// A fingerprint of all that this version gives to tenants: to the operator, and to any other.
fn built_ins() -> String {
    let of = |tenant: &str| {
        let key = RealmKey::new(tenant, ADMIN_REALM);
        let roles: Vec<Role> = BUILT_IN_ROLES.iter().map(|role| built_in(&key, role)).collect();
        let (server, everything) = (resource_server(&key), super_administrators(&key));
        format!("{server:?} {everything:?} {roles:?} {:?}", application(&key))
    };
    let all = format!("{} {}", of(OPERATOR_TENANT), of("of-somebody-else"));
    crate::token::base64url(&grantor_jose::sha256(all.as_bytes()))
}

async fn update_tenants(deps: &Deps) -> Result<(), Refusal> {
    let mut after = None;
    loop {
        let tenants = deps.store.list_tenants(Wanted::page(after.as_ref(), 100)).await?;
        for tenant in &tenants {
            let key = RealmKey::new(&*tenant.record.id, ADMIN_REALM);
            update_roles(deps, &key).await?;
        }
        match tenants.last().filter(|_| tenants.len() > 100) {
            None => return Ok(()),
            Some(last) => {
                after = Some(Position {
                    issued_at: last.meta.created_at,
                    id: last.record.id.clone(),
                });
            }
        }
    }
}

async fn update_roles(deps: &Deps, key: &RealmKey) -> Result<(), Refusal> {
    let Some(server) = deps.store.find_resource_server(key, RESOURCE_SERVER_ID).await? else {
        return Ok(());
    };
    let mut missing = server != resource_server(key);
    for role in BUILT_IN_ROLES {
        let found = deps.store.find_role(key, role.id).await?;
        missing |= found.is_none_or(|r| r.record != built_in(key, role));
    }
    if !missing {
        return Ok(());
    }
    let management = deps.store.manage(deps.clock.now()).await?;
    management.save_resource_server(&resource_server(key)).await?;
    management.save_role(&super_administrators(key)).await?;
    for role in BUILT_IN_ROLES {
        management.save_role(&built_in(key, role)).await?;
    }
    management.save_client(&application(key)).await?;
    let changes = management.commit().await?;
    feed::take_in(deps, &changes).await?;
    Ok(())
}

/// Whether a tenant's own admins have the scope: making and deleting tenants is the operator's.
fn is_of_tenant(key: &RealmKey, scope: &str) -> bool {
    &*key.tenant == OPERATOR_TENANT || !matches!(scope, "tenants:create" | "tenants:delete")
}

fn scope_names(key: &RealmKey) -> Vec<String> {
    let names = SCOPES.iter().map(|(name, _)| *name);
    names
        .filter(|name| is_of_tenant(key, name))
        .map(str::to_owned)
        .collect()
}

fn resource_server(key: &RealmKey) -> ResourceServer {
    let definition = |(name, title): &(&str, &str)| ScopeDefinition {
        name: (*name).into(),
        title: (*title).into(),
        description: String::new(),
    };
    let own = SCOPES.iter().filter(|(name, _)| is_of_tenant(key, name));
    ResourceServer {
        key: key.clone(),
        id: RESOURCE_SERVER_ID.into(),
        identifier: RESERVED_IDENTIFIER.into(),
        display_name: "Grantor Management API".into(),
        is_managed: true,
        role_bounded: true,
        scopes: own.map(definition).collect(),
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
            allowed_scopes: scope_names(key),
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

pub(crate) fn first_admin(key: &RealmKey) -> User {
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

fn super_administrators(key: &RealmKey) -> Role {
    Role {
        key: key.clone(),
        id: SUPER_ADMINISTRATORS_ID.into(),
        resource_server: RESOURCE_SERVER_ID.into(),
        display_name: SUPER_ADMINISTRATORS.into(),
        description: "May do everything".into(),
        is_managed: true,
        scopes: scope_names(key),
    }
}

fn built_in(key: &RealmKey, role: &BuiltInRole) -> Role {
    let scopes = role.scopes().into_iter().filter(|s| is_of_tenant(key, s));
    Role {
        key: key.clone(),
        id: role.id.into(),
        resource_server: RESOURCE_SERVER_ID.into(),
        display_name: role.display_name.into(),
        description: role.description.into(),
        is_managed: true,
        scopes: scopes.collect(),
    }
}
