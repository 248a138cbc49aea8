//! Tenants and realms: what is made with them, what ends with them, and that a place of the same name is another place.
mod ids;
mod meanwhile;
mod realms;
mod tenants;

use super::admin::{Admin, client_of, text};
use crate::app::{App, Client};
use grantor_protocol::issuer::RealmKey;
use serde_json::{Value, json};

const REALMS: &str = "/v1/tenants/default/realms";

/// An application for machines in a realm, and a token of each format.
async fn machines(app: &App, admin: &Admin<'_>, prefix: &str) -> (Value, Vec<String>) {
    let config = json!({
        "grant_type": ["client_credentials"],
        "token_configuration": {"token_signing_algorithm": "ES256"},
    });
    let new = json!({"display_name": "Machine", "protocol_config": config});
    let made = admin
        .create(&format!("{prefix}/applications"), "application", new)
        .await;
    let path = format!("{prefix}/applications/{}", text(&made["id"]));
    let mut tokens = Vec::new();
    for format in ["self_contained", "referential"] {
        let change = json!({"protocol_config": {"token_format": format}});
        admin.change(&path, "application", change).await;
        tokens.push(client_of(app, prefix, &made).machine_token().await);
    }
    (made, tokens)
}

async fn key_ids(app: &App, prefix: &str) -> Vec<String> {
    let keys = app.get(&format!("{prefix}/jwks")).await.json();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().map(|k| text(&k["kid"])).collect()
}

/// The same application, as a document may make it again.
fn again(realm: &str, made: &Value) -> String {
    let config = &made["protocol_config"];
    format!(
        "tenant = 'default'\nrealm = '{realm}'\n[[applications]]\nid = '{}'\nclient_id = '{}'\ndisplay_name = 'Again'\n\
         client_secrets = ['{}']\n[applications.protocol_config]\ngrant_types = ['client_credentials']\n\
         token_configuration = {{ token_signing_algorithm = 'ES256' }}",
        text(&made["id"]),
        text(&config["client_id"]),
        text(&config["client_secret"]),
    )
}

/// A secret of a tenant's management application, as the command line gives it.
async fn manager<'a>(app: &'a App, tenant: &str) -> (Client<'a>, String) {
    let key = RealmKey::new(tenant, "admin");
    let by = grantor_flows::management::Requester::operator();
    let rotated = grantor_flows::client_secret::rotate(&app.deps, &key, "management-api", (Some(0), &by)).await;
    let prefix = format!("/v1/tenants/{tenant}/realms/admin");
    let client = Client::new(app, &prefix, "management-api", &rotated.unwrap());
    let token = client.machine_token().await;
    (client, token)
}
