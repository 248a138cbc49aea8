//! A client application or resource server: it calls the endpoints machines call.
use super::{Answer, App, VERIFIER};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a client proves itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
    None,
}

/// A client of a fixture.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    app: &'a App,
    /// The prefix of the issuer it talks to; empty for the root.
    prefix: String,
    id: String,
    secret: String,
    method: Method,
}

/// `client_id`, secret, method of the first tenant's fixture, then of the second's.
const FIRST: &[(&str, &str, Method)] = &[
    ("a", "a-secret-a-secret-a-secret-a-secret", Method::Basic),
    ("b", "b-secret-b-secret-b-secret-b-secret", Method::Post),
    ("p", "", Method::None),
    ("p2", "", Method::None),
    ("n", "", Method::None),
    ("exempt", "exempt-secret-exempt-secret-exempt-1", Method::Basic),
    ("plain", "plain-secret-plain-secret-plain-secret", Method::Basic),
    ("first", "first-secret-first-secret-first-secret", Method::Post),
    ("m", "m-secret-m-secret-m-secret-m-secret-", Method::Basic),
    ("mref", "mref-secret-mref-secret-mref-secret-", Method::Post),
    ("alone", "alone-secret-alone-secret-alone-secret", Method::Basic),
    ("keep", "keep-secret-keep-secret-keep-secret-", Method::Basic),
    ("strict", "strict-secret-strict-secret-strict-1", Method::Post),
    ("still", "still-secret-still-secret-still-secret", Method::Basic),
    ("spa", "", Method::None),
    ("spa2", "", Method::None),
    ("off", "off-secret-off-secret-off-secret-off-", Method::Basic),
    ("r1-api", "r1-introspection-secret-0123456789abc", Method::Basic),
    ("r2-api", "r2-introspection-secret-0123456789abc", Method::Basic),
];
const SECOND: &[(&str, &str, Method)] = &[
    ("a", "t2-secret-t2-secret-t2-secret-t2-secret", Method::Basic),
    ("m", "t2-m-secret-t2-m-secret-t2-m-secret-t2", Method::Basic),
    ("r1-api", "t2-introspection-secret-0123456789abc", Method::Basic),
];

impl<'a> Client<'a> {
    pub(super) fn of_fixture(app: &'a App, prefix: &str, id: &str) -> Self {
        let fixture = if prefix == super::OTHER { SECOND } else { FIRST };
        let (id, secret, method) = fixture.iter().find(|(c, ..)| *c == id).unwrap();
        Self {
            app,
            prefix: prefix.into(),
            id: (*id).into(),
            secret: (*secret).into(),
            method: *method,
        }
    }

    /// A client of no fixture, authenticating by Basic.
    pub(crate) fn new(app: &'a App, prefix: &str, id: &str, secret: &str) -> Self {
        Self {
            app,
            prefix: prefix.into(),
            id: id.into(),
            secret: secret.into(),
            method: Method::Basic,
        }
    }

    /// The same client under another issuer prefix.
    pub(crate) fn under(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The same client with another secret.
    pub(crate) fn with_secret(mut self, secret: &str) -> Self {
        self.secret = secret.into();
        self
    }

    /// Its `Authorization: Basic` value (RFC 6749 section 2.3.1: both parts form-encoded first).
    pub(crate) fn basic(&self) -> String {
        let encode = |t: &str| url::form_urlencoded::byte_serialize(t.as_bytes()).collect::<String>();
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", encode(&self.id), encode(&self.secret)))
        )
    }

    /// A form to an endpoint of its issuer, authenticated as it is registered.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let path = format!("{}{path}", self.prefix);
        let mut form = form.to_vec();
        let basic = self.basic();
        match self.method {
            Method::Basic => return self.app.post(&path, &[("authorization", &basic)], &form).await,
            Method::Post => form.extend([("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())]),
            Method::None => form.push(("client_id", self.id.as_str())),
        }
        self.app.post(&path, &[], &form).await
    }

    /// `POST /token`.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/token", form).await
    }

    /// A client_credentials token.
    pub(crate) async fn machine_token(&self) -> String {
        let answer = self.token(&[("grant_type", "client_credentials")]).await;
        answer.assert_tokens().member("access_token")
    }

    /// Redeems a code with the fixture's verifier.
    pub(crate) async fn redeem(&self, code: &str, redirect_uri: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.token(&form).await
    }

    /// Uses a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    /// `POST /introspect`.
    pub(crate) async fn introspect(&self, token: &str) -> Answer {
        self.post("/introspect", &[("token", token)]).await
    }

    /// `POST /revoke`.
    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", &[("token", token)]).await
    }

    /// `GET /userinfo` with a bearer token.
    pub(crate) async fn userinfo(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.app
            .send(
                "GET",
                &format!("{}/userinfo", self.prefix),
                &[("authorization", &bearer)],
                None,
            )
            .await
    }

    /// The same way to authenticate, by another name.
    pub(crate) fn named(mut self, client_id: &str) -> Self {
        self.id = client_id.into();
        self
    }
}
