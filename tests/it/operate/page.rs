//! The text of `/metrics`: that Prometheus reads it, and what never stands in it.
use super::Operator;
use crate::app::{ADMIN, App, Authorize, OTHER, REALM, form_of};
use grantor_tests::covers;
use std::collections::{BTreeMap, BTreeSet};

/// Machines, people and the wrong things both send; every value that is somebody's or a secret.
async fn busy(app: &App) -> Vec<String> {
    let client = app.client("m");
    let token = client.machine_token().await;
    client.post("/introspect", &[("token", &token)]).await;
    client.post("/introspect", &[("token", "canary-token")]).await;
    let tokens = app.tokens_for("keep", "alice", "openid offline_access").await;
    let wrong = client.clone().with_secret("canary-secret-canary-secret-canary-secret");
    wrong.token(&[("grant_type", "client_credentials")]).await;
    client.token(&[("grant_type", "canary-grant")]).await;
    let path = Authorize::of("first").url();
    let mut stranger = app.browser();
    let form = form_of(&stranger.open(&path).await).set("username", "canary-user");
    stranger.submit(&form.set("password", "canary-password")).await;
    for path in [
        "/canary-path",
        "/v1/tenants/canary-tenant/realms/canary-realm/token",
        "/setup/canary-link",
        &path,
    ] {
        app.get(path).await;
        app.send("CANARY", path, &[], None).await;
    }
    for path in [
        format!("{OTHER}/applications/canary-id"),
        format!("{ADMIN}/events?kind=canary-kind"),
        format!("{REALM}/jwks"),
    ] {
        app.get(&path).await;
    }
    let mut canaries = vec![token, client.basic()];
    canaries.extend(["access_token", "refresh_token", "id_token"].map(|name| tokens.member(name)));
    let names = [
        "canary",
        "CANARY",
        "alice",
        "\"m\"",
        "\"keep\"",
        "\"first\"",
        "\"t2\"",
        "\"default\"",
        "\"main\"",
        "app-",
        "127.0.0.1",
        "m-secret",
    ];
    canaries.extend(names.map(str::to_owned));
    canaries
}

#[tokio::test]
async fn no_name_and_no_secret_of_a_whole_run_stands_in_the_metrics() {
    covers!("O-269", "O-272");
    let app = App::start().await;
    let operator = Operator::of(&app);
    let canaries = busy(&app).await;
    let page = operator.get("/metrics").await.body;
    // The control: all of it was counted.
    for series in [
        "grantor_token_requests_total{grant_type=\"unknown\",result=\"refused\",error=\"unsupported_grant_type\"} 1",
        "grantor_logins_total{result=\"wrong\"} 1",
        "route=\"/setup/{token}\"",
        "route=\"unmatched\"",
        "method=\"other\"",
        "route=\"/v1/tenants/{tenant}/realms/{realm}/applications/{application}\"",
    ] {
        assert!(page.contains(series), "{series}: {page}");
    }
    for canary in canaries {
        assert!(!page.contains(&canary), "{canary}: {page}");
    }
}

#[tokio::test]
async fn prometheus_can_read_it() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    busy(&app).await;
    let told = operator.get("/metrics").await;
    assert_eq!(told.kind, "text/plain; version=0.0.4; charset=utf-8");
    assert!(told.body.ends_with('\n'));
    let (mut families, mut seen) = (BTreeMap::new(), BTreeSet::new());
    let mut lines = told.body.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, help) = line.strip_prefix("# HELP ").unwrap().split_once(' ').unwrap();
        assert!(help.ends_with('.'), "{line}");
        let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap();
        assert!(families.insert(name, kind).is_none(), "{name} twice");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} {kind}");
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, value) = sample.rsplit_once(' ').unwrap();
            assert!(seen.insert(series), "{series} twice");
            assert!(value.parse::<f64>().unwrap() >= 0.0, "{sample}");
            let written = series.split('{').next().unwrap();
            let parts = ["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}"));
            let fits = if kind == "histogram" {
                parts.contains(&written.to_owned())
            } else {
                written == name
            };
            assert!(fits, "{sample} in {name}");
        }
    }
    let scrape = operator.scrape().await;
    let buckets = |bound: &str| scrape.value(&format!("grantor_password_hash_seconds_bucket{{le=\"{bound}\"}}"));
    assert!(buckets("0.0001") <= buckets("1") && buckets("1") <= buckets("+Inf"));
    assert_eq!(buckets("+Inf"), scrape.value("grantor_password_hash_seconds_count"));
    if cfg!(target_os = "linux") {
        assert!(scrape.value("process_resident_memory_bytes") > 1e6);
        assert!(scrape.value("process_cpu_seconds_total") > 0.0 && scrape.value("process_open_fds") > 3.0);
        assert!(scrape.value("process_start_time_seconds") > 1.7e9);
    }
}
