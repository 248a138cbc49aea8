//! The management application by the API.
use crate::app::{ADMIN, App, Client};
use crate::management::admin::{Admin, text};
use grantor_protocol::management::SCOPES;
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn the_management_application_is_read_and_its_secret_had_by_the_api() {
    covers!("T-12", "T-13", "T-14");
    let app = App::start().await;
    let path = format!("{ADMIN}/applications/management-api");
    let with = async |scope: &str| Admin {
        app: &app,
        bearer: app.management_token(scope).await,
    };
    let answer = with("tokens:read").await.get(&path).await;
    answer.assert_management_error(403, "forbidden");
    let admin = with("").await;
    let reader = with("applications:read").await;
    let read = reader.read(&path, "application").await;
    assert_eq!(
        (&read["id"], &read["protocol_config"]["client_id"], &read["is_managed"]),
        (&json!("management-api"), &json!("management-api"), &json!(true))
    );
    assert!(read["protocol_config"].get("client_secret").is_none());
    let all: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(read["protocol_config"]["allowed_scopes"], json!(all));
    let secrets = format!("{path}/secrets");
    let answer = reader.raw("POST", &secrets, &[], None).await;
    answer.assert_management_error(403, "forbidden");
    // Only who has everything the application has may have its secret.
    let partly = with("applications:read applications:update").await;
    let answer = partly.raw("POST", &secrets, &[], None).await;
    answer.assert_management_error(403, "forbidden");
    let made = admin.create(&secrets, "secret", json!({})).await;
    let secret = text(&made["client_secret"]);
    let client = Client::new(&app, ADMIN, "management-api", &secret);
    let answer = client.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.assert_tokens().json()["expires_in"], 7_776_000);
    let bearer = answer.member("access_token");
    assert_eq!(Admin { app: &app, bearer }.get(&path).await.status, 200);
    assert!(!admin.get(&secrets).await.body.contains(&secret));
}
