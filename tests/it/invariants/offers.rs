//! Everything that takes something, and how it is offered a text: whether it is taken, and that a refusal is a proper one.
use crate::app::{Answer, App, Authorize, OTHER, VERIFIER};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const A: &str = "https://a.test/cb";

/// What takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consumer {
    /// `code` at /token.
    Code,
    /// `refresh_token` at /token.
    RefreshToken,
    /// The secret of an application at /token.
    ClientSecret,
    /// The secret of a resource server at /introspect.
    IntrospectionCredential,
    /// A bearer instead of a client at /introspect, and at /revoke.
    ManagementBearer,
    /// `token` at /introspect.
    IntrospectedToken,
    UserinfoBearer,
    SessionCookie,
    BrowserCookie,
    /// `tx` of a page.
    Interaction,
    /// `csrf` of a form.
    FormToken,
    IdTokenHint,
}

impl Consumer {
    pub(super) const ALL: [Self; 12] = [
        Self::Code,
        Self::RefreshToken,
        Self::ClientSecret,
        Self::IntrospectionCredential,
        Self::ManagementBearer,
        Self::IntrospectedToken,
        Self::UserinfoBearer,
        Self::SessionCookie,
        Self::BrowserCookie,
        Self::Interaction,
        Self::FormToken,
        Self::IdTokenHint,
    ];
}

/// A realm as its consumers see it.
#[derive(Default)]
pub(super) struct Place {
    pub(super) prefix: String,
    pub(super) tenant: &'static str,
    realm: &'static str,
    /// Secrets of the applications `a` and `m` and of the resource server's credential.
    pub(super) a: String,
    pub(super) machine: String,
    pub(super) api: String,
    pub(super) password: String,
    /// The cookie of somebody signed in.
    pub(super) session: String,
    /// The cookie of a browser that looks at the sign-in form, and what stands in the form.
    pub(super) visitor: String,
    pub(super) interaction: String,
    pub(super) form_token: String,
}

impl Place {
    /// The fixture's realm, under the root.
    pub(super) fn first() -> Self {
        Self {
            tenant: "default",
            realm: "main",
            a: "a-secret-a-secret-a-secret-a-secret".into(),
            machine: "m-secret-m-secret-m-secret-m-secret-".into(),
            api: "r1-introspection-secret-0123456789abc".into(),
            password: "alice-password".into(),
            ..Self::default()
        }
    }

    /// A realm made of the second fixture, whose secrets begin with `mark`.
    pub(super) fn second(tenant: &'static str, realm: &'static str, mark: &str) -> Self {
        let place = Self {
            prefix: format!("/v1/tenants/{tenant}/realms/{realm}"),
            tenant,
            realm,
            a: vec![format!("{mark}-secret"); 4].join("-"),
            machine: format!("{mark}-m-secret-{mark}-m-secret-{mark}-m-secret-{mark}"),
            api: format!("{mark}-introspection-secret-0123456789abc"),
            password: format!("alice-of-{mark}"),
            ..Self::default()
        };
        assert!(mark != "t2" || place.prefix == OTHER);
        place
    }

    /// The realm of the administrators.
    pub(super) fn admin() -> Self {
        Self {
            prefix: "/v1/tenants/default/realms/admin".into(),
            tenant: "default",
            realm: "admin",
            ..Self::default()
        }
    }

    /// The name of one of the realm's cookies.
    pub(super) fn cookie(&self, what: &str) -> String {
        format!("grantor-{what}.{}.{}", self.tenant, self.realm)
    }

    /// A form of a client that authenticates in the header.
    pub(super) async fn post(
        &self,
        app: &App,
        (id, secret): (&str, &str),
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let path = format!("{}{path}", self.prefix);
        app.post(&path, &[("authorization", &basic)], form).await
    }

    /// Redeems a code as application `a`.
    pub(super) async fn redeem(&self, app: &App, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", A),
            ("code_verifier", VERIFIER),
        ];
        self.post(app, ("a", &self.a), "/token", &form).await
    }

    async fn page(&self, app: &App, path: &str, cookie: (&str, &str)) -> Answer {
        let cookie = format!("{}={}", self.cookie(cookie.0), cookie.1);
        let path = format!("{}{path}", self.prefix);
        app.send("GET", &path, &[("cookie", &cookie)], None).await
    }
}

/// Offers `text` and says whether it was taken. A refusal must be the one this consumer owes.
pub(super) async fn accepts(app: &App, place: &Place, consumer: Consumer, text: &str) -> bool {
    match consumer {
        Consumer::Code => taken(place.redeem(app, text).await, |a| {
            a.assert_json_error(400, "invalid_grant");
        }),
        Consumer::RefreshToken => {
            let form = [("grant_type", "refresh_token"), ("refresh_token", text)];
            let answer = place.post(app, ("a", &place.a), "/token", &form).await;
            taken(answer, |a| {
                a.assert_json_error(400, "invalid_grant");
            })
        }
        Consumer::ClientSecret => {
            let grant = [("grant_type", "client_credentials")];
            let answer = place.post(app, ("m", text), "/token", &grant).await;
            taken(answer, |a| {
                a.assert_invalid_client();
            })
        }
        Consumer::IntrospectionCredential => {
            let answer = place
                .post(app, ("r1-api", text), "/introspect", &[("token", "x")])
                .await;
            taken(answer, |a| {
                a.assert_invalid_client();
            })
        }
        Consumer::ManagementBearer => {
            let bearer = format!("Bearer {text}");
            let ask = async |endpoint: &str| {
                let path = format!("{}/{endpoint}", place.prefix);
                let answer = app.post(&path, &[("authorization", &bearer)], &[("token", "x")]).await;
                // A live management token of another tenant is known and has nothing to do here.
                taken(answer, |a| {
                    match a.status {
                        403 => a.assert_json_error(403, "access_denied"),
                        _ => a.assert_bearer_error(401, "invalid_token"),
                    };
                })
            };
            let at_introspection = ask("introspect").await;
            // Scopes differ, reach does not: nothing but a management token gets further than this at either.
            assert!(at_introspection || !ask("revoke").await);
            at_introspection
        }
        Consumer::IntrospectedToken => {
            let answer = place
                .post(app, ("r1-api", &place.api), "/introspect", &[("token", text)])
                .await;
            let active = answer.json()["active"] == true;
            if !active {
                answer.assert_inactive();
            }
            active
        }
        Consumer::UserinfoBearer => {
            let (path, bearer) = (format!("{}/userinfo", place.prefix), format!("Bearer {text}"));
            let answer = app.send("GET", &path, &[("authorization", &bearer)], None).await;
            // A token of this realm that speaks for no user lacks the scope; anything else is no token.
            taken(answer, |a| {
                match a.status {
                    403 => a.assert_bearer_error(403, "insufficient_scope"),
                    _ => a.assert_bearer_error(401, "invalid_token"),
                };
            })
        }
        Consumer::SessionCookie | Consumer::IdTokenHint => accepts_silently(app, place, consumer, text).await,
        Consumer::BrowserCookie | Consumer::Interaction | Consumer::FormToken => {
            accepts_at_sign_in(app, place, consumer, text).await
        }
    }
}

/// What /authorize takes without showing a page.
async fn accepts_silently(app: &App, place: &Place, consumer: Consumer, text: &str) -> bool {
    let request = Authorize::of("a").set("prompt", "none");
    let (request, session, refusal) = match consumer {
        Consumer::IdTokenHint => {
            let hinted = request.set("id_token_hint", text);
            (hinted, place.session.as_str(), "invalid_request")
        }
        _ => (request, text, "login_required"),
    };
    let answer = place.page(app, &request.url(), ("session", session)).await;
    let code = answer.location_query().iter().any(|(name, _)| name == "code");
    if !code {
        answer.assert_redirect_error(A, refusal, Some("st4te"));
    }
    code
}

/// The three things the sign-in form hangs on. Nobody is signed in by asking: the password is wrong.
async fn accepts_at_sign_in(app: &App, place: &Place, consumer: Consumer, text: &str) -> bool {
    if consumer == Consumer::FormToken {
        let cookie = format!("{}={}", place.cookie("browser"), place.visitor);
        let form = [
            ("tx", place.interaction.as_str()),
            ("csrf", text),
            ("username", "alice"),
            ("password", "wrong"),
        ];
        let answer = app
            .post(&format!("{}/login", place.prefix), &[("cookie", &cookie)], &form)
            .await;
        let taken = answer.status == 422;
        answer.assert_page(if taken { 422 } else { 403 });
        return taken;
    }
    let (browser, tx) = match consumer {
        Consumer::BrowserCookie => (text, place.interaction.as_str()),
        _ => (place.visitor.as_str(), text),
    };
    let path = format!("/login?{}", crate::app::encode(&[("tx", tx)]));
    let answer = place.page(app, &path, ("browser", browser)).await;
    let taken = answer.status == 200;
    answer.assert_page(if taken { 200 } else { 400 });
    taken
}

fn taken(answer: Answer, check_refusal: impl FnOnce(&Answer)) -> bool {
    let taken = answer.status == 200;
    if !taken {
        check_refusal(&answer);
    }
    taken
}
