//! What passes for an access token wherever one is presented: at `/userinfo`, at the Configuration API, and at `/introspect` as
//! bearer and as subject.
mod carriage;
mod claims;
mod gone;
mod shape;
mod signatures;

use crate::app::{Answer, App, ForgingKey, part_of};
use serde_json::Value;

/// An operation of the Configuration API.
const APPLICATIONS: &str = "/v1/tenants/default/realms/main/applications";

/// A good token, what it says, and the very key it was signed with: a forgery differs from it in one thing alone.
struct Source {
    key: ForgingKey,
    token: String,
    header: Value,
    claims: Value,
}

impl Source {
    fn of(app: &App, realm: &str, token: String) -> Self {
        let key = ForgingKey::of_realm(app, "default", realm, "ES256");
        let (header, claims) = (part_of(&token, 0), part_of(&token, 1));
        assert_eq!(header, key.header());
        Self {
            key,
            token,
            header,
            claims,
        }
    }

    /// One of the three parts of the good token, as it is written.
    fn part(&self, part: usize) -> &str {
        self.token.split('.').nth(part).unwrap()
    }
}

/// A server with a token of application `a` for alice and one of the management application.
struct Bearers {
    app: App,
    user: Source,
    manager: Source,
}

impl Bearers {
    /// The control: both tokens are good, and so is a token that the stolen key signs with the same claims.
    async fn start() -> Self {
        let app = App::start().await;
        let tokens = app.tokens_for("a", "alice", "openid email read").await;
        let user = Source::of(&app, "main", tokens.member("access_token"));
        let manager = Source::of(&app, "admin", app.management_token("").await);
        let all = Self { app, user, manager };
        for sign in [|s: &Source| s.token.clone(), |s: &Source| s.key.sign(&s.claims)] {
            all.check_accepted(&sign(&all.user), &sign(&all.manager)).await;
        }
        all
    }

    async fn check_accepted(&self, user: &str, manager: &str) {
        let app = &self.app;
        assert_eq!(app.client("a").userinfo(user).await.status, 200);
        assert_eq!(self.userinfo_by_body(user).await.status, 200);
        app.client("a").introspect(user).await.assert_active();
        app.introspect_as_bearer("", manager, user).await.assert_active();
        assert_eq!(app.manage("GET", APPLICATIONS, manager).await.status, 200);
    }

    /// `forge` makes nothing that passes anywhere, for the user or for the management application.
    async fn check_refused(&self, name: &str, forge: impl Fn(&Source) -> String) {
        self.check_refused_as_bearer(name, &forge).await;
        let answer = self.app.client("a").introspect(&forge(&self.user)).await;
        assert_eq!(answer.body, r#"{"active":false}"#, "{name}");
    }

    /// The same where the token is the key that opens the door.
    async fn check_refused_as_bearer(&self, name: &str, forge: impl Fn(&Source) -> String) {
        let (user, manager) = (forge(&self.user), forge(&self.manager));
        // What no header can carry comes by the body alone; blanks at its end belong to no header (RFC 9110 section 5.5).
        if user.bytes().all(|b| (b' '..=b'~').contains(&b)) && !user.ends_with(' ') {
            check_invalid(name, &self.app.client("a").userinfo(&user).await);
            let answer = self.app.introspect_as_bearer("", &manager, &self.user.token).await;
            check_invalid(name, &answer);
            // A user's token is none there, forged or not.
            for bearer in [&user, &manager] {
                let answer = self.app.manage("GET", APPLICATIONS, bearer).await;
                let details = answer.assert_management_error(401, "unauthorized");
                assert!(
                    details.is_null() && !answer.body.contains("alice"),
                    "{name}: {}",
                    answer.body
                );
            }
        }
        check_invalid(name, &self.userinfo_by_body(&user).await);
    }

    /// RFC 6750 section 2.2.
    async fn userinfo_by_body(&self, token: &str) -> Answer {
        self.app.post("/userinfo", &[], &[("access_token", token)]).await
    }
}

/// `BEARER 401 invalid_token`, and nothing about anybody.
#[track_caller]
fn check_invalid(name: &str, answer: &Answer) {
    assert_eq!(answer.status, 401, "{name}: {}", answer.body);
    answer.assert_bearer_error(401, "invalid_token");
    for word in ["alice", "active", "scope"] {
        assert!(!answer.body.contains(word), "{name}: {}", answer.body);
    }
}
