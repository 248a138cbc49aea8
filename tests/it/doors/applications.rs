//! Applications.
use super::servers::bad_names;
use super::{Case, Kind, at, case, of_documents, taken};
use serde_json::{Value, json};

const K: Kind = Kind::Application;

fn config(value: Value) -> Value {
    json!({ "protocol_config": value })
}

fn wrong(field: &'static str, value: Value) -> Case {
    case(K, field, at(field, value))
}

/// With several fields wrong at once.
fn all_wrong(fields: &[&'static str], over: Value) -> Case {
    Case {
        wrong: fields.to_vec(),
        ..case(K, "", over)
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = bad_names(100)
        .into_iter()
        .map(|name| wrong("display_name", name))
        .collect();
    all.extend(of_words());
    all.extend(of_combinations());
    all.extend(of_addresses());
    all.extend(of_numbers());
    all.extend(of_names_and_secrets());
    all.extend(good());
    all
}

/// Words that are none.
fn of_words() -> Vec<Case> {
    let mut all = Vec::new();
    for field in [
        "protocol_config.type",
        "protocol_config.confidentiality",
        "protocol_config.application_type",
        "protocol_config.pkce",
        "protocol_config.token_endpoint_auth_method",
        "protocol_config.token_format",
        "protocol_config.token_configuration.subject_field",
        "protocol_config.token_configuration.token_signing_algorithm",
        "protocol_config.id_token_signed_response_alg",
        "protocol_config.refresh_tokens.rotation",
        "protocol_config.consent",
    ] {
        for value in [
            json!("nothing"),
            json!(""),
            json!("none "),
            json!(5),
            json!(["oauth2"]),
            json!({"oauth2": 1, "oidc": 2}),
        ] {
            all.push(wrong(field, value));
        }
    }
    for (field, value) in [
        ("enabled", json!("yes")),
        ("enabled", json!(1)),
        ("resource_server_id", json!(5)),
        ("colour", json!(1)),
        ("protocol_config", json!("x")),
        ("protocol_config.colour", json!(1)),
        ("protocol_config.token_configuration", json!("x")),
        ("protocol_config.token_configuration.colour", json!(1)),
        ("protocol_config.refresh_tokens", json!("x")),
        ("protocol_config.refresh_tokens.colour", json!(1)),
        ("protocol_config.refresh_tokens.enabled", json!("yes")),
        ("protocol_config.grant_type", json!("authorization_code")),
        ("protocol_config.grant_type[0]", json!(null)),
        ("protocol_config.grant_types", json!(["authorization_code"])),
        ("protocol_config.redirect_uris", json!("https://a.test")),
        ("protocol_config.allowed_scopes", json!("read")),
        (
            "protocol_config.token_configuration.token_signing_algorithm",
            json!("none"),
        ),
        (
            "protocol_config.token_configuration.token_signing_algorithm",
            json!("HS256"),
        ),
    ] {
        all.push(match field {
            "protocol_config.grant_type[0]" => case(K, field, config(json!({"grant_type": ["implicit"]}))),
            // The other spelling beside the one.
            "protocol_config.grant_types" => case(
                K,
                field,
                config(json!({"grant_types": value, "grant_type": ["authorization_code"]})),
            ),
            field => wrong(field, value),
        });
    }
    all.push(case(
        K,
        "resource_server",
        json!({"resource_server": "r1", "resource_server_id": "r1"}),
    ));
    all
}

/// What does not go together.
fn of_combinations() -> Vec<Case> {
    let grant = "protocol_config.grant_type";
    let method = "protocol_config.token_endpoint_auth_method";
    let public = |more: Value| {
        let public = json!({"confidentiality": "public", "token_endpoint_auth_method": "none"});
        config(super::laid_over(&public, &more))
    };
    vec![
        case(K, grant, config(json!({"grant_type": []}))),
        case(
            K,
            grant,
            config(json!({"grant_type": ["authorization_code", "authorization_code"]})),
        ),
        case(
            K,
            grant,
            config(json!({"grant_type": ["authorization_code", "refresh_token"]})),
        ),
        case(
            K,
            grant,
            config(json!({"type": "oidc", "grant_type": ["client_credentials"]})),
        ),
        case(
            K,
            grant,
            config(json!({"type": "oidc", "grant_type": ["authorization_code", "client_credentials"]})),
        ),
        case(
            K,
            grant,
            public(json!({"grant_type": ["authorization_code", "client_credentials"]})),
        ),
        case(K, method, config(json!({"token_endpoint_auth_method": "none"}))),
        case(K, method, config(json!({"confidentiality": "public"}))),
        case(K, "protocol_config.pkce", public(json!({"pkce": "disabled"}))),
        case(
            K,
            "protocol_config.refresh_tokens.rotation",
            public(json!({"refresh_tokens": {"enabled": true, "rotation": "off"}})),
        ),
        case(
            K,
            "protocol_config.refresh_tokens.enabled",
            config(json!({"grant_type": ["client_credentials"], "refresh_tokens": {"enabled": true}})),
        ),
        case(
            K,
            "protocol_config.token_configuration.subject_field",
            config(json!({"grant_type": ["client_credentials"], "token_configuration": {"subject_field": "email"}})),
        ),
        all_wrong(
            &["protocol_config.allowed_scopes", "resource_server_id"],
            json!({"resource_server_id": "nothing", "protocol_config": {"allowed_scopes": ["read"]}}),
        ),
        case(
            K,
            "protocol_config.allowed_scopes",
            json!({"resource_server_id": null, "protocol_config": {"allowed_scopes": ["read"]}}),
        ),
        case(
            K,
            "protocol_config.allowed_scopes",
            json!({"resource_server_id": "r2", "protocol_config": {"allowed_scopes": ["read"]}}),
        ),
        case(
            K,
            "protocol_config.allowed_scopes",
            config(json!({"allowed_scopes": ["read", "nothing"]})),
        ),
        case(
            K,
            "protocol_config.allowed_scopes",
            config(json!({"allowed_scopes": ["openid"]})),
        ),
        all_wrong(
            &["display_name", "protocol_config.consent"],
            json!({"display_name": "", "protocol_config": {"consent": "ask", "grant_type": [], "pkce": "s256"}}),
        )
        .and(&["display_name", "protocol_config.grant_type"]),
    ]
}

impl Case {
    fn and(mut self, fields: &[&'static str]) -> Self {
        self.wrong = fields.to_vec();
        self
    }
}

/// Addresses that lead elsewhere.
fn of_addresses() -> Vec<Case> {
    let mut all = Vec::new();
    for uri in [
        "",
        "nonsense",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://good.test/cb#fragment",
        "https://user:password@good.test/cb",
        "https://*.good.test/cb",
        "https://good.test/a b",
        "http://good.test/cb",
    ] {
        all.push(case(
            K,
            "protocol_config.redirect_uris[0]",
            config(json!({"redirect_uris": [uri]})),
        ));
    }
    for uri in ["nonsense", "javascript:alert(1)", "data:text/html,x"] {
        all.push(case(
            K,
            "protocol_config.post_logout_redirect_uris[0]",
            config(json!({"post_logout_redirect_uris": [uri]})),
        ));
    }
    for origin in [
        "https://a.test/",
        "https://a.test/path",
        "a.test",
        "null",
        "*",
        "javascript:alert(1)",
    ] {
        all.push(case(
            K,
            "protocol_config.allowed_cors_origins[0]",
            config(json!({"allowed_cors_origins": [origin]})),
        ));
    }
    for uri in ["javascript:alert(1)", "nonsense", "data:text/html,x"] {
        all.push(wrong("protocol_config.client_uri", json!(uri)));
    }
    let many: Vec<String> = (0..101).map(|i| format!("https://good.test/{i}")).collect();
    all.push(wrong("protocol_config.redirect_uris", json!(many)));
    all
}

fn of_numbers() -> Vec<Case> {
    let mut all = Vec::new();
    for value in [
        json!(0),
        json!(-1),
        json!(315_360_001),
        json!("60"),
        json!(1.5),
        json!(true),
        json!(1e30),
    ] {
        for field in [
            "protocol_config.token_configuration.expires_after",
            "protocol_config.refresh_tokens.expires_after",
            "protocol_config.refresh_tokens.idle_after",
        ] {
            all.push(wrong(field, value.clone()));
        }
    }
    for value in [json!(-1), json!(601), json!("60"), json!(0.5)] {
        all.push(wrong("protocol_config.refresh_tokens.retry_window", value));
    }
    all
}

/// What only a document gives.
fn of_names_and_secrets() -> Vec<Case> {
    let mut all = Vec::new();
    let long = "x".repeat(201);
    for name in [
        "",
        "a",
        "a\u{7}b",
        "é",
        &long,
        "https://r1.test",
        "urn:grantor:management",
        "r1-api",
    ] {
        all.push(of_documents(K, "client_id", at("client_id", json!(name))));
    }
    for (secrets, field) in [
        (json!(["too short"]), "client_secrets[0]"),
        (json!(["x".repeat(32), "x".repeat(31)]), "client_secrets[1]"),
        (json!(["x".repeat(513)]), "client_secrets[0]"),
        (json!([format!("é{}", "x".repeat(32))]), "client_secrets[0]"),
        (json!([5]), "client_secrets[0]"),
        (json!("x".repeat(32)), "client_secrets"),
    ] {
        all.push(of_documents(K, field, at("client_secrets", secrets)));
    }
    all.push(of_documents(
        K,
        "client_secrets",
        json!({"client_secrets": ["x".repeat(32)], "protocol_config": {"confidentiality": "public", "token_endpoint_auth_method": "none"}}),
    ));
    for id in ["a b", "a/b", ".a"] {
        let mut case = of_documents(K, "id", at("id", json!(id)));
        case.doors = &[super::Door::ApplyCreate];
        all.push(case);
    }
    all
}

fn good() -> Vec<Case> {
    [
        json!({"display_name": "x".repeat(100), "enabled": false}),
        json!({"resource_server_id": null, "protocol_config": {"allowed_scopes": []}}),
        json!({"resource_server_id": "r2", "protocol_config": {"allowed_scopes": ["other"]}}),
        config(json!({"type": "oidc", "refresh_tokens": {"enabled": true, "rotation": "strict"}, "pkce": "disabled"})),
        config(json!({"confidentiality": "public", "token_endpoint_auth_method": "none"})),
        config(json!({"grant_type": ["client_credentials"], "redirect_uris": []})),
        config(json!({"application_type": "native", "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"]})),
        config(json!({"token_format": "referential", "token_configuration": {"expires_after": 315_360_000, "subject_field": "email"}})),
        config(json!({"allowed_cors_origins": ["https://a.test"], "client_uri": "https://a.test", "consent": "skip"})),
        json!({"is_managed": true, "tenant_id": "t2", "protocol_config": {"client_id": "a"}}),
    ]
    .into_iter()
    .map(|over| taken(K, over))
    .collect()
}
