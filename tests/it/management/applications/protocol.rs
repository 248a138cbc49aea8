//! Where an application exists, and which grants go with its protocol.
use super::{path, refused, set, tokens};
use crate::app::{App, OTHER, REALM, part_of};
use crate::management::admin::{Admin, assert_missing, client_of, machine, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn an_application_exists_in_its_tenant_and_realm_alone() {
    covers!("A-01");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let new = json!({"application": machine("Machine")});
    for (tenant, realm) in [("none", "main"), ("default", "none")] {
        let path = format!("/v1/tenants/{tenant}/realms/{realm}/applications");
        assert_missing(&admin.send("POST", &path, &new).await, "realm");
    }
    let answer = admin.send("POST", &format!("{OTHER}/applications"), &new).await;
    answer.assert_management_error(403, "forbidden");
    let list = format!("{REALM}/applications");
    let headers = [("content-type", "application/json")];
    let answer = app.send("POST", &list, &headers, Some(&new.to_string())).await;
    answer.assert_management_error(401, "unauthorized");
    let reader = app.management_token("applications:read").await;
    let reader = Admin {
        app: &app,
        bearer: reader,
    };
    let answer = reader.send("POST", &list, &new).await;
    answer.assert_management_error(403, "forbidden");
    let made = admin.create(&list, "application", machine("Machine")).await;
    let client = client_of(&app, "", &made);
    client.machine_token().await;
    client.clone().under(REALM).machine_token().await;
    let own = path(&text(&made["id"]));
    client.clone().under(&own).machine_token().await;
    let form = [("grant_type", "client_credentials")];
    client.clone().under(OTHER).token(&form).await.assert_invalid_client();
    client
        .under("/v1/tenants/default/realms/admin")
        .token(&form)
        .await
        .assert_invalid_client();
}

#[tokio::test]
async fn protocol_and_grants_go_together() {
    covers!("A-02", "A-03", "A-04");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    refused(&admin, "app-a", json!({"type": "saml"}), "type").await;
    for grants in [
        &["client_credentials"][..],
        &["authorization_code", "client_credentials"],
    ] {
        refused(&admin, "app-a", json!({"grant_type": grants}), "grant_type").await;
    }
    // Judged anew when the protocol changes.
    refused(&admin, "app-plain", json!({"type": "oidc"}), "grant_type").await;
    refused(&admin, "app-m", json!({"type": "oidc"}), "grant_type").await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    for (protocol, granted, id_token) in [("oidc", "openid read", true), ("oauth2", "read", false)] {
        let saved = set(&admin, &id, json!({"type": protocol})).await;
        assert_eq!(saved["protocol_config"]["type"], protocol);
        let answer = tokens(&app, &made, "openid read").await;
        let body = answer.assert_tokens().json();
        assert_eq!(
            (body["scope"].as_str(), body["id_token"].is_string()),
            (Some(granted), id_token)
        );
        if id_token {
            let jwks = app.get("/jwks").await.body;
            let claims = crate::app::verify_offline(&jwks, &answer.member("id_token")).unwrap();
            assert_eq!(claims["nonce"], "n0nce");
            let audience = &claims["aud"];
            let client_id = &made["protocol_config"]["client_id"];
            assert!(audience == client_id || audience[0] == *client_id, "{claims}");
            assert!(claims["at_hash"].is_string());
        }
    }
    // Either grant works on an oauth2 application.
    set(
        &admin,
        &id,
        json!({"grant_type": ["authorization_code", "client_credentials"]}),
    )
    .await;
    let token = client_of(&app, "", &made).machine_token().await;
    assert_eq!(part_of(&token, 1)["scope"], "read");
    tokens(&app, &made, "read").await.assert_tokens();
}
