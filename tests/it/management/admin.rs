//! An admin's program: it holds a management token and speaks JSON.
use crate::app::{Answer, App, Client};
use serde_json::{Value, json};

/// Whoever may do everything in the first tenant.
pub(crate) struct Admin<'a> {
    pub(crate) app: &'a App,
    pub(crate) bearer: String,
}

impl<'a> Admin<'a> {
    /// With a token of the management application that holds every scope.
    pub(crate) async fn of(app: &'a App) -> Self {
        let bearer = app.management_token("").await;
        Self { app, bearer }
    }

    /// The same token at another process.
    pub(crate) fn at<'b>(&self, app: &'b App) -> Admin<'b> {
        let bearer = self.bearer.clone();
        Admin { app, bearer }
    }

    /// Any request, with further headers and a body as it is.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let authorization = format!("Bearer {}", self.bearer);
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend(headers);
        self.app.send(method, path, &all, body).await
    }

    /// A request with a JSON body.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    /// The same with further headers.
    pub(crate) async fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = headers.to_vec();
        all.push(("content-type", "application/json"));
        self.raw(method, path, &all, Some(&body.to_string())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, &[], None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", path, &[], None).await
    }

    /// A record made by `POST` under its name.
    pub(crate) async fn create(&self, path: &str, name: &str, members: Value) -> Value {
        let answer = self.send("POST", path, &json!({ name: members })).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()[name].clone()
    }

    /// A record changed by `PATCH`.
    pub(crate) async fn change(&self, path: &str, name: &str, members: Value) -> Value {
        let answer = self.send("PATCH", path, &json!({ name: members })).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()[name].clone()
    }

    /// A record read.
    pub(crate) async fn read(&self, path: &str, name: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()[name].clone()
    }

    /// A record deleted.
    pub(crate) async fn remove(&self, path: &str) {
        self.delete(path).await.assert_revoked();
    }

    /// Something done that answers nothing.
    pub(crate) async fn perform(&self, path: &str, body: Value) {
        let answer = self.send("POST", path, &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }

    /// The newest events of a realm, narrowed.
    pub(crate) async fn events(&self, realm: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let mut query = query.to_vec();
            query.extend((!token.is_empty()).then_some(("page_token", token.as_str())));
            let path = format!("{realm}/events?{}", crate::app::encode(&query));
            let answer = self.get(&path).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            all.extend(answer.json()["events"].as_array().unwrap().clone());
            token = answer.member("next_page_token");
            if token.is_empty() {
                return all;
            }
        }
    }
}

/// The fields a 400 names.
#[track_caller]
pub(crate) fn fields(answer: &Answer) -> Vec<String> {
    let details = answer.assert_management_error(400, "bad_request");
    assert_eq!(details[0]["type"], "FieldViolations", "{}", answer.body);
    let all = details[0]["field_violations"].as_array().unwrap();
    assert!(
        all.iter()
            .all(|v| v["description"].as_str().is_some_and(|d| !d.is_empty()))
    );
    all.iter().map(|v| text(&v["field"])).collect()
}

/// A 400 that names this field, and no other.
#[track_caller]
pub(crate) fn assert_field(what: &str, answer: &Answer, field: &str) {
    assert_eq!(fields(answer), [field], "{what}: {}", answer.body);
}

/// A 404 of this kind.
#[track_caller]
pub(crate) fn assert_missing(answer: &Answer, kind: &str) {
    let details = answer.assert_management_error(404, "not_found");
    let mut members: Vec<&String> = details[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["description", "id", "resource_type", "type"]);
    assert_eq!(
        (&details[0]["type"], &details[0]["resource_type"]),
        (&json!("ResourceInfo"), &json!(kind)),
        "{}",
        answer.body
    );
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The application that was just made, as a client.
pub(crate) fn client_of<'a>(app: &'a App, prefix: &str, made: &Value) -> Client<'a> {
    let config = &made["protocol_config"];
    let secret = config["client_secret"].as_str().unwrap_or_default();
    Client::new(app, prefix, &text(&config["client_id"]), secret)
}

/// Every row of the tables that admins write to, as text.
pub(crate) fn records(app: &App) -> Vec<String> {
    const TABLES: [&str; 13] = [
        "client",
        "client_secret",
        "client_origin",
        "resource_server",
        "resource_server_credential",
        "role",
        "role_member",
        "role_group",
        "user",
        "user_group",
        "group_member",
        "tenant",
        "realm",
    ];
    let is_record = |row: &String| TABLES.iter().any(|t| row.starts_with(&format!("{t}: ")));
    crate::apply::rows(app).into_iter().filter(is_record).collect()
}

/// What a machine needs of an application.
pub(crate) fn machine(name: &str) -> Value {
    json!({
        "display_name": name,
        "resource_server_id": "r1",
        "protocol_config": {
            "grant_type": ["client_credentials"],
            "allowed_scopes": ["read"],
            "token_configuration": {"token_signing_algorithm": "ES256"},
        },
    })
}

/// What a web application needs that signs people in; no page asks for consent.
pub(crate) fn web(name: &str) -> Value {
    json!({
        "display_name": name,
        "resource_server_id": "r1",
        "protocol_config": {
            "type": "oidc",
            "grant_type": ["authorization_code"],
            "redirect_uris": ["https://made.test/cb"],
            "allowed_scopes": ["read"],
            "consent": "skip",
            "id_token_signed_response_alg": "ES256",
            "token_configuration": {"token_signing_algorithm": "ES256"},
            "refresh_tokens": {"enabled": true},
        },
    })
}
