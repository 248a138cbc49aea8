//! Who configures: requests of the Configuration API with a body, and a portal whose users' tokens are for it.
use super::{Answer, App, Authorize, Client, query_of};
use serde_json::{Value, json};

/// Where the portal's users are sent back to.
const BACK: &str = "https://portal.test/cb";
/// The password of everybody a portal knows.
pub(crate) const PASSWORD: &str = "a password of theirs";

impl App {
    /// A request of the Configuration API; `null` is no body.
    pub(crate) async fn ask(&self, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {bearer}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let body = (!body.is_null()).then(|| body.to_string());
        let headers = &headers[..if body.is_some() { 2 } else { 1 }];
        self.send(method, path, headers, body.as_deref()).await
    }

    /// The same, which must be done: the body of the answer.
    #[track_caller]
    pub(crate) fn done(&self, bearer: &str, method: &str, path: &str, body: &Value) -> impl Future<Output = Value> {
        let (what, asked) = (format!("{method} {path} {body}"), self.ask(bearer, method, path, body));
        async move {
            let answer = asked.await;
            assert!(
                matches!(answer.status, 200 | 204),
                "{what}: {} {}",
                answer.status,
                answer.body
            );
            serde_json::from_str(&answer.body).unwrap_or(Value::Null)
        }
    }
}

/// An application through which users get tokens for a resource server of its realm.
pub(crate) struct Portal<'a> {
    app: &'a App,
    /// The prefix of the realm.
    pub(crate) realm: String,
    /// The id of the resource server.
    pub(crate) server: String,
    pub(crate) id: String,
    pub(crate) client_id: String,
    secret: String,
}

impl<'a> Portal<'a> {
    /// For the management API, with every scope of the tenant; made by somebody who has them.
    pub(crate) async fn open(app: &'a App, tenant: &str, bearer: &str) -> Self {
        let realm = format!("/v1/tenants/{tenant}/realms/admin");
        let server = app
            .done(
                bearer,
                "GET",
                &format!("{realm}/resource-servers/management"),
                &Value::Null,
            )
            .await;
        let scopes = server["resource_server"]["scopes"].as_array().unwrap();
        let scopes: Vec<&Value> = scopes.iter().map(|s| &s["name"]).collect();
        Self::of(app, bearer, (&realm, "management"), &config(&json!(scopes))).await
    }

    /// For any resource server.
    pub(crate) async fn of(app: &'a App, bearer: &str, (realm, server): (&str, &str), config: &Value) -> Self {
        let body = json!({"application": {
            "display_name": "Portal",
            "resource_server_id": server,
            "protocol_config": config,
        }});
        let made = app.done(bearer, "POST", &format!("{realm}/applications"), &body).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let made = &made["application"];
        Self {
            app,
            realm: realm.to_owned(),
            server: server.to_owned(),
            id: text(&made["id"]),
            client_id: text(&made["protocol_config"]["client_id"]),
            secret: text(&made["protocol_config"]["client_secret"]),
        }
    }

    /// The same application, at another process.
    pub(crate) fn at<'b>(&self, app: &'b App) -> Portal<'b> {
        Portal {
            app,
            realm: self.realm.clone(),
            server: self.server.clone(),
            id: self.id.clone(),
            client_id: self.client_id.clone(),
            secret: self.secret.clone(),
        }
    }

    /// A user with these roles of the resource server; their id.
    pub(crate) async fn user(&self, bearer: &str, name: &str, roles: &[&str]) -> String {
        let body = json!({"identity": {"username": name, "password": PASSWORD}});
        let made = self
            .app
            .done(bearer, "POST", &format!("{}/identities", self.realm), &body)
            .await;
        let id = made["identity"]["id"].as_str().unwrap().to_owned();
        for role in roles {
            self.give(bearer, role, &id).await;
        }
        id
    }

    /// Puts a user into a role.
    pub(crate) async fn give(&self, bearer: &str, role: &str, user: &str) {
        let path = format!("{}:addMembers", self.role(role));
        self.app
            .done(bearer, "POST", &path, &json!({"identity_ids": [user]}))
            .await;
    }

    /// The path of a role.
    pub(crate) fn role(&self, role: &str) -> String {
        format!("{}/resource-servers/{}/roles/{role}", self.realm, self.server)
    }

    /// The authorization request; no scope asks for all there are.
    pub(crate) fn request(&self, scope: &str) -> Authorize {
        let request = Authorize::of(&self.client_id)
            .under(&self.realm)
            .set("redirect_uri", BACK);
        match scope {
            "" => request.without("scope"),
            scope => request.set("scope", scope),
        }
    }

    /// A user signs in; the address of the portal they come back to.
    pub(crate) async fn come_back(&self, name: &str, scope: &str) -> String {
        let mut browser = self.app.browser();
        browser.authorize_with(&self.request(scope), name, PASSWORD).await
    }

    /// The token answer for a user who signs in.
    pub(crate) async fn sign_in(&self, name: &str, scope: &str) -> Answer {
        let target = self.come_back(name, scope).await;
        let code = query_of(&target).into_iter().find(|(n, _)| n == "code");
        let code = code.unwrap_or_else(|| panic!("no code in {target}")).1;
        self.client().redeem(&code, BACK).await
    }

    /// A user's access token for these scopes.
    pub(crate) async fn token(&self, name: &str, scope: &str) -> String {
        self.sign_in(name, scope).await.assert_tokens().member("access_token")
    }

    /// The application as a client.
    pub(crate) fn client(&self) -> Client<'a> {
        Client::new(self.app, &self.realm, &self.client_id, &self.secret)
    }
}

/// Of a confidential application for users, which asks them nothing.
pub(crate) fn config(scopes: &Value) -> Value {
    json!({
        "type": "oidc",
        "confidentiality": "confidential",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_type": ["authorization_code"],
        "redirect_uris": [BACK],
        "allowed_scopes": scopes,
        "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
        "id_token_signed_response_alg": "ES256",
        "refresh_tokens": {"enabled": true},
        "consent": "skip",
    })
}
