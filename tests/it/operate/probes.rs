//! `/livez`, `/readyz`, `/startupz`: what is said when.
use super::Operator;
use crate::app::App;
use grantor_tests::covers;
use grantor_web::operate::Probe;

#[tokio::test]
async fn probes_say_what_a_server_is_doing() {
    let operator = Operator::before_the_start();
    let check = async |live: &str, ready: &str, started: &str| {
        for (path, expected) in [("/livez", live), ("/readyz", ready), ("/startupz", started)] {
            let status = if expected == "ok" { 200 } else { 503 };
            assert_eq!(operator.probe(path).await, (status, expected.to_owned()), "{path}");
        }
    };
    check("ok", "starting", "starting").await;
    assert!(
        operator
            .get("/metrics")
            .await
            .body
            .contains("grantor_build_info{version=")
    );
    let app = App::start().await;
    operator.health.started(app.state.clone());
    check("ok", "ok", "ok").await;
    operator.health.stopping();
    check("ok", "shutting down", "ok").await;
}

#[tokio::test]
async fn a_server_whose_database_does_not_answer_is_not_ready_until_it_does() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    let until = async |expected: (u16, &str)| {
        for _ in 0..5000 {
            let (status, text) = operator.probe("/readyz").await;
            if (status, text.as_str()) == expected {
                return;
            }
        }
        panic!("never {expected:?}");
    };
    until((200, "ok")).await;
    app.sql(|c| c.execute_batch("ALTER TABLE change RENAME TO gone"));
    // A look that was under way may still succeed.
    let failed = "grantor_jobs_total{job=\"feed\",result=\"failed\"}";
    while operator.scrape().await.value(failed) == 0.0 {}
    app.pass_seconds(4);
    assert_eq!(operator.probe("/readyz").await.0, 200, "a moment is no failure");
    app.pass_seconds(1);
    until((503, "the database does not answer")).await;
    assert_eq!(operator.scrape().await.value("grantor_feed_age_seconds"), 5.0);
    assert_eq!(operator.probe("/livez").await.0, 200, "a restart would not help");
    app.sql(|c| c.execute_batch("ALTER TABLE gone RENAME TO change"));
    until((200, "ok")).await;
}

#[tokio::test]
async fn nothing_else_is_there_and_nothing_can_be_done() {
    let app = App::start().await;
    let operator = Operator::of(&app);
    for probe in Probe::ALL {
        let path = probe.path();
        let told = operator.get(path).await;
        assert_eq!(told.status, 200, "{path}");
        assert!(told.kind.starts_with("text/plain; "), "{path}: {}", told.kind);
        let head = operator.send("HEAD", path).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"] {
            let told = operator.send(method, path).await;
            assert_eq!(
                (told.status, told.allow.as_str()),
                (405, "GET, HEAD"),
                "{method} {path}"
            );
        }
    }
    for path in [
        "/",
        "/healthz",
        "/metrics/",
        "/metrics/x",
        "/token",
        "/jwks",
        "/.well-known/openid-configuration",
        "/v1/tenants",
        "/v1/openapi.json",
        "/assets/grantor.css",
        "/account",
    ] {
        let told = operator.get(path).await;
        assert_eq!((told.status, told.body.as_str()), (404, "not found\n"), "{path}");
    }
}

#[tokio::test]
async fn the_public_listener_has_none_of_it() {
    covers!("O-272");
    let app = App::start().await;
    let _operator = Operator::of(&app);
    let prefixes = ["", "/v1/tenants/default/realms/main", "/v1"];
    for (prefix, probe) in prefixes
        .iter()
        .flat_map(|p| Probe::ALL.iter().map(move |probe| (p, probe)))
    {
        let path = format!("{prefix}{}", probe.path());
        let answer = app.get(&path).await;
        answer.assert_page(404);
        for word in ["grantor_", "process_", "starting", "ok\n", "alice", "Second", "app-a"] {
            assert!(!answer.body.contains(word), "{path}: {word}");
        }
    }
}
