//! What ends with a record: codes, refresh tokens, access tokens and sessions, at once here and at another process as soon as it
//! hears of it; and that nothing comes back with a record of the same name.
use super::admin::{Admin, client_of, text, web};
use crate::app::{App, Authorize, Browser, Client, REALM};
use grantor_tests::covers;
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

#[tokio::test]
async fn a_user_who_is_disabled_or_deleted_or_signed_out_loses_everything() {
    covers!("O-161", "O-134", "O-212");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    for (name, how) in [("carol", "disable"), ("dave", "delete"), ("erin", "sign out")] {
        let mut held = Held::of(&app, &admin, name).await;
        held.assert_alive(&beside).await;
        let path = held.identity();
        match how {
            "disable" => drop(admin.change(&path, "identity", json!({"enabled": false})).await),
            "delete" => admin.remove(&path).await,
            _ => admin.remove(&format!("{path}/sessions")).await,
        }
        assert!(!held.session_lives().await, "{how}");
        held.assert_ended(&beside, true).await;
        // Enabled again, or of the same name again, nothing is revived.
        match how {
            "disable" => drop(admin.change(&path, "identity", json!({"enabled": true})).await),
            "delete" => {
                let user = person(name);
                let again = admin.create(&format!("{REALM}/identities"), "identity", user).await;
                held.user = text(&again["id"]);
            }
            _ => {}
        }
        assert!(!held.session_lives().await, "{how}");
        held.assert_ended(&beside, true).await;
        app.advance_seconds(1);
        let mut fresh = Held::again(&app, held.made.clone(), held.user.clone(), held.name).await;
        fresh.assert_alive(&beside).await;
        held.assert_ended(&beside, true).await;
    }
}

#[tokio::test]
async fn an_application_that_is_disabled_or_deleted_loses_everything_of_everybody() {
    covers!("O-161", "O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut held = Held::of(&app, &admin, "carol").await;
    held.assert_alive(&beside).await;
    admin
        .change(&held.application(), "application", json!({"enabled": false}))
        .await;
    held.assert_ended(&beside, false).await;
    // The session is not the application's.
    assert!(held.session_lives().await);
    let answer = app.authorize(&request(&held.made, SCOPE)).await;
    answer.assert_page(400);
    admin
        .change(&held.application(), "application", json!({"enabled": true}))
        .await;
    held.assert_ended(&beside, true).await;
    app.advance_seconds(1);
    let mut fresh = Held::again(&app, held.made.clone(), held.user.clone(), "carol").await;
    fresh.assert_alive(&beside).await;
    held.assert_ended(&beside, true).await;
    admin.remove(&fresh.application()).await;
    fresh.assert_ended(&beside, false).await;
    app.authorize(&request(&held.made, SCOPE)).await.assert_page(400);
    // A document may give another application the same names, and even the same secret.
    let config = &held.made["protocol_config"];
    let (id, client_id, secret) = (
        text(&held.made["id"]),
        text(&config["client_id"]),
        text(&config["client_secret"]),
    );
    for id in [id.as_str(), "another"] {
        let document = format!(
            "tenant = 'default'\nrealm = 'main'\n[[applications]]\nid = '{id}'\nclient_id = '{client_id}'\ndisplay_name = 'Again'\n\
             resource_server = 'r1'\nclient_secrets = ['{secret}']\n[applications.protocol_config]\ntype = 'oidc'\n\
             grant_types = ['authorization_code']\nredirect_uris = ['https://made.test/cb']\nallowed_scopes = ['read']\n\
             refresh_tokens = {{ enabled = true }}"
        );
        app.apply(&document).await.unwrap();
        held.assert_ended(&beside, true).await;
        fresh.assert_ended(&beside, true).await;
        admin.remove(&format!("{REALM}/applications/{id}")).await;
    }
}

#[tokio::test]
async fn a_name_that_an_application_gave_up_brings_its_tokens_to_nobody() {
    covers!("O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let token = app.client("m").machine_token().await;
    app.resource_server("r1-api").introspect(&token).await.assert_active();
    let mut moved = crate::app::application("app-m");
    moved.insert("client_id".into(), "moved".into());
    let mut other = crate::app::application("app-m");
    other.insert("id".into(), "app-other".into());
    let document = |entry: toml::Table| {
        let mut all = toml::Table::new();
        all.insert("tenant".into(), "default".into());
        all.insert("realm".into(), "main".into());
        all.insert("applications".into(), vec![entry].into());
        all.to_string()
    };
    app.apply(&document(moved)).await.unwrap();
    app.apply(&document(other)).await.unwrap();
    beside.catch_up().await;
    for app in [&app, &beside] {
        app.client("m").introspect(&token).await.assert_inactive();
        app.resource_server("r1-api").introspect(&token).await.assert_inactive();
    }
    app.advance_seconds(1);
    let fresh = app.client("m").machine_token().await;
    app.client("m").introspect(&fresh).await.assert_active();
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_and_what_hangs_on_them() {
    covers!("O-212");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut held = Held::of(&app, &admin, "carol").await;
    let path = held.identity();
    // The control: a change of something else ends nothing.
    admin
        .change(&path, "identity", json!({"email": "carol@example.test"}))
        .await;
    held.assert_alive(&beside).await;
    admin
        .change(&path, "identity", json!({"password": "another-password"}))
        .await;
    beside.catch_up().await;
    assert!(!held.session_lives().await);
    for app in [&app, &beside] {
        let client = held.client(app);
        let answer = client.redeem(&held.code, "https://made.test/cb").await;
        answer.assert_json_error(400, "invalid_grant");
        let answer = client.refresh(&held.bound).await;
        answer.assert_json_error(400, "invalid_grant");
        client.introspect(&held.access[0]).await.assert_inactive();
        // What was asked for beyond the session goes on.
        client.introspect(&held.access[1]).await.assert_active();
        let answer = client.refresh(&held.offline).await;
        held.offline = answer.assert_tokens().member("refresh_token");
    }
    // The old password is none any more, the new one is; nobody reads either.
    let mut browser = app.browser();
    let page = browser.open(&request(&held.made, SCOPE).url()).await;
    let form = crate::app::form_of(&page).set("username", "carol");
    let page = browser.submit(&form.clone().set("password", "carol-password")).await;
    assert!(crate::app::target_of(&page).is_none(), "{}", page.body);
    app.browser()
        .authorize_with(&request(&held.made, SCOPE), "carol", "another-password")
        .await;
    let read = admin.get(&path).await;
    assert_eq!(read.json()["identity"]["has_password"], true);
    for text in [read.body, admin.get(&format!("{REALM}/events")).await.body] {
        assert!(!text.contains("another-password") && !text.contains("argon2"), "{text}");
    }
    for (password, status) in [("short", 400), ("", 400), (&*"x".repeat(1025), 400), ("12345678", 200)] {
        let body = json!({"identity": {"password": password}});
        let answer = admin.send("PATCH", &path, &body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 400 {
            super::admin::assert_field(password, &answer, "identity.password");
            assert!(!answer.body.contains("short"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn what_others_hold_goes_on() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut stays = Held::of(&app, &admin, "carol").await;
    let gone = Held::of(&app, &admin, "dave").await;
    admin.remove(&gone.identity()).await;
    stays.assert_alive(&beside).await;
    admin.remove(&gone.application()).await;
    stays.assert_alive(&beside).await;
    gone.assert_ended(&beside, false).await;
}
