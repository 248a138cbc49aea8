//! Secrets and credentials: shown once, several at once, each with its own end.
mod credentials;
mod rotation;
mod settings;
mod shown;

use super::admin::Admin;
use crate::app::{Answer, Client, REALM};
use serde_json::json;

fn applications() -> String {
    format!("{REALM}/applications")
}

async fn machine_answer(client: &Client<'_>) -> Answer {
    client.token(&[("grant_type", "client_credentials")]).await
}

/// Every text a reader of the API can see of a realm.
async fn everything(admin: &Admin<'_>, application: &str) -> String {
    let one = format!("{}/{application}", applications());
    let mut all = String::new();
    for path in [
        one.clone(),
        format!("{one}/secrets"),
        format!("{}?page_size=100", applications()),
        format!("{REALM}/events?page_size=100"),
    ] {
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        all.push_str(&answer.body);
    }
    let same = admin
        .send("PATCH", &one, &json!({"application": {"enabled": true}}))
        .await;
    all.push_str(&same.body);
    all
}
