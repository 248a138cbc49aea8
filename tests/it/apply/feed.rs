//! What another process applies is seen by a running server through the change feed, without a restart.
use crate::app::{App, Authorize, FIXTURE, entry};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantor_flows::apply::{Options, apply};
use grantor_flows::management::Requester;
use std::time::Duration;
use tokio::time::timeout;
use toml::{Table, Value};

const SECRET: &str = "m-secret-m-secret-m-secret-m-secret-";

/// Applies the edited fixture in another process: its caches are its own.
async fn elsewhere(app: &App, edit: impl FnOnce(&mut Table)) {
    let mut changed: Table = FIXTURE.parse().unwrap();
    edit(&mut changed);
    let other = app.second_process().await;
    let document = toml::from_str(&changed.to_string()).unwrap();
    apply(&other, &document, Options::default(), &Requester::operator())
        .await
        .unwrap();
}

/// Asks until the answer is yes: at most two hundred times, each after the feed may have been read again.
async fn seen(app: &App, what: &str, is: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if is().await {
            return;
        }
        let _ = timeout(Duration::from_millis(50), app.deps.store.bell().notified()).await;
    }
    panic!("{what} was never seen");
}

/// The answer to a client_credentials request of any client with the machine's secret.
async fn machine(app: &App, client_id: &str) -> crate::app::Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{client_id}:{SECRET}")));
    let form = [("grant_type", "client_credentials")];
    app.post("/token", &[("authorization", &basic)], &form).await
}

async fn start() -> App {
    App::start_with(|settings| settings.limits.failed_authentications_per_minute = 1_000_000).await
}

#[tokio::test]
async fn applications_that_another_process_renames_or_disables_are_refused() {
    let app = start().await;
    let set = |field: &'static str, value: Value| {
        move |d: &mut Table| _ = entry(d, "applications", "app-m").insert(field.into(), value)
    };
    machine(&app, "m").await.assert_tokens();
    machine(&app, "m2").await.assert_invalid_client();
    elsewhere(&app, set("client_id", "m2".into())).await;
    seen(&app, "the new name", async || machine(&app, "m2").await.status == 200).await;
    seen(&app, "the end of the old name", async || {
        machine(&app, "m").await.status == 401
    })
    .await;
    elsewhere(&app, |_| {}).await;
    seen(&app, "the old name", async || machine(&app, "m").await.status == 200).await;
    seen(&app, "the end of the new one", async || {
        machine(&app, "m2").await.status == 401
    })
    .await;
    elsewhere(&app, set("enabled", false.into())).await;
    seen(&app, "its end", async || machine(&app, "m").await.status == 401).await;
}

#[tokio::test]
async fn a_new_application_of_another_process_is_known_and_its_issuer_answers() {
    let app = start().await;
    machine(&app, "fresh").await.assert_invalid_client();
    let document = format!(
        "{}/applications/app-fresh/.well-known/openid-configuration",
        crate::app::REALM
    );
    assert_eq!(app.get(&document).await.status, 404);
    elsewhere(&app, |d| {
        let mut fresh = entry(d, "applications", "app-m").clone();
        fresh.insert("id".into(), "app-fresh".into());
        fresh.insert("client_id".into(), "fresh".into());
        let all = d["applications"].as_array_mut().unwrap();
        all.push(Value::Table(fresh));
    })
    .await;
    seen(&app, "the application", async || {
        machine(&app, "fresh").await.status == 200
    })
    .await;
    assert_eq!(app.get(&document).await.status, 200);
}

#[tokio::test]
async fn users_and_resource_servers_that_another_process_changes_are_read_again() {
    let app = start().await;
    let code = app.browser().code_as(&Authorize::of("a"), "alice").await;
    let token = app
        .client("a")
        .redeem(&code, "https://a.test/cb")
        .await
        .member("access_token");
    let machine_token = app.client("m").machine_token().await;
    let email = "alice@elsewhere.test";
    assert_eq!(app.client("a").userinfo(&token).await.status, 200);
    app.resource_server("r1-api")
        .introspect(&machine_token)
        .await
        .assert_active();
    elsewhere(&app, |d| {
        entry(d, "users", "u-alice").insert("email".into(), email.into());
        let introspection: Value = "x = [{ id = 'r1-api', secret = 'rotated-introspection-secret-0123456' }]"
            .parse::<Table>()
            .unwrap()["x"]
            .clone();
        entry(d, "resource_servers", "r1").insert("introspection".into(), introspection);
    })
    .await;
    let api = app.resource_server("r1-api");
    seen(&app, "the new credential", async || {
        let rotated = api.clone().with_secret("rotated-introspection-secret-0123456");
        rotated.introspect(&machine_token).await.status == 200
    })
    .await;
    api.introspect(&machine_token).await.assert_invalid_client();
    elsewhere(&app, |d| {
        _ = entry(d, "users", "u-alice").insert("enabled".into(), false.into())
    })
    .await;
    seen(&app, "the disabled user", async || {
        app.client("a").userinfo(&token).await.status == 401
    })
    .await;
    app.client("a").introspect(&token).await.assert_inactive();
}
