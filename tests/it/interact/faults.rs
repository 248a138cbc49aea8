//! When the database is gone: a plain sentence and a reference, nothing of the request and nothing of the inside.
use super::texts;
use crate::app::{Answer, App, REALM, Sql};
use grantor_tests::covers;

const CANARY: &str = "canary-6b1f";

/// Takes every table away from a running server, durable and ephemeral.
fn take_tables(app: &App) {
    let take = |sql: &Sql| {
        let names = sql.tables()?.into_iter().filter(|name| !name.starts_with("lost_"));
        names.map(|name| sql.rename(&name, &format!("lost_{name}"))).collect()
    };
    let taken: [Vec<()>; 2] = [app.sql(take), app.ephemeral_sql(take)];
    assert!(!taken.concat().is_empty());
}

fn check(name: &str, answer: &Answer) {
    assert!(
        matches!(answer.status, 500 | 503),
        "{name}: {} {}",
        answer.status,
        answer.body
    );
    let text = answer.body.to_lowercase();
    for word in [
        CANARY,
        "sql",
        "table",
        "browser_session",
        "panicked",
        "lost_",
        ".rs",
        "no such",
    ] {
        assert!(!text.contains(word), "{name}: {word}: {text}");
    }
    assert_eq!(answer.header("cache-control"), "no-store", "{name}");
    assert_eq!(answer.status == 503, !answer.header("retry-after").is_empty(), "{name}");
    let reference = if answer.header("content-type").starts_with("text/html") {
        texts(answer, "#reference").concat()
    } else {
        let code = answer.member("error");
        assert!(
            matches!(code.as_str(), "server_error" | "temporarily_unavailable"),
            "{name}: {code}"
        );
        answer.header("x-request-id").to_owned()
    };
    assert!(reference.len() >= 16, "{name} gives no reference");
}

/// Every handler, with a value of the request that must not come back. The clients exist: unknown ones are refused from memory.
async fn ask(app: &App, prefix: &str, cold: bool) {
    let authorize = format!("response_type=code&client_id=a&state={CANARY}&redirect_uri=https://{CANARY}.test/");
    let cookies = format!(
        "grantor-session.default.main={0}; grantor-browser.default.main={0}",
        "A".repeat(43)
    );
    let headers = [("cookie", cookies.as_str()), ("x-canary", CANARY)];
    let form = [headers[0], ("content-type", "application/x-www-form-urlencoded")];
    for path in ["/authorize", "/login", "/consent", "/continue", "/restart", "/logout"] {
        let url = format!("{prefix}{path}?tx={CANARY}&{authorize}");
        check(path, &app.send("GET", &url, &headers, None).await);
    }
    for path in ["/authorize", "/login", "/consent", "/logout"] {
        let body = format!("tx={CANARY}&csrf={CANARY}&username={CANARY}&password={CANARY}&{authorize}");
        check(
            path,
            &app.send("POST", &format!("{prefix}{path}"), &form, Some(&body)).await,
        );
    }
    let credentials = [("client_id", "b"), ("client_secret", CANARY)];
    let grant = [
        &credentials[..],
        &[("grant_type", "client_credentials"), ("scope", CANARY)],
    ]
    .concat();
    check("token", &app.post(&format!("{prefix}/token"), &[], &grant).await);
    let token = [&credentials[..], &[("token", CANARY)]].concat();
    check(
        "introspect",
        &app.post(&format!("{prefix}/introspect"), &[], &token).await,
    );
    check("revoke", &app.post(&format!("{prefix}/revoke"), &[], &token).await);
    if cold {
        let bearer = [("authorization", "Bearer canary-6b1f")];
        check(
            "userinfo",
            &app.send("GET", &format!("{prefix}/userinfo"), &bearer, None).await,
        );
        for path in ["/jwks", "/.well-known/openid-configuration"] {
            check(path, &app.get(&format!("{prefix}{path}?x={CANARY}")).await);
        }
    }
}

#[tokio::test]
async fn a_lost_database_shows_nothing_of_the_request_or_of_the_inside() {
    covers!("O-270");
    for dev_mode in [false, true] {
        let app = App::start_with(|s| s.server.dev_mode = dev_mode).await;
        assert_eq!(app.get("/logout").await.status, 200);
        assert_eq!(app.get("/jwks").await.status, 200);
        take_tables(&app);
        // The root is known by now, so that each handler gets to its own reading; the realm prefix is not.
        ask(&app, "", false).await;
        ask(&app, REALM, true).await;
    }
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_looked_up_stands_in_no_answer() {
    covers!("O-270", "O-273");
    let app = App::start().await;
    for id in ["keep", "strict", "spa"] {
        let tokens = app.tokens_for(id, "alice", "read").await;
        app.client(id)
            .refresh(&tokens.member("refresh_token"))
            .await
            .assert_tokens();
    }
    let tokens = app.tokens_for("keep", "alice", "read").await.member("refresh_token");
    let other = app.tokens_for("spa", "alice", "read").await.member("refresh_token");
    // Everything that a warm request needs is in memory: it gets as far as the family.
    take_tables(&app);
    for (id, token) in [("keep", &tokens), ("spa", &other)] {
        let claims = format!(r#"{{"a":"{CANARY}"}}"#);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("custom_claims", &claims),
        ];
        for answer in [app.client(id).token(&form).await, app.client(id).refresh(token).await] {
            check("refresh", &answer);
            assert!(!answer.body.contains("grt_"), "{}", answer.body);
        }
    }
    let keep = app.client("keep");
    for answer in [keep.introspect(&tokens).await, keep.revoke(&tokens).await] {
        check("introspect or revoke", &answer);
        assert!(
            !answer.body.contains("grt_") && !answer.body.contains("active"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn nothing_of_the_inside_is_served_to_whoever_asks() {
    covers!("O-272");
    let app = App::start().await;
    for path in [
        "/metrics",
        "/debug",
        "/debug/pprof/",
        "/health",
        "/healthz",
        "/status",
        "/openapi.json",
        "/swagger/",
        "/api-docs",
        "/.env",
        "/.git/config",
        "/admin",
        "/v1",
        "/assets/",
        "/assets/..%2fgrantor.css",
        "/assets/%2e%2e/Cargo.toml",
    ] {
        let answer = app.get(path).await;
        answer.assert_page(404);
        told_nothing(path, &answer);
    }
    for path in [
        "/v1/tenants",
        "/v1/tenants/default",
        "/v1/tenants/default/realms",
        REALM,
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 401, "{path}");
        told_nothing(path, &answer);
    }
}

fn told_nothing(path: &str, answer: &crate::app::Answer) {
    for word in ["alice", "Second", "t2", "app-a", "Application A"] {
        assert!(!answer.body.contains(word), "{path}: {word}");
    }
}
