//! One object of every kind in a realm, and for every operation the path that names them.
use crate::app::{App, Client, config};
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A realm with one of everything, by the names of path segments.
pub(super) struct Objects {
    pub(super) tenant: String,
    pub(super) realm: String,
    ids: BTreeMap<&'static str, String>,
}

impl Objects {
    /// Made through the API; `mark` keeps their names apart from those of other realms.
    pub(super) async fn make(app: &App, bearer: &str, (tenant, realm, mark): (&str, &str, &str)) -> Self {
        let base = format!("/v1/tenants/{tenant}/realms/{realm}");
        let make = async |path: &str, name: &str, body: Value| -> Value {
            let body = json!({ name: body });
            app.done(bearer, "POST", &format!("{base}{path}"), &body).await[name].clone()
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut ids = BTreeMap::new();
        let server =
            json!({"display_name": mark, "identifier": format!("https://{mark}.test"), "scopes": ["read", "write"]});
        let server = text(&make("/resource-servers", "resource_server", server).await["id"]);
        let mut machine = config(&json!(["read"]));
        machine["type"] = json!("oauth2");
        machine["grant_type"] = json!(["client_credentials"]);
        machine["token_format"] = json!("referential");
        machine["refresh_tokens"] = Value::Null;
        let body = json!({"display_name": mark, "resource_server_id": server, "protocol_config": machine});
        let application = make("/applications", "application", body).await;
        let id = text(&application["id"]);
        let secrets = app
            .done(
                bearer,
                "GET",
                &format!("{base}/applications/{id}/secrets"),
                &Value::Null,
            )
            .await;
        ids.insert("secret", text(&secrets["secrets"][0]["id"]));
        let (client_id, secret) = (
            text(&application["protocol_config"]["client_id"]),
            text(&application["protocol_config"]["client_secret"]),
        );
        let client = Client::new(app, &base, &client_id, &secret);
        let token = client.machine_token().await;
        ids.insert("token", client.introspect(&token).await.assert_active().member("jti"));
        ids.insert("application", id);
        let path = format!("{base}/resource-servers/{server}/credentials");
        let credential = app.done(bearer, "POST", &path, &Value::Null).await;
        ids.insert("credential", text(&credential["credential"]["id"]));
        let path = format!("/resource-servers/{server}/roles");
        let role = make(&path, "role", json!({"display_name": mark, "scopes": ["read"]})).await;
        ids.insert("role", text(&role["id"]));
        ids.insert("resource_server", server);
        let identity = make("/identities", "identity", json!({"username": mark})).await;
        ids.insert("identity", text(&identity["id"]));
        let group = make("/groups", "group", json!({"display_name": mark})).await;
        ids.insert("group", text(&group["id"]));
        let keys = app
            .done(
                bearer,
                "POST",
                &format!("{base}/signing-keys"),
                &json!({"algorithm": "ES256"}),
            )
            .await;
        ids.insert("signing_key", text(&keys["signing_keys"][0]["kid"]));
        let events = app.done(bearer, "GET", &format!("{base}/events"), &Value::Null).await;
        ids.insert("event", text(&events["events"][0]["id"]));
        Self {
            tenant: tenant.into(),
            realm: realm.into(),
            ids,
        }
    }

    /// Every id, with the name of its segment.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.ids.iter().map(|(name, id)| (*name, id.as_str()))
    }

    /// The id of one kind.
    pub(super) fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    /// The path of an operation in the realm `at` that names these objects.
    pub(super) fn path(&self, operation: Operation, at: &Self) -> String {
        let mut path = operation.line().full_path();
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        path.replace("{tenant}", &at.tenant).replace("{realm}", &at.realm)
    }
}
