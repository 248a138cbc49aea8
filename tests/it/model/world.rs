//! The server under the model: every step is done by whoever would do it, and answered as the model says.
use super::records::scope;
use super::records::{Issued, Refused, Rotation};
use super::rules::{CODE_ATTEMPTS, Model};
use super::steps::{BROWSERS, By, Change, Kind, Step, USERS};
use crate::app::{Answer, App, Authorize, Client, REALM, application, form_of, part_of, query_of, target_of};
use grantor_protocol::issuer::RealmKey;
use grantor_store::{Command, NewConsent};
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; USERS] = ["alice", "bob"];
const SESSION: &str = "grantor-session.default.main";

/// The server, the model, and every text that was handed out, numbered as the model numbers them.
pub(super) struct World {
    pub(super) app: App,
    pub(super) model: Model,
    pub(super) jars: [BTreeMap<String, String>; BROWSERS],
    pub(super) codes: Vec<String>,
    pub(super) tokens: Vec<String>,
    /// By grant and generation.
    pub(super) refresh: Vec<Vec<String>>,
    pub(super) id_tokens: Vec<String>,
    /// The ids of the grants.
    pub(super) grants: Vec<String>,
    /// How often each user has changed it.
    pub(super) passwords: [usize; USERS],
    /// What the server calls a session.
    pub(super) sids: BTreeMap<usize, String>,
}

/// Whether the facts in the database may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    Something,
}

pub(super) fn realm() -> RealmKey {
    RealmKey::new("default", "main")
}

impl World {
    /// A server whose users have allowed everything.
    pub(super) async fn new() -> Self {
        let app = App::start_with(|settings| {
            settings.limits.failed_authentications_per_minute = 1_000_000;
            settings.limits.stored_requests_per_minute = 1_000_000;
            settings.limits.inactive_introspections_per_minute = 1_000_000;
            settings.limits.sign_in_attempts = 1_000_000;
            settings.tokens.code_attempts = CODE_ATTEMPTS;
        })
        .await;
        let model = Model::new(app.now_seconds());
        for user in NAMES {
            for client in &model.clients {
                let allowed = NewConsent {
                    user: format!("u-{user}"),
                    client: format!("app-{}", client.id),
                    scope: "openid offline_access read write".into(),
                    now: app.deps.clock.now(),
                };
                let command = Command::SaveConsent(realm(), Box::new(allowed));
                app.deps.store.write(command).await.unwrap();
            }
        }
        Self {
            app,
            model,
            jars: Default::default(),
            codes: Vec::new(),
            tokens: Vec::new(),
            refresh: Vec::new(),
            id_tokens: Vec::new(),
            grants: Vec::new(),
            passwords: [0; USERS],
            sids: BTreeMap::new(),
        }
    }

    /// Does the step and holds the answer to what the model says. A step that picks what is not there does nothing.
    pub(super) async fn act(&mut self, step: &Step) -> Effect {
        match *step {
            Step::SignIn { browser, user } => self.sign_in(browser, user).await,
            Step::SignOut { browser } => self.sign_out(browser).await,
            Step::Authorize {
                browser,
                client,
                scope,
                silent,
            } => self.authorize((browser, client), scope, silent).await,
            Step::Redeem { code, by, verifier } => match self.newest_code(false, code) {
                Some(code) => self.redeem(code, by, verifier).await,
                None => Effect::Nothing,
            },
            Step::Replay { code, by } => match self.newest_code(true, code) {
                Some(code) => self.redeem(code, by, true).await,
                None => Effect::Nothing,
            },
            Step::Refresh { grant, age, by, scope } => match self.newest_family(grant) {
                Some(grant) => self.refresh(grant, age, (by, scope)).await,
                None => Effect::Nothing,
            },
            Step::Revoke { grant, age, by } => match self.newest_family(grant) {
                Some(grant) => self.revoke(grant, age, by).await,
                None => Effect::Nothing,
            },
            Step::RevokeToken { token, by } => match newest(self.tokens.len(), token) {
                Some(token) => self.revoke_token(token, by).await,
                None => Effect::Nothing,
            },
            Step::NewPassword { user } => self.new_password(user).await,
            Step::Enable { user, enabled } => self.enable(user, enabled).await,
            Step::Change { client, change } => self.change(client, change).await,
            Step::Wait(seconds) => {
                self.wait(seconds);
                Effect::Nothing
            }
            Step::CleanUp => {
                grantor_flows::jobs::delete_expired(self.app.deps.clone())
                    .await
                    .unwrap();
                Effect::Something
            }
            Step::Offer { kind, age } => self.offer(kind, age).await,
            // Done by whoever holds the process.
            Step::Restart => Effect::Nothing,
        }
    }

    async fn sign_in(&mut self, browser: usize, user: usize) -> Effect {
        let expected = self.model.sign_in(browser, user);
        let mut holder = self.app.browser();
        holder.cookies = self.jars[browser].clone();
        let page = holder.open(&Authorize::of("first").set("prompt", "login").url()).await;
        let form = form_of(&page)
            .set("username", NAMES[user])
            .set("password", &self.password(user));
        let answer = holder.submit(&form).await;
        let taken = target_of(&answer).is_some_and(|target| target.contains("code="));
        assert_eq!(taken, expected, "{} {}", answer.status, answer.body);
        self.jars[browser] = holder.cookies;
        if taken { Effect::Something } else { Effect::Nothing }
    }

    async fn sign_out(&mut self, browser: usize) -> Effect {
        let mut holder = self.app.browser();
        holder.cookies = self.jars[browser].clone();
        let question = holder.open("/logout").await;
        let asked = question.assert_page(200).body.contains("<form");
        assert_eq!(asked, self.model.sign_out(browser));
        if asked {
            holder.submit(&form_of(&question)).await.assert_page(200);
            assert_eq!(holder.cookie(SESSION), "");
        }
        self.jars[browser] = holder.cookies;
        if asked { Effect::Something } else { Effect::Nothing }
    }

    async fn authorize(&mut self, (browser, client): (usize, usize), asked: &'static str, silent: bool) -> Effect {
        let sessions = self.model.sessions.len();
        let expected = self.model.authorize((browser, client), &scope(asked), silent);
        let id = self.model.clients[client].id;
        let mut request = Authorize::of(id).set("scope", asked);
        if silent {
            request = request.set("prompt", "none");
        }
        let mut holder = self.app.browser();
        holder.cookies = self.jars[browser].clone();
        let mut answer = holder.open(&request.url()).await;
        if answer.status == 200 && target_of(&answer).is_none() {
            let user = browser % USERS;
            let form = form_of(&answer).set("username", NAMES[user]);
            answer = holder.submit(&form.set("password", &self.password(user))).await;
        }
        self.jars[browser] = holder.cookies;
        match expected {
            Ok(_) => {
                let target = target_of(&answer).unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
                let code = query_of(&target).into_iter().find(|(name, _)| name == "code");
                self.codes.push(code.unwrap_or_else(|| panic!("no code: {target}")).1);
                return Effect::Something;
            }
            Err("") => assert!(matches!(answer.status, 400 | 422), "{} {}", answer.status, answer.body),
            Err(error) => {
                answer.assert_redirect_error(request.value("redirect_uri"), error, Some("st4te"));
            }
        }
        assert_eq!(sessions, self.model.sessions.len());
        Effect::Nothing
    }

    /// Who presents what was given to `owner`: the application, and whether everything else about it fits.
    fn presenter(&self, owner: usize, by: By) -> (usize, bool, Client<'_>) {
        let number = if by == By::Stranger {
            (owner + 1) % self.model.clients.len()
        } else {
            owner
        };
        let client = self.app.client(self.model.clients[number].id);
        let client = if by == By::Elsewhere {
            client.under(REALM)
        } else {
            client
        };
        (number, by != By::Elsewhere, client)
    }

    fn newest_code(&self, redeemed: bool, age: usize) -> Option<usize> {
        let codes = self.model.codes.iter().enumerate().rev();
        codes
            .filter(|(_, c)| c.grant.is_some() == redeemed)
            .nth(age)
            .map(|(number, _)| number)
    }

    fn newest_family(&self, age: usize) -> Option<usize> {
        (0..self.refresh.len())
            .rev()
            .filter(|grant| !self.refresh[*grant].is_empty())
            .nth(age)
    }

    async fn redeem(&mut self, code: usize, by: By, verifier: bool) -> Effect {
        let owner = self.model.codes[code].client;
        let (number, fits, client) = self.presenter(owner, by);
        let redirect_uri = format!("https://{}.test/cb", self.model.clients[owner].id);
        let text = &self.codes[code];
        let answer = match verifier {
            true => client.redeem(text, &redirect_uri).await,
            false => {
                let wrong = "0".repeat(43);
                let form = [
                    ("grant_type", "authorization_code"),
                    ("code", text),
                    ("redirect_uri", &redirect_uri),
                    ("code_verifier", &wrong),
                ];
                client.token(&form).await
            }
        };
        let expected = self.model.redeem(code, (number, fits), verifier);
        self.judge(&answer, expected).await
    }

    async fn refresh(&mut self, grant: usize, age: usize, (by, asked): (By, &'static str)) -> Effect {
        let Some(generation) = newest(self.refresh[grant].len(), age) else {
            return Effect::Nothing;
        };
        let (number, fits, client) = self.presenter(self.model.grants[grant].client, by);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", self.refresh[grant][generation].as_str()),
            ("scope", asked),
        ];
        let answer = client.token(&form).await;
        let expected = self.model.refresh((grant, generation), (number, fits), &scope(asked));
        self.judge(&answer, expected).await
    }

    async fn judge(&mut self, answer: &Answer, expected: Result<Issued, Refused>) -> Effect {
        match expected {
            Ok(issued) => {
                self.take(answer, &issued).await;
                Effect::Something
            }
            Err(refused) => {
                answer.assert_json_error(refused.status, refused.error);
                if refused.ends {
                    Effect::Something
                } else {
                    Effect::Nothing
                }
            }
        }
    }

    /// I3 and I9: what is given is within the grant and tells of the sign-in that happened.
    async fn take(&mut self, answer: &Answer, issued: &Issued) {
        let access_token = answer.assert_tokens().member("access_token");
        let token = self.model.tokens.last().unwrap().clone();
        let grant = self.model.grants[issued.grant].clone();
        let client = self.model.clients[grant.client];
        let granted = answer.member("scope");
        let granted: BTreeSet<&str> = granted.split_whitespace().collect();
        assert!(granted == token.scope && granted.is_subset(&grant.scope), "{granted:?}");
        assert_eq!(answer.json()["expires_in"], client.token_life);
        let claims = self
            .app
            .resource_server("r1-api")
            .introspect(&access_token)
            .await
            .json();
        assert_eq!(claims["active"], true, "{claims}");
        assert_eq!(claims["exp"], token.ends);
        assert_eq!(claims["aud"], serde_json::json!(["https://r1.test", client.id]));
        assert_eq!(
            (&claims["client_id"], &claims["scope"]),
            (&client.id.into(), &answer.json()["scope"])
        );
        let told = if token.scope.contains("openid") && client.oidc {
            let id_token = answer.member("id_token");
            let told = part_of(&id_token, 1);
            self.id_tokens.push(id_token);
            assert_eq!(
                (&told["aud"], &told["amr"]),
                (&client.id.into(), &serde_json::json!(["pwd"]))
            );
            told
        } else {
            assert!(answer.json().get("id_token").is_none());
            claims.clone()
        };
        for about in [&claims, &told] {
            assert_eq!(about["sub"], format!("u-{}", NAMES[self.model.user(issued.grant)]));
            assert_eq!(about["auth_time"], grant.session.auth_time);
            let sid = about["sid"].as_str().unwrap();
            let known = self.sids.entry(grant.session.sid).or_insert_with(|| sid.to_owned());
            assert_eq!(known, sid);
        }
        let gid = claims["gid"].as_str().unwrap().to_owned();
        if issued.grant == self.grants.len() {
            self.grants.push(gid.clone());
            self.refresh.push(Vec::new());
        }
        assert_eq!(self.grants[issued.grant], gid);
        self.keep_refresh_token(answer, issued);
        self.tokens.push(access_token);
    }

    /// I2: the token of a generation is always the same text, and no other generation's.
    fn keep_refresh_token(&mut self, answer: &Answer, issued: &Issued) {
        let texts = &mut self.refresh[issued.grant];
        let Some(generation) = issued.generation else {
            assert!(answer.json().get("refresh_token").is_none());
            return;
        };
        let text = answer.member("refresh_token");
        if generation == texts.len() {
            assert!(!texts.contains(&text) && !text.is_empty());
            texts.push(text.clone());
        }
        assert_eq!(texts[generation], text);
    }

    async fn revoke(&mut self, grant: usize, age: usize, by: By) -> Effect {
        let texts = &self.refresh[grant];
        let generation = newest(texts.len(), age).unwrap_or_default();
        let (number, _, client) = self.presenter(self.model.grants[grant].client, by);
        let answer = client.revoke(&texts[generation]).await;
        let expected = self.model.revoke_grant((grant, generation), number);
        judge_revocation(&answer, expected)
    }

    async fn revoke_token(&mut self, token: usize, by: By) -> Effect {
        let owner = self.model.grants[self.model.tokens[token].grant].client;
        let (number, _, client) = self.presenter(owner, by);
        let answer = client.revoke(&self.tokens[token]).await;
        let expected = self.model.revoke_token(token, number);
        judge_revocation(&answer, expected)
    }

    fn password(&self, user: usize) -> String {
        format!("{}-password{}", NAMES[user], "!".repeat(self.passwords[user]))
    }

    async fn new_password(&mut self, user: usize) -> Effect {
        self.passwords[user] += 1;
        self.model.new_password(user);
        let password = format!("password = \"{}\"", self.password(user));
        self.apply_user(user, &password).await
    }

    async fn enable(&mut self, user: usize, enabled: bool) -> Effect {
        self.model.enable(user, enabled);
        let effect = self.apply_user(user, "").await;
        self.wait(1);
        effect
    }

    async fn apply_user(&mut self, user: usize, more: &str) -> Effect {
        let (name, enabled) = (NAMES[user], self.model.enabled[user]);
        let entry = format!(
            "id = \"u-{name}\"\nusername = \"{name}\"\nemail = \"{name}@example.test\"\nenabled = {enabled}\n{more}"
        );
        let document = format!("tenant = \"default\"\nrealm = \"main\"\n[[users]]\n{entry}");
        self.app.apply(&document).await.unwrap();
        Effect::Something
    }

    fn wait(&mut self, seconds: i64) {
        self.app.advance_seconds(seconds);
        self.model.now += seconds;
    }

    async fn change(&mut self, client: usize, change: Change) -> Effect {
        let mut record = self.model.clients[client];
        record.take(change);
        let allowed = self.model.change(client, change);
        let rotation = match record.rotation {
            Rotation::Strict => "strict",
            Rotation::UntilReceipt => "until_receipt",
            Rotation::Off => "off",
        };
        let mut entry = application(&format!("app-{}", record.id));
        entry.insert("enabled".into(), record.enabled.into());
        let config = entry["protocol_config"].as_table_mut().unwrap();
        let scopes: &[&str] = if record.write { &["read", "write"] } else { &["read"] };
        config.insert("allowed_scopes".into(), scopes.to_vec().into());
        let refresh = config
            .entry("refresh_tokens")
            .or_insert_with(|| toml::Table::new().into());
        let refresh = refresh.as_table_mut().unwrap();
        refresh.insert("enabled".into(), record.refresh.into());
        refresh.insert("rotation".into(), rotation.into());
        let mut document = toml::Table::new();
        document.insert("tenant".into(), "default".into());
        document.insert("realm".into(), "main".into());
        document.insert("applications".into(), vec![toml::Value::Table(entry)].into());
        let applied = self.app.apply(&document.to_string()).await;
        assert_eq!(applied.is_ok(), allowed, "{applied:?}");
        self.wait(1);
        if allowed { Effect::Something } else { Effect::Nothing }
    }

    /// I7: nothing is taken but where it belongs.
    async fn offer(&self, kind: Kind, age: usize) -> Effect {
        let all: Vec<&String> = match kind {
            Kind::Code => self.codes.iter().collect(),
            Kind::AccessToken => self.tokens.iter().collect(),
            Kind::RefreshToken => self.refresh.iter().flatten().collect(),
            Kind::IdToken => self.id_tokens.iter().collect(),
        };
        let Some(text) = newest(all.len(), age).map(|number| all[number]) else {
            return Effect::Nothing;
        };
        let other = self.app.other_client("a");
        other
            .redeem(text, "https://a.test/cb")
            .await
            .assert_json_error(400, "invalid_grant");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", text)];
        assert_eq!(other.token(&refresh).await.status, 400);
        self.app.other_client("r1-api").introspect(text).await.assert_inactive();
        other.userinfo(text).await.assert_bearer_error(401, "invalid_token");
        let enabled = |c: &&super::records::Client| c.enabled && c.refresh;
        let here = self.model.clients.iter().find(enabled).map(|c| self.app.client(c.id));
        if let Some(client) = here {
            if kind != Kind::Code {
                client
                    .redeem(text, "https://keep.test/cb")
                    .await
                    .assert_json_error(400, "invalid_grant");
            }
            if kind != Kind::RefreshToken {
                client.refresh(text).await.assert_json_error(400, "invalid_grant");
            }
            if kind != Kind::AccessToken {
                client.userinfo(text).await.assert_bearer_error(401, "invalid_token");
                self.app
                    .resource_server("r1-api")
                    .introspect(text)
                    .await
                    .assert_inactive();
            }
        }
        Effect::Nothing
    }
}

fn judge_revocation(answer: &Answer, expected: Result<(), Refused>) -> Effect {
    match expected {
        Ok(()) => {
            answer.assert_revoked();
            Effect::Something
        }
        Err(refused) => {
            answer.assert_json_error(refused.status, refused.error);
            Effect::Nothing
        }
    }
}

/// The number of the thing of this age among so many.
fn newest(many: usize, age: usize) -> Option<usize> {
    many.checked_sub(age + 1)
}
