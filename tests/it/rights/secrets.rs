//! What is secret is shown where it is made and nowhere else.
use crate::app::{ADMIN, App, Client, Portal};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn secrets_are_shown_once_and_in_no_other_answer() {
    covers!("O-249", "A-06");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let user = portal.user(&bearer, "somebody", &["read-only"]).await;
    let reader = portal.token("somebody", "").await;
    let body = json!({"application": {"display_name": "Machine"}});
    let made = app.done(&bearer, "POST", &format!("{ADMIN}/applications"), &body).await;
    let secret = made["application"]["protocol_config"]["client_secret"]
        .as_str()
        .unwrap();
    let id = made["application"]["id"].as_str().unwrap();
    let client_id = made["application"]["protocol_config"]["client_id"].as_str().unwrap();
    Client::new(&app, ADMIN, client_id, secret).machine_token().await;
    let further = app
        .done(
            &bearer,
            "POST",
            &format!("{ADMIN}/applications/{id}/secrets"),
            &Value::Null,
        )
        .await;
    let further = further["secret"]["client_secret"].as_str().unwrap();
    let body = json!({"resource_server": {"display_name": "API", "identifier": "https://api.test"}});
    let server = app
        .done(&bearer, "POST", &format!("{ADMIN}/resource-servers"), &body)
        .await;
    let server = server["resource_server"]["id"].as_str().unwrap();
    let credentials = format!("{ADMIN}/resource-servers/{server}/credentials");
    let credential = app.done(&bearer, "POST", &credentials, &Value::Null).await;
    let credential = credential["credential"]["secret"].as_str().unwrap();
    let hash: String = app.sql(|c| {
        c.query_row("SELECT password_hash FROM user WHERE username = 'somebody'", [], |r| {
            r.get(0)
        })
    });
    let mut shown = 0;
    for path in [
        "applications?page_size=100".to_owned(),
        format!("applications/{id}"),
        format!("applications/{id}/secrets"),
        format!("applications/{id}/tokens"),
        "resource-servers?page_size=100".into(),
        format!("resource-servers/{server}"),
        format!("resource-servers/{server}/credentials"),
        "identities?page_size=100".into(),
        format!("identities/{user}"),
        "signing-keys".into(),
        "events?page_size=100".into(),
    ] {
        for token in [&bearer, &reader] {
            let answer = app.ask(token, "GET", &format!("{ADMIN}/{path}"), &Value::Null).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            for hidden in [secret, further, credential, hash.as_str(), "argon2", "\"d\":", "sealed"] {
                assert!(!answer.body.contains(hidden), "{path} shows {hidden}");
            }
            shown += 1;
        }
    }
    println!("cells: {shown}");
}
