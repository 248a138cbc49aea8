//! Shown once.
use super::{applications, everything, machine_answer};
use crate::app::{App, Client};
use crate::management::admin::{Admin, client_of, machine, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn the_secret_of_a_confidential_application_is_shown_once_and_works_at_once() {
    covers!("A-01", "A-06");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", machine("Machine")).await;
    let secret = text(&made["protocol_config"]["client_secret"]);
    assert_eq!(secret.len(), 48);
    assert_eq!(text(&made["protocol_config"]["client_id"]).len(), 24);
    let client = client_of(&app, "", &made);
    machine_answer(&client).await.assert_tokens();
    let id = text(&made["id"]);
    let seen = everything(&admin, &id).await;
    assert!(!seen.contains(&secret) && !seen.contains("client_secret\""), "{seen}");
    // Where it is listed it goes by its id and its last characters.
    let listed = admin.get(&format!("{}/{id}/secrets", applications())).await.json();
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 1);
    let line = &listed["secrets"][0];
    assert_eq!(line["hint"], secret[44..]);
    assert_eq!(
        (&line["enabled"], &line["created_at"]),
        (&json!(true), &json!("2027-01-15T08:00:00Z"))
    );
    assert!(line.get("expires_at").is_none() && line.get("client_secret").is_none());
    // A public one has none, is given none, and none helps it.
    let mut public = web("Public");
    public["protocol_config"]["confidentiality"] = json!("public");
    let made = admin.create(&applications(), "application", public).await;
    assert!(made["protocol_config"].get("client_secret").is_none(), "{made}");
    assert_eq!(made["protocol_config"]["token_endpoint_auth_method"], "none");
    let path = format!("{}/{}/secrets", applications(), text(&made["id"]));
    assert_eq!(admin.get(&path).await.json(), json!({"secrets": []}));
    let answer = admin.send("POST", &path, &json!({})).await;
    answer.assert_management_error(409, "conflict");
    let named = text(&made["protocol_config"]["client_id"]);
    for secret in [named.as_str(), "", "x"] {
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        let answer = Client::new(&app, "", &named, secret).token(&form).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_application_that_becomes_public_loses_its_secrets_and_gets_a_new_one_with_confidence() {
    covers!("A-05", "A-06");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", web("Web")).await;
    let path = format!("{}/{}", applications(), text(&made["id"]));
    let old = client_of(&app, "", &made);
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    old.token(&form).await.assert_json_error(400, "invalid_grant");
    let kind = |confidentiality: &str, method: &str| json!({"protocol_config": {"confidentiality": confidentiality, "token_endpoint_auth_method": method}});
    let changed = admin.change(&path, "application", kind("public", "none")).await;
    assert!(changed["protocol_config"].get("client_secret").is_none());
    assert_eq!(
        admin.get(&format!("{path}/secrets")).await.json(),
        json!({"secrets": []})
    );
    old.token(&form).await.assert_invalid_client();
    let back = kind("confidential", "client_secret_basic");
    let changed = admin.change(&path, "application", back.clone()).await;
    let new = text(&changed["protocol_config"]["client_secret"]);
    old.token(&form).await.assert_invalid_client();
    let new = old.with_secret(&new);
    new.token(&form).await.assert_json_error(400, "invalid_grant");
    let again = admin.change(&path, "application", back).await;
    assert!(again["protocol_config"].get("client_secret").is_none());
}
