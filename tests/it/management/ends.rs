//! What ends with a record: codes, refresh tokens, access tokens and sessions, at once here and at another process as soon as it
//! hears of it; and that nothing comes back with a record of the same name.
mod applications;
mod passwords;
mod users;

use super::admin::{Admin, client_of, text, web};
use crate::app::{App, Authorize, Browser, Client, REALM};
use serde_json::{Value, json};

/// A user signed in at an application that an admin made, with everything that comes of it.
struct Held<'a> {
    app: &'a App,
    made: Value,
    user: String,
    name: &'static str,
    browser: Browser<'a>,
    code: String,
    /// Of the browser session, and beyond it.
    bound: String,
    offline: String,
    access: Vec<String>,
}

fn request(made: &Value, scope: &str) -> Authorize {
    Authorize::of("made")
        .set("client_id", &text(&made["protocol_config"]["client_id"]))
        .set("scope", scope)
}

const SCOPE: &str = "openid read";

const OFFLINE: &str = "openid offline_access read";

fn person(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@made.test"), "password": format!("{name}-password")})
}

impl<'a> Held<'a> {
    async fn of(app: &'a App, admin: &Admin<'_>, name: &'static str) -> Self {
        let made = admin
            .create(&format!("{REALM}/applications"), "application", web(name))
            .await;
        let user = person(name);
        let user = admin.create(&format!("{REALM}/identities"), "identity", user).await;
        Self::again(app, made, text(&user["id"]), name).await
    }

    async fn again(app: &'a App, made: Value, user: String, name: &'static str) -> Self {
        let mut browser = app.browser();
        let client = client_of(app, "", &made);
        let (mut refresh, mut access) = (Vec::new(), Vec::new());
        for scope in [SCOPE, OFFLINE] {
            let code = browser.code_as(&request(&made, scope), name).await;
            let answer = client.redeem(&code, "https://made.test/cb").await;
            refresh.push(answer.assert_tokens().member("refresh_token"));
            access.push(answer.member("access_token"));
        }
        let code = browser.code_as(&request(&made, SCOPE), name).await;
        let [bound, offline] = <[String; 2]>::try_from(refresh).unwrap();
        Self {
            app,
            made,
            user,
            name,
            browser,
            code,
            bound,
            offline,
            access,
        }
    }

    fn client<'b>(&self, app: &'b App) -> Client<'b> {
        client_of(app, "", &self.made)
    }

    fn identity(&self) -> String {
        format!("{REALM}/identities/{}", self.user)
    }

    fn application(&self) -> String {
        format!("{REALM}/applications/{}", text(&self.made["id"]))
    }

    /// Whether the session gives a code without a question.
    async fn session_lives(&self) -> bool {
        let request = Authorize::of("first").set("prompt", "none");
        let answer = self.browser.copy().get(&request.url()).await;
        answer.header("location").contains("code=")
    }

    /// Codes and tokens are as good as `alive` says, here and there; `client` says whether the application still answers.
    async fn assert_ended(&self, beside: &App, client: bool) {
        beside.catch_up().await;
        let (manager, other) = (self.app.management_token("tokens:introspect").await, beside);
        for app in [self.app, other] {
            app.catch_up().await;
            for token in &self.access {
                app.introspect_as_bearer("", &manager, token).await.assert_inactive();
                app.resource_server("r1-api").introspect(token).await.assert_inactive();
                let answer = self.client(app).userinfo(token).await;
                answer.assert_bearer_error(401, "invalid_token");
            }
            for refresh in [&self.bound, &self.offline] {
                let answer = self.client(app).refresh(refresh).await;
                match client {
                    true => answer.assert_json_error(400, "invalid_grant"),
                    false => answer.assert_invalid_client(),
                };
            }
            let answer = self.client(app).redeem(&self.code, "https://made.test/cb").await;
            match client {
                true => answer.assert_json_error(400, "invalid_grant"),
                false => answer.assert_invalid_client(),
            };
        }
    }

    /// The control: all of it is good.
    async fn assert_alive(&mut self, beside: &App) {
        beside.catch_up().await;
        for app in [self.app, beside] {
            for token in &self.access {
                self.client(app).introspect(token).await.assert_active();
            }
            for refresh in [&mut self.bound, &mut self.offline] {
                let client = client_of(app, "", &self.made);
                let answer = client.refresh(refresh).await;
                *refresh = answer.assert_tokens().member("refresh_token");
            }
        }
        assert!(self.session_lives().await);
    }
}
