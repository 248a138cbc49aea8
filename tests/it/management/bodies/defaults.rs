//! What a new record has.
use super::applications;
use crate::app::App;
use crate::management::admin::Admin;
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_record_has_its_defaults_whether_left_out_or_null() {
    covers!("A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let uris = json!(["https://x.test/cb"]);
    let mut seen = Vec::new();
    for config in [
        json!({"redirect_uris": uris}),
        json!({"redirect_uris": uris, "type": null, "confidentiality": null, "grant_type": null, "grant_types": null,
               "token_endpoint_auth_method": null, "pkce": null, "allowed_scopes": null, "client_uri": null,
               "token_configuration": null, "refresh_tokens": null, "token_format": null}),
    ] {
        let members =
            json!({"display_name": "D", "enabled": null, "resource_server_id": null, "protocol_config": config});
        let mut made = admin.create(&applications(), "application", members).await;
        let made = made["protocol_config"].as_object_mut().unwrap();
        made.remove("client_id");
        made.remove("client_secret");
        seen.push(Value::Object(made.clone()));
    }
    assert_eq!(seen[0], seen[1]);
    let expected = json!({
        "type": "oauth2", "confidentiality": "confidential", "application_type": "web", "pkce": "s256",
        "token_endpoint_auth_method": "client_secret_basic", "grant_type": ["authorization_code"],
        "redirect_uris": uris, "post_logout_redirect_uris": [], "allowed_cors_origins": [], "allowed_scopes": [],
        "token_format": "self_contained",
        "token_configuration": {"expires_after": 86400, "subject_field": "id", "token_signing_algorithm": "RS256"},
        "id_token_signed_response_alg": "RS256",
        "refresh_tokens": {"enabled": false, "rotation": "until_receipt", "expires_after": 2_592_000,
                           "idle_after": 1_209_600, "retry_window": 60},
        "consent": "ask", "client_uri": null,
    });
    assert_eq!(seen[0], expected);
    // In realm `admin` they are for machines; without a configuration at all as well.
    for members in [
        json!({"display_name": "D"}),
        json!({"display_name": "D", "protocol_config": null}),
    ] {
        let path = format!("{}/applications", crate::app::ADMIN);
        let made = admin.create(&path, "application", members).await;
        assert_eq!(made["protocol_config"]["grant_type"], json!(["client_credentials"]));
    }
}
