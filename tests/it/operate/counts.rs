//! Counts move by exactly what was done.
use super::{Operator, Scrape};
use crate::app::{App, Authorize, form_of};

/// What an operator reads of a server while something is done with it.
struct Watch<'a> {
    operator: &'a Operator,
    before: Scrape,
}

impl<'a> Watch<'a> {
    async fn begin(operator: &'a Operator) -> Self {
        let before = operator.scrape().await;
        Self { operator, before }
    }

    /// Since it began, or since the last time, the families grew by this and nothing else.
    async fn grew(&mut self, families: &[&str], expected: &[(&str, u32)]) {
        let now = self.operator.scrape().await;
        let expected: Vec<(String, f64)> = expected
            .iter()
            .map(|(s, by)| ((*s).to_owned(), f64::from(*by)))
            .collect();
        assert_eq!(now.since(&self.before, families), expected);
        self.before = now;
    }
}

#[tokio::test]
async fn what_the_token_endpoint_does_is_counted_once() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    let mut watch = Watch::begin(&operator).await;
    let families = ["grantor_token", "grantor_refresh_reuse"];
    let client = app.client("m");
    let asked = [("grant_type", "client_credentials")];
    client.token(&asked).await.assert_tokens();
    client.token(&asked).await.assert_tokens();
    let issued = "grantor_token_requests_total{grant_type=\"client_credentials\",result=\"issued\"}";
    let access = "grantor_tokens_issued_total{type=\"access_token\"}";
    watch.grew(&families, &[(issued, 2), (access, 2)]).await;

    let wrong = client.clone().with_secret("another-secret-another-secret-another");
    wrong.token(&asked).await.assert_json_error(401, "invalid_client");
    client.token(&[("grant_type", "password")]).await;
    client.token(&[("grant_type", "refresh_token")]).await;
    let refused = |grant: &str, error: &str| {
        format!("grantor_token_requests_total{{grant_type=\"{grant}\",result=\"refused\",error=\"{error}\"}}")
    };
    let expected = [
        (refused("client_credentials", "invalid_client"), 1),
        (refused("refresh_token", "invalid_request"), 1),
        (refused("unknown", "unsupported_grant_type"), 1),
    ];
    watch
        .grew(&families, &expected.each_ref().map(|(s, by)| (s.as_str(), *by)))
        .await;

    let first = app.tokens_for("keep", "alice", "openid offline_access").await;
    let expected = [
        (
            "grantor_token_requests_total{grant_type=\"authorization_code\",result=\"issued\"}",
            1,
        ),
        (access, 1),
        ("grantor_tokens_issued_total{type=\"id_token\"}", 1),
        ("grantor_tokens_issued_total{type=\"refresh_token\"}", 1),
    ];
    watch.grew(&families, &expected).await;

    let keep = app.client("keep");
    let refresh = first.member("refresh_token");
    keep.post("/revoke", &[("token", &refresh)]).await.assert_revoked();
    keep.post("/revoke", &[("token", &refresh)]).await.assert_revoked();
    watch.grew(&families, &[("grantor_tokens_revoked_total", 1)]).await;
}

#[tokio::test]
async fn what_introspection_says_is_counted_once() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    let client = app.client("m");
    let token = client.machine_token().await;
    let mut watch = Watch::begin(&operator).await;
    let families = ["grantor_introspections", "grantor_rate_limited"];
    client.post("/introspect", &[("token", &token)]).await.assert_active();
    client
        .post("/introspect", &[("token", "nonsense")])
        .await
        .assert_inactive();
    client
        .post("/introspect", &[("token", "nonsense")])
        .await
        .assert_inactive();
    let (active, inactive) = (
        "grantor_introspections_total{active=\"true\"}",
        "grantor_introspections_total{active=\"false\"}",
    );
    watch.grew(&families, &[(inactive, 2), (active, 1)]).await;
    // Whoever does not say who they are is answered nothing.
    app.post("/introspect", &[], &[("token", &token)]).await;
    watch.grew(&families, &[]).await;
}

#[tokio::test]
async fn what_people_do_is_counted_once() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    let mut watch = Watch::begin(&operator).await;
    let families = [
        "grantor_authorize",
        "grantor_logins",
        "grantor_consents",
        "grantor_logouts",
        "grantor_password_hash_seconds_count",
    ];
    let mut browser = app.browser();
    let request = Authorize::of("a");
    let page = browser.open(&request.url()).await;
    let waiting = "grantor_authorize_requests_total{result=\"waiting\"}";
    watch.grew(&families, &[(waiting, 1)]).await;

    let form = form_of(&page).set("username", "alice");
    browser.submit(&form.set("password", "wrong-password")).await;
    let hashed = "grantor_password_hash_seconds_count";
    watch
        .grew(&families, &[("grantor_logins_total{result=\"wrong\"}", 1), (hashed, 1)])
        .await;

    let mut other = app.browser();
    other.code_as(&request, "alice").await;
    let expected = [
        ("grantor_authorize_requests_total{result=\"code\"}", 1),
        (waiting, 1),
        ("grantor_consents_total{decision=\"allowed\"}", 1),
        ("grantor_logins_total{result=\"succeeded\"}", 1),
        (hashed, 1),
    ];
    watch.grew(&families, &expected).await;

    let question = other.open("/logout").await;
    other.submit(&form_of(&question)).await;
    watch.grew(&families, &[("grantor_logouts_total", 1)]).await;

    app.authorize(&request.set("prompt", "none")).await;
    app.authorize(&Authorize::of("nobody")).await.assert_page(400);
    let expected = [
        (
            "grantor_authorize_requests_total{result=\"error\",error=\"login_required\"}",
            1,
        ),
        (
            "grantor_authorize_requests_total{result=\"page\",error=\"invalid_request\"}",
            1,
        ),
    ];
    watch.grew(&families, &expected).await;
}

#[tokio::test]
async fn requests_are_counted_by_template_method_and_class() {
    let app = App::start_with(|settings| settings.limits.failed_authentications_per_minute = 1).await;
    let operator = Operator::of(&app);
    let mut watch = Watch::begin(&operator).await;
    let families = [
        "http_server_request_duration_seconds_count",
        "grantor_rate_limited",
        "http_server_requests_in",
    ];
    let series = |method: &str, route: &str, status: &str| {
        format!(
            "http_server_request_duration_seconds_count{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        )
    };
    // The same endpoint under two prefixes, and what is no path of ours.
    app.get("/jwks").await;
    app.get("/v1/tenants/default/realms/main/jwks").await;
    app.send("DELETE", "/jwks", &[], None).await;
    app.get("/nothing/here").await;
    app.get("/v1/tenants/default/realms/main/applications/x").await;
    app.get("/.well-known/oauth-authorization-server").await;
    let expected = [
        (series("DELETE", "/jwks", "4xx"), 1),
        (series("GET", "/.well-known/oauth-authorization-server", "2xx"), 1),
        (series("GET", "/jwks", "2xx"), 2),
        (
            series(
                "GET",
                "/v1/tenants/{tenant}/realms/{realm}/applications/{application}",
                "4xx",
            ),
            1,
        ),
        (series("GET", "unmatched", "4xx"), 1),
    ];
    watch
        .grew(&families, &expected.each_ref().map(|(s, by)| (s.as_str(), *by)))
        .await;

    let wrong = app.client("m").with_secret("another-secret-another-secret-another");
    let asked = [("grant_type", "client_credentials")];
    assert_eq!(wrong.token(&asked).await.status, 401);
    assert_eq!(wrong.token(&asked).await.status, 429);
    let refused = series("POST", "/token", "4xx");
    watch
        .grew(&families, &[("grantor_rate_limited_total", 1), (refused.as_str(), 2)])
        .await;
}
