//! PostgreSQL goes away, falls silent, is lost without a word, or is held by somebody: whoever needs it is told to come back,
//! soon; nothing is half done; and it works again without a restart.
use super::grants;
use crate::app::{Answer, App, Authorize, Browser};
use grantor_tests::covers;
use grantor_tests::proxy::Proxy;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long an answer may take, the time limit of the database and a busy machine included.
const SOON: Duration = Duration::from_millis(1500);
/// How long the return of the database may go unnoticed.
const HEALED: Duration = Duration::from_secs(5);

/// An app whose database is behind a proxy; nothing, and a word about it, where the tests do not run on PostgreSQL.
async fn app_behind() -> Option<(App, Proxy)> {
    if std::env::var("GRANTOR_TEST_DATABASE").as_deref() != Ok("postgres") {
        eprintln!("left out: GRANTOR_TEST_DATABASE is not postgres");
        return None;
    }
    let mut proxy = None;
    let app = App::start_with(|settings| {
        let mut url = Url::parse(&settings.database.url).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let to = Proxy::to(&target).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(to.address().port())).unwrap();
        settings.database.url = url.to_string();
        settings.database.timeout_milliseconds = 500;
        // Encrypting takes an unoptimised build longer than that.
        settings.database.url += "?sslmode=disable";
        proxy = Some(to);
    });
    let app = app.await;
    Some((app, proxy.unwrap()))
}

/// What somebody has in hand when the database goes away.
struct Held<'a> {
    browser: Browser<'a>,
    code: String,
    refresh: String,
    /// A refresh token that is to be revoked, and its access token.
    unwanted: [String; 2],
    /// Of a family that does not rotate: to be tried again and again.
    probe: String,
    token: String,
}

impl<'a> Held<'a> {
    async fn of(app: &'a App) -> Self {
        let mut browser = app.browser();
        let code = browser.code_as(&Authorize::of("a"), "alice").await;
        let kept = app.tokens_for("keep", "alice", "read").await;
        let unwanted = app.tokens_for("keep", "alice", "read").await;
        let probe = app.tokens_for("still", "alice", "read").await;
        Self {
            browser,
            code,
            refresh: kept.member("refresh_token"),
            unwanted: ["refresh_token", "access_token"].map(|name| unwanted.member(name)),
            probe: probe.member("refresh_token"),
            token: kept.member("access_token"),
        }
    }
}

async fn redeem(app: &App, code: &str) -> Answer {
    app.client("a")
        .redeem(code, Authorize::of("a").value("redirect_uri"))
        .await
}

async fn soon(name: &str, asked: impl Future<Output = Answer>) -> Answer {
    timeout(SOON, asked).await.unwrap_or_else(|_| panic!("{name} waits"))
}

async fn check_refused(name: &str, asked: impl Future<Output = Answer>) {
    let answer = soon(name, asked).await;
    assert_eq!(answer.status, 503, "{name}: {}", answer.body);
    assert_ne!(answer.header("retry-after"), "", "{name}");
    assert_eq!(answer.header("location"), "", "{name}");
    for word in ["sql", "postgres", "pool", "connection"] {
        assert!(!answer.body.to_lowercase().contains(word), "{name}: {}", answer.body);
    }
}

/// Everything that needs the database says so, and what does not goes on.
async fn check_lost(app: &App, held: &Held<'_>) {
    check_refused("a code", redeem(app, &held.code)).await;
    check_refused("a refresh token", app.client("keep").refresh(&held.refresh)).await;
    check_refused("a revocation", app.client("keep").revoke(&held.unwanted[0])).await;
    check_refused("a probe", app.client("still").refresh(&held.probe)).await;
    check_refused("authorize", held.browser.copy().get(&Authorize::of("a").url())).await;
    check_refused("authorize without a session", app.authorize(&Authorize::of("a"))).await;
    for path in ["/jwks", "/.well-known/openid-configuration"] {
        assert_eq!(soon(path, app.get(path)).await.status, 200, "{path}");
    }
    let seen = soon("introspect", app.resource_server("r1-api").introspect(&held.token)).await;
    match seen.status {
        503 => assert_ne!(seen.header("retry-after"), ""),
        _ => drop(seen.assert_active()),
    }
}

/// Asks what needs readers, the writer and short-lived data, as everybody does at once, until each answers.
async fn heal(app: &App, held: &Held<'_>) {
    let reads = async { while redeem(app, "no-such-code").await.status == 503 {} };
    let writes = async { while app.client("still").refresh(&held.probe).await.status == 503 {} };
    let keeps = async { while app.authorize(&Authorize::of("a")).await.status == 503 {} };
    // What people do is written by a connection of its own.
    let nothing = || grantor_store::Command::EndSession {
        key: grantor_protocol::issuer::RealmKey::new("default", "main"),
        id_mac: [0; 32],
        now: app.deps.clock.now(),
    };
    let people = async { while app.deps.store.write(nothing()).await.is_err() {} };
    let healing = async { tokio::join!(reads, writes, keeps, people) };
    timeout(HEALED, healing).await.expect("works again");
}

/// Nothing was lost, and nothing can be done twice.
async fn check_found(app: &App, held: Held<'_>) {
    let before = grants(app);
    redeem(app, &held.code).await.assert_tokens();
    assert_eq!(grants(app), (before.0 + 1, before.1 + 1));
    redeem(app, &held.code).await.assert_json_error(400, "invalid_grant");
    assert_eq!(grants(app), (before.0 + 1, before.1));
    let next = app.client("keep").refresh(&held.refresh).await;
    let next = next.assert_tokens().member("refresh_token");
    app.client("keep").refresh(&next).await.assert_tokens();
    app.client("keep").revoke(&held.unwanted[0]).await.assert_revoked();
    let server = app.resource_server("r1-api");
    server.introspect(&held.unwanted[1]).await.assert_inactive();
    server.introspect(&held.token).await.assert_active();
    let mut browser = held.browser;
    assert!(!browser.code_as(&Authorize::of("a"), "alice").await.is_empty());
}

/// Fails by `fail`, and is there again.
async fn check_fault(fail: impl Fn(&Proxy)) {
    let Some((app, proxy)) = app_behind().await else { return };
    let held = Held::of(&app).await;
    fail(&proxy);
    for _ in 0..2 {
        check_lost(&app, &held).await;
    }
    // The feed could not be read for longer than memory is believed.
    app.pass_seconds(2);
    check_lost(&app, &held).await;
    proxy.forward();
    heal(&app, &held).await;
    check_found(&app, held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_refuses_connections_and_comes_back() {
    covers!("O-347");
    check_fault(Proxy::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_and_comes_back() {
    covers!("O-347");
    check_fault(Proxy::hang).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_lost_without_a_word_are_given_up() {
    covers!("O-347");
    let Some((app, proxy)) = app_behind().await else { return };
    let held = Held::of(&app).await;
    proxy.lose();
    heal(&app, &held).await;
    check_found(&app, held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_database_is_noticed_by_nobody_who_comes_after_it() {
    covers!("O-347");
    let Some((app, proxy)) = app_behind().await else { return };
    for _ in 0..3 {
        let held = Held::of(&app).await;
        proxy.cut();
        proxy.forward();
        heal(&app, &held).await;
        check_found(&app, held).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_are_all_taken_keep_nobody_waiting() {
    covers!("O-347");
    let Some((app, _proxy)) = app_behind().await else {
        return;
    };
    let held = Held::of(&app).await;
    let lock = app.open_sql();
    lock.execute_batch(
        "BEGIN; LOCK TABLE authorization_code, authorization_grant, browser_session IN ACCESS EXCLUSIVE MODE",
    )
    .unwrap();
    for _ in 0..3 {
        let many = (0..20).map(|_| check_refused("a code", redeem(&app, &held.code)));
        many_at_once(many).await;
        check_refused("a refresh token", app.client("keep").refresh(&held.refresh)).await;
        assert_eq!(soon("jwks", app.get("/jwks")).await.status, 200);
    }
    lock.execute_batch("ROLLBACK").unwrap();
    heal(&app, &held).await;
    check_found(&app, held).await;
}

/// Drives them all in one task.
async fn many_at_once(all: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        match all.is_empty() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}
