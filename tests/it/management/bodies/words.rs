//! Every word of an application.
use super::applications;
use crate::app::App;
use crate::management::admin::{Admin, records};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn every_word_of_an_application_is_checked_and_a_refused_one_changes_nothing() {
    covers!("A-02", "A-15", "A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = records(&app);
    let config = |name: &str, value: Value| json!({"protocol_config": { name: value }});
    let expires = |value: Value| config("token_configuration", json!({"expires_after": value}));
    let at = |field: &str| format!("application.protocol_config.{field}");
    let plain = |field: &str| format!("application.{field}");
    for (members, field) in [
        (json!({"display_name": 1}), plain("display_name")),
        (json!({"display_name": ""}), plain("display_name")),
        (json!({"display_name": " "}), plain("display_name")),
        (json!({"display_name": "x".repeat(101)}), plain("display_name")),
        (json!({"display_name": "a\u{0}b"}), plain("display_name")),
        (json!({"displayName": "A"}), plain("displayName")),
        (json!({"enabled": "yes"}), plain("enabled")),
        (json!({"enabled": 1}), plain("enabled")),
        (json!({"resource_server_id": "nothing"}), plain("resource_server_id")),
        (json!({"resource_server_id": 5}), plain("resource_server_id")),
        (
            json!({"resource_server_id": "r1", "resource_server": "r1"}),
            plain("resource_server"),
        ),
        (json!({"protocol_config": "x"}), plain("protocol_config")),
        (json!({"protocol_config": []}), plain("protocol_config")),
        (config("typ", json!("oidc")), at("typ")),
        (config("type", json!("saml")), at("type")),
        (config("type", json!("OIDC")), at("type")),
        (config("type", json!(2)), at("type")),
        (config("confidentiality", json!("secret")), at("confidentiality")),
        (config("application_type", json!("desktop")), at("application_type")),
        (config("pkce", json!("plain")), at("pkce")),
        (
            config("token_endpoint_auth_method", json!("private_key_jwt")),
            at("token_endpoint_auth_method"),
        ),
        (
            config("token_endpoint_auth_method", json!("none")),
            at("token_endpoint_auth_method"),
        ),
        (config("grant_type", json!("authorization_code")), at("grant_type")),
        (config("grant_type", json!([])), at("grant_type")),
        (config("grant_type", json!(["password"])), at("grant_type[0]")),
        (config("grant_type", json!(["implicit"])), at("grant_type[0]")),
        (
            config("grant_type", json!(["authorization_code", 1])),
            at("grant_type[1]"),
        ),
        (config("grant_type", json!(["refresh_token"])), at("grant_type")),
        (config("redirect_uris", json!("https://a.test/cb")), at("redirect_uris")),
        (config("redirect_uris", json!(["/cb"])), at("redirect_uris[0]")),
        (
            config("redirect_uris", json!(["javascript:alert(1)"])),
            at("redirect_uris[0]"),
        ),
        (
            config("redirect_uris", json!(["https://a.test/cb#x"])),
            at("redirect_uris[0]"),
        ),
        (
            config("post_logout_redirect_uris", json!(["x"])),
            at("post_logout_redirect_uris[0]"),
        ),
        (
            config("allowed_cors_origins", json!(["*"])),
            at("allowed_cors_origins[0]"),
        ),
        (
            config("allowed_cors_origins", json!(["https://a.test/x"])),
            at("allowed_cors_origins[0]"),
        ),
        (config("allowed_scopes", json!(["read"])), at("allowed_scopes")),
        (config("token_format", json!("opaque")), at("token_format")),
        (
            config("id_token_signed_response_alg", json!("none")),
            at("id_token_signed_response_alg"),
        ),
        (config("consent", json!("never")), at("consent")),
        (config("client_uri", json!("javascript:alert(1)")), at("client_uri")),
        (config("jwks", json!([])), at("jwks")),
        (expires(json!(0)), at("token_configuration.expires_after")),
        (expires(json!(-1)), at("token_configuration.expires_after")),
        (expires(json!(1.5)), at("token_configuration.expires_after")),
        (expires(json!("3600")), at("token_configuration.expires_after")),
        (expires(json!(true)), at("token_configuration.expires_after")),
        (expires(json!(315_360_001)), at("token_configuration.expires_after")),
        (expires(json!(u64::MAX)), at("token_configuration.expires_after")),
        (
            config("token_configuration", json!({"token_signing_algorithm": "none"})),
            at("token_configuration.token_signing_algorithm"),
        ),
        (
            config("token_configuration", json!({"subject_field": "name"})),
            at("token_configuration.subject_field"),
        ),
        (
            config("refresh_tokens", json!({"rotation": "never"})),
            at("refresh_tokens.rotation"),
        ),
        (
            config("refresh_tokens", json!({"enable": true})),
            at("refresh_tokens.enable"),
        ),
        (config("refresh_tokens", json!(true)), at("refresh_tokens")),
    ] {
        let mut new = json!({"display_name": "New", "protocol_config": {}});
        let mut config = json!({"redirect_uris": ["https://new.test/cb"]});
        for (name, value) in members.as_object().unwrap() {
            match (name.as_str(), value.as_object()) {
                ("protocol_config", Some(inner)) => config.as_object_mut().unwrap().extend(inner.clone()),
                _ => new[name] = value.clone(),
            }
        }
        if new["protocol_config"] == json!({}) {
            new["protocol_config"] = config;
        }
        let answer = admin.send("POST", &applications(), &json!({"application": new})).await;
        let found = crate::management::admin::fields(&answer);
        assert!(
            found.iter().any(|f| f.starts_with(&field)),
            "{members}: {}",
            answer.body
        );
        // The record there is, laid under it, makes no difference; `app-p2` has no resource server.
        let path = format!("{}/app-exempt", applications());
        if !field.ends_with("allowed_scopes") {
            let answer = admin.send("PATCH", &path, &json!({"application": members})).await;
            let found = crate::management::admin::fields(&answer);
            assert!(
                found.iter().any(|f| f.starts_with(&field)),
                "{members}: {}",
                answer.body
            );
        }
    }
    assert_eq!(records(&app), before);
}
