//! Redis is gone or silent: signing in is refused within a second and says when to come back; what needs no Redis goes on.
use super::at;
use crate::app::{Answer, App, Authorize, Browser, form_of, query_of, target_of};
use grantor_tests::covers;
use grantor_tests::proxy::Proxy;
use grantor_tests::redis;
use std::time::Duration;
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);
/// Milliseconds that a request waits for Redis: enough for a busy machine before the fault, and few enough to see one request after it.
const PATIENCE: u64 = 500;

/// A request whose page is always needed.
fn request() -> Authorize {
    Authorize::of("a").set("prompt", "login consent")
}

async fn app_on(address: &str) -> App {
    App::start_with(at(&format!("redis://{address}/"), PATIENCE)).await
}

/// Answered within a second: come back later.
async fn check_refused(name: &str, asked: impl Future<Output = Answer>) {
    let answer = timeout(SECOND, asked).await.unwrap_or_else(|_| panic!("{name} waits"));
    assert_eq!(answer.status, 503, "{name}: {}", answer.body);
    assert_eq!(answer.header("retry-after"), "1", "{name}");
    assert_eq!(answer.header("location"), "", "{name}");
    for word in ["redis", "Redis", "code="] {
        assert!(!answer.body.contains(word), "{name}: {word}: {}", answer.body);
    }
}

/// A browser that was asked to sign in, and the form with everything filled in.
async fn asked(app: &App) -> (Browser<'_>, crate::app::Form) {
    let mut browser = app.browser();
    let page = browser.open(&request().url()).await;
    let form = form_of(&page)
        .set("username", "alice")
        .set("password", "alice-password");
    (browser, form)
}

/// What has nothing to do with interactions, before and after.
struct Others {
    code: String,
    spent: String,
    refresh: String,
    token: String,
}

async fn others(app: &App) -> Others {
    let request = Authorize::of("a");
    let mut browser = app.browser();
    let spent = browser.code_as(&request, "alice").await;
    app.client("a")
        .redeem(&spent, request.value("redirect_uri"))
        .await
        .assert_tokens();
    let code = browser.code_as(&request, "alice").await;
    let tokens = app.tokens_for("keep", "alice", "read").await;
    Others {
        code,
        spent,
        refresh: tokens.member("refresh_token"),
        token: tokens.member("access_token"),
    }
}

async fn check_others_go_on(app: &App, others: &Others) {
    let redirect_uri = Authorize::of("a").value("redirect_uri").to_owned();
    let a = app.client("a");
    a.redeem(&others.code, &redirect_uri).await.assert_tokens();
    // Single use is a matter of SQL: no second success for want of Redis.
    for code in [&others.code, &others.spent] {
        a.redeem(code, &redirect_uri)
            .await
            .assert_json_error(400, "invalid_grant");
    }
    app.client("keep").refresh(&others.refresh).await.assert_tokens();
    app.resource_server("r1-api")
        .introspect(&others.token)
        .await
        .assert_active();
    for path in ["/jwks", "/.well-known/openid-configuration"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    assert!(!app.client("m").machine_token().await.is_empty());
}

/// Redis fails by `fail` while somebody signs in, and comes back.
async fn check_fault(fail: impl Fn(&Proxy)) {
    let Some(address) = redis::address() else { return };
    let proxy = Proxy::to(&address).unwrap();
    let app = app_on(&proxy.address().to_string()).await;
    let others = others(&app).await;
    let (mut browser, login) = asked(&app).await;
    let consent = browser.copy().submit(&login).await;
    let consent = form_of(&consent).set("decision", "allow");
    let signed_in = {
        let mut browser = app.browser();
        browser.code_as(&Authorize::of("a"), "alice").await;
        browser
    };
    fail(&proxy);
    for _ in 0..3 {
        check_refused("authorize", app.authorize(&request())).await;
        check_refused("authorize by POST", app.post("/authorize", &[], &pairs(&request()))).await;
        check_refused("login", browser.submit_with(&login, &[])).await;
        check_refused("consent", browser.submit_with(&consent, &[])).await;
        for path in ["/login", "/consent", "/continue", "/restart"] {
            let path = format!("{path}?tx={}", login.value("tx"));
            check_refused(&path, browser.get(&path)).await;
        }
    }
    check_others_go_on(&app, &others).await;
    // Who needs no page needs no Redis.
    let answer = signed_in.copy().get(&Authorize::of("a").url()).await;
    assert!(code_of(&answer).is_some(), "{} {}", answer.status, answer.body);
    proxy.forward();
    let again = async { while browser.get(&format!("/login?tx={}", login.value("tx"))).await.status == 503 {} };
    timeout(2 * SECOND, again).await.unwrap();
    // The same forms end with one code, and it is one.
    let page = browser.submit(&login).await;
    let code = code_of(&page);
    let code = match code {
        Some(code) => code,
        None => code_of(&browser.submit(&form_of(&page).set("decision", "allow")).await).unwrap(),
    };
    let (a, redirect_uri) = (app.client("a"), request().value("redirect_uri").to_owned());
    a.redeem(&code, &redirect_uri).await.assert_tokens();
    a.redeem(&code, &redirect_uri)
        .await
        .assert_json_error(400, "invalid_grant");
}

fn pairs(request: &Authorize) -> Vec<(&str, &str)> {
    request
        .parameters
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect()
}

fn code_of(answer: &Answer) -> Option<String> {
    let target = target_of(answer)?;
    query_of(&target).into_iter().find(|(n, _)| n == "code").map(|(_, v)| v)
}

#[tokio::test]
async fn without_redis_signing_in_is_refused_and_everything_else_goes_on() {
    covers!("O-346");
    check_fault(Proxy::cut).await;
}

#[tokio::test]
async fn a_silent_redis_holds_nobody_up() {
    covers!("O-346");
    check_fault(Proxy::hang).await;
}

#[tokio::test]
async fn a_server_starts_without_redis_and_uses_it_when_it_comes() {
    let Some(address) = redis::address() else { return };
    let proxy = Proxy::to(&address).unwrap();
    proxy.cut();
    let app = app_on(&proxy.address().to_string()).await;
    check_refused("authorize", app.authorize(&request())).await;
    assert_eq!(app.get("/jwks").await.status, 200);
    proxy.forward();
    let again = async { while app.get("/login?tx=none").await.status == 503 {} };
    timeout(2 * SECOND, again).await.unwrap();
    assert!(!app.browser().code_as(&request(), "alice").await.is_empty());
}

#[tokio::test]
async fn what_was_flushed_makes_people_begin_again() {
    let Some(address) = redis::address() else { return };
    let app = app_on(&address).await;
    let (mut browser, login) = asked(&app).await;
    for (key, _) in redis::dump(&address, &app.settings.redis.prefix).unwrap() {
        redis::ask(&address, &["DEL", &key]).unwrap();
    }
    let answer = browser.submit_with(&login, &[]).await;
    assert!(
        answer.status < 500 && code_of(&answer).is_none(),
        "{} {}",
        answer.status,
        answer.body
    );
    assert!(!browser.code_as(&request(), "alice").await.is_empty());
}
