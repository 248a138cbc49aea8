use super::*;
use crate::resource_server::ScopeDefinition;

fn web_app() -> ClientConfig {
    ClientConfig {
        protocol: Protocol::Oidc,
        confidentiality: Confidentiality::Confidential,
        application_type: ApplicationType::Web,
        pkce: PkcePolicy::S256,
        token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
        grant_types: vec![GrantType::AuthorizationCode],
        redirect_uris: vec!["https://a.test/cb".into()],
        post_logout_redirect_uris: vec![],
        allowed_cors_origins: vec![],
        allowed_scopes: vec![],
        token_format: TokenFormat::SelfContained,
        token_configuration: TokenConfiguration::default(),
        id_token_signed_response_alg: SigningAlgorithm::RS256,
        refresh_tokens: RefreshTokens::default(),
        consent: ConsentPolicy::Ask,
        client_uri: None,
    }
}

fn server() -> ResourceServer {
    ResourceServer {
        key: RealmKey::new("t", "r"),
        id: "api".into(),
        identifier: "https://api.test".into(),
        display_name: "API".into(),
        is_managed: false,
        role_bounded: false,
        scopes: vec![ScopeDefinition {
            name: "read".into(),
            title: String::new(),
            description: String::new(),
        }],
    }
}

/// One change to a valid application, and the only field it may be blamed on (`None`: still valid).
fn check_change(name: &str, change: impl FnOnce(&mut ClientConfig), linked: bool, expected: Option<&str>) {
    let mut config = web_app();
    change(&mut config);
    let linked = linked.then(server);
    let found = check("App", &config, linked.as_ref());
    let fields: Vec<_> = found
        .iter()
        .map(|v| v.field.trim_start_matches("protocol_config."))
        .collect();
    match expected {
        None => assert!(found.is_empty(), "{name}: {found:?}"),
        Some(field) => assert!(
            !fields.is_empty() && fields.iter().all(|f| *f == field),
            "{name}: {found:?}"
        ),
    }
}

fn public(c: &mut ClientConfig) {
    c.confidentiality = Confidentiality::Public;
    c.token_endpoint_auth_method = ClientAuthMethod::None;
}

fn machine(c: &mut ClientConfig) {
    c.protocol = Protocol::OAuth2;
    c.grant_types = vec![GrantType::ClientCredentials];
    c.redirect_uris = vec![];
}

#[test]
fn grants_and_authentication_fit_the_kind_of_application() {
    check_change("valid", |_| {}, false, None);
    check_change("public", public, false, None);
    check_change("machine", machine, true, None);
    check_change(
        "A-04 oidc with client_credentials",
        |c| c.grant_types.push(GrantType::ClientCredentials),
        false,
        Some("grant_type"),
    );
    check_change("no grant", |c| c.grant_types.clear(), false, Some("grant_type"));
    check_change(
        "grant twice",
        |c| c.grant_types.push(GrantType::AuthorizationCode),
        false,
        Some("grant_type"),
    );
    check_change(
        "A-05 public client_credentials",
        |c| {
            machine(c);
            public(c);
        },
        false,
        Some("grant_type"),
    );
    check_change(
        "A-09 public without PKCE",
        |c| {
            public(c);
            c.pkce = PkcePolicy::Disabled;
        },
        false,
        Some("pkce"),
    );
    check_change(
        "confidential without a method",
        |c| c.token_endpoint_auth_method = ClientAuthMethod::None,
        false,
        Some("token_endpoint_auth_method"),
    );
}

#[test]
fn scopes_tokens_and_addresses_are_within_bounds() {
    check_change(
        "A-13 foreign scope",
        |c| c.allowed_scopes = vec!["write".into()],
        true,
        Some("allowed_scopes"),
    );
    check_change(
        "A-14 scope without server",
        |c| c.allowed_scopes = vec!["read".into()],
        false,
        Some("allowed_scopes"),
    );
    check_change(
        "openid listed",
        |c| c.allowed_scopes = vec!["openid".into()],
        true,
        Some("allowed_scopes"),
    );
    for seconds in [0, -1, MAX_EXPIRES_AFTER + 1] {
        check_change(
            "A-17",
            |c| c.token_configuration.expires_after = seconds,
            false,
            Some("token_configuration.expires_after"),
        );
    }
    check_change(
        "subject of a machine",
        |c| {
            machine(c);
            c.token_configuration.subject_field = SubjectField::Email;
        },
        false,
        Some("token_configuration.subject_field"),
    );
    check_change(
        "redirect URI with a fragment",
        |c| c.redirect_uris = vec!["https://a.test/cb#f".into()],
        false,
        Some("redirect_uris[0]"),
    );
    check_change(
        "origin with a path",
        |c| c.allowed_cors_origins = vec!["https://a.test/".into()],
        false,
        Some("allowed_cors_origins[0]"),
    );
    check_change(
        "origin",
        |c| c.allowed_cors_origins = vec!["https://a.test".into()],
        false,
        None,
    );
}

#[test]
fn origins_come_from_redirect_uris_unless_they_are_set() {
    let client = |origins: Vec<String>| Client {
        key: RealmKey::new("t", "r"),
        id: "a".into(),
        client_id: "c".into(),
        display_name: "App".into(),
        is_managed: false,
        enabled: true,
        resource_server: None,
        config: ClientConfig {
            allowed_cors_origins: origins,
            ..web_app()
        },
    };
    assert!(client(vec![]).allows_origin("https://a.test"));
    for origin in [
        "http://a.test",
        "https://a.test.evil.test",
        "null",
        "https://a.test:443",
        "https://A.test",
    ] {
        assert!(!client(vec![]).allows_origin(origin), "{origin}");
    }
    assert!(!client(vec!["https://b.test".into()]).allows_origin("https://a.test"));
    assert!(client(vec!["https://b.test".into()]).allows_origin("https://b.test"));
}
