//! Confidential and public applications, and PKCE.
use super::{path, refused};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, assert_field, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn either_protocol_is_confidential_or_public_and_a_public_one_needs_pkce_and_no_secret() {
    covers!("A-05", "A-06", "A-09");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let list = format!("{REALM}/applications");
    for protocol in ["oauth2", "oidc"] {
        for confidentiality in ["confidential", "public"] {
            let mut new = web("Combined");
            new["protocol_config"]["type"] = json!(protocol);
            new["protocol_config"]["confidentiality"] = json!(confidentiality);
            let made = admin.create(&list, "application", new).await;
            let read = admin.read(&path(&text(&made["id"])), "application").await;
            let config = &read["protocol_config"];
            assert_eq!(
                (&config["type"], &config["confidentiality"]),
                (&json!(protocol), &json!(confidentiality))
            );
            let public = confidentiality == "public";
            let secret = &made["protocol_config"].get("client_secret");
            assert_eq!(secret.is_none(), public);
        }
    }
    let machine = json!({"type": "oauth2", "grant_type": ["client_credentials"]});
    refused(&admin, "app-p", machine, "grant_type").await;
    refused(&admin, "app-p", json!({"pkce": "disabled"}), "pkce").await;
    let basic = json!({"token_endpoint_auth_method": "client_secret_basic"});
    refused(&admin, "app-p", basic, "token_endpoint_auth_method").await;
    refused(
        &admin,
        "app-a",
        json!({"confidentiality": "public"}),
        "token_endpoint_auth_method",
    )
    .await;
    let off = json!({"refresh_tokens": {"enabled": true, "rotation": "off"}});
    refused(&admin, "app-p", off, "refresh_tokens.rotation").await;
    let mut new = web("Public");
    new["protocol_config"]["confidentiality"] = json!("public");
    new["protocol_config"]["pkce"] = json!("disabled");
    let answer = admin.send("POST", &list, &json!({"application": new})).await;
    assert_field("public", &answer, "application.protocol_config.pkce");
    let document = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
}
