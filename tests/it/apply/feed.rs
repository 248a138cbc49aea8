//! What another process applies is seen by a running server through the change feed, without a restart.
use crate::app::{App, FIXTURE, entry};
use grantor_flows::apply::apply;
use grantor_server::document;
use std::time::Duration;
use tokio::time::timeout;
use toml::{Table, Value};

/// Applies the edited fixture in another process: its caches are its own.
async fn elsewhere(app: &App, edit: impl FnOnce(&mut Table)) {
    let mut changed: Table = FIXTURE.parse().unwrap();
    edit(&mut changed);
    let other = app.second_process().await;
    apply(&other, &document::read(&changed.to_string()).unwrap(), false)
        .await
        .unwrap();
}

/// Asks until the answer is yes: at most a hundred times, each after the feed may have been read again.
async fn seen(app: &App, what: &str, is: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if is().await {
            return;
        }
        let _ = timeout(Duration::from_millis(50), app.deps.store.bell().notified()).await;
    }
    panic!("{what} was never seen");
}

async fn status(client: crate::app::Client<'_>) -> u16 {
    client.token(&[("grant_type", "client_credentials")]).await.status
}

async fn start() -> App {
    App::start_with(|settings| settings.limits.failed_authentications_per_minute = 1_000_000).await
}

#[tokio::test]
async fn another_process_disables_and_renames_applications() {
    let app = start().await;
    assert_eq!(status(app.client("m")).await, 200);
    elsewhere(&app, |d| {
        _ = entry(d, "applications", "app-m").insert("enabled".into(), Value::from(false))
    })
    .await;
    seen(&app, "the disabled application", async || {
        status(app.client("m")).await == 401
    })
    .await;
    elsewhere(&app, |d| {
        _ = entry(d, "applications", "app-m").insert("client_id".into(), "m2".into())
    })
    .await;
    let renamed = [("grant_type", "client_credentials")];
    let basic = app.client("m").basic().replace("Basic ", "");
    assert!(!basic.is_empty());
    seen(&app, "the old name being gone", async || {
        app.client("m").token(&renamed).await.status == 401
    })
    .await;
    let old = app.sql(|on| {
        on.query_row(
            "SELECT count(*) FROM client WHERE client_id = 'm' AND tenant = 'default'",
            [],
            |r| r.get::<_, i64>(0),
        )
    });
    assert_eq!(old, 0);
}
