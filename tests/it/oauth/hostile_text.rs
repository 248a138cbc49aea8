//! Text that would like to be SQL, a pattern, a template or a path: it is data, in everything a stranger or a document can say.
mod names;

use crate::app::{Answer, App, Authorize, CHALLENGE, Client, VERIFIER, form_of};
use grantor_tests::covers;

pub(crate) const HOSTILE: [&str; 24] = [
    "'",
    "\"",
    "\\",
    ";--",
    "%",
    "_",
    "*",
    "' OR '1'='1",
    "') OR 1=1 --",
    "x'; DROP TABLE user; --",
    "x' UNION SELECT sealed FROM signing_key --",
    "\0",
    "x\0y",
    "*)(uid=*))(|(uid=*",
    "(a+)+$",
    ".*",
    "[a-z",
    "${7*7}",
    "{{7*7}}",
    "<%= 7*7 %>",
    "%s%n%x%99999d",
    "../../../../etc/passwd",
    "a:b\r\nc: d",
    "\u{202e}\u{feff}\u{1f980}",
];

/// All of them, and two long ones.
pub(crate) fn all() -> Vec<String> {
    let long = ["x".repeat(10_000), "'".repeat(10_000)];
    HOSTILE.iter().map(|text| (*text).to_owned()).chain(long).collect()
}

/// What nobody but people and documents may add to.
const KEPT: [&str; 10] = [
    "tenant",
    "realm",
    "user",
    "client",
    "client_secret",
    "resource_server",
    "signing_key",
    "consent",
    "authorization_grant",
    "browser_session",
];

pub(crate) fn kept(app: &App) -> Vec<i64> {
    app.sql(|db| {
        let count = |table: &&str| db.query_row(&format!("SELECT COUNT(*) FROM \"{table}\""), [], |row| row.get(0));
        KEPT.iter().map(count).collect()
    })
}

/// An answer of the server's own that says nothing of the inside.
#[track_caller]
pub(crate) fn check(what: &str, answer: &Answer) {
    assert!(
        (200..500).contains(&answer.status),
        "{what}: {} {}",
        answer.status,
        answer.body
    );
    let body = answer.body.to_lowercase();
    for word in [
        "sqlite",
        "syntax error",
        "no such column",
        "no such table",
        "unrecognized",
        "near \"",
        "panicked",
        ".rs:",
        "root:",
    ] {
        assert!(!body.contains(word), "{what}: {word}: {body}");
    }
    // A template that ran would have said so.
    assert!(!body.contains(">49<") && !body.contains("\"49\""), "{what}: {body}");
}

/// A good request with one parameter replaced.
fn replaced<'a>(good: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = good.iter().filter(|(n, _)| *n != name).copied().collect();
    form.push((name, value));
    form
}

async fn start() -> App {
    App::start_with(|s| {
        s.limits.failed_authentications_per_minute = 1_000_000;
        s.limits.inactive_introspections_per_minute = 1_000_000;
        s.limits.stored_requests_per_minute = 1_000_000;
    })
    .await
}

#[tokio::test]
async fn whatever_a_client_says_is_data() {
    covers!("O-340", "O-345");
    let app = start().await;
    let strict = [
        ("client_id", "strict"),
        ("client_secret", "strict-secret-strict-secret-strict-1"),
    ];
    let mut token = app.tokens_for("strict", "alice", "read").await.member("refresh_token");
    let code = app
        .browser()
        .code_as(&Authorize::of("strict").set("scope", "read"), "alice")
        .await;
    let before = kept(&app);
    for text in all() {
        let code_grant = [
            &strict[..],
            &[
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", "https://strict.test/cb"),
                ("code_verifier", VERIFIER),
            ],
        ]
        .concat();
        for name in [
            "client_id",
            "client_secret",
            "grant_type",
            "code",
            "redirect_uri",
            "expiration_time",
            "custom_claims",
            "resource",
        ] {
            let answer = app.post("/token", &[], &replaced(&code_grant, name, &text)).await;
            check(name, &answer);
            let error = answer.member("error");
            let expected = match name {
                "client_id" | "client_secret" => "invalid_client",
                "grant_type" => "unsupported_grant_type",
                "resource" => "invalid_target",
                "code" | "redirect_uri" => "invalid_grant",
                _ => "invalid_request",
            };
            assert!(
                [expected, "invalid_request"].contains(&error.as_str()),
                "{name} {text:?}: {error}"
            );
        }
    }
    assert_eq!(kept(&app), before);
    app.client("strict")
        .redeem(&code, "https://strict.test/cb")
        .await
        .assert_tokens();
    let before = kept(&app);
    for text in all() {
        let refresh = [
            &strict[..],
            &[("grant_type", "refresh_token"), ("refresh_token", token.as_str())],
        ]
        .concat();
        for (name, expected) in [
            ("refresh_token", "invalid_grant"),
            ("scope", "invalid_scope"),
            ("expiration_time", "invalid_request"),
            ("custom_claims", "invalid_request"),
            ("resource", "invalid_target"),
        ] {
            let answer = app.post("/token", &[], &replaced(&refresh, name, &text)).await;
            check(name, &answer);
            let error = answer.member("error");
            assert!(
                [expected, "invalid_request"].contains(&error.as_str()),
                "{name} {text:?}: {error}"
            );
        }
        let carried = serde_json::json!({ "a": text, (text.as_str()): 1 }).to_string();
        if carried.len() < 2000 {
            let answer = app
                .post("/token", &[], &replaced(&refresh, "custom_claims", &carried))
                .await;
            token = answer.assert_tokens().member("refresh_token");
            let seen = app.client("strict").introspect(&answer.member("access_token")).await;
            assert_eq!(
                seen.assert_active().json()["custom_claims"].to_string(),
                carried,
                "{text:?}"
            );
        }
        for secret in [text.as_str(), "strict-secret-strict-secret-strict-1"] {
            let thief = Client::new(&app, "", &text, secret);
            let answer = thief.token(&[("grant_type", "client_credentials")]).await;
            assert!(matches!(answer.status, 400 | 401), "{text:?}: {}", answer.body);
            check("Basic", &answer);
        }
    }
    assert_eq!(kept(&app), before);
    app.client("strict").refresh(&token).await.assert_tokens();
}

#[tokio::test]
async fn whatever_is_asked_about_a_token_is_data() {
    covers!("O-340", "O-345");
    let app = start().await;
    let token = app.tokens_for("keep", "alice", "openid read").await;
    let before = kept(&app);
    let (access, basic) = (token.member("access_token"), app.client("keep").basic());
    for text in all() {
        for form in [
            &[("token", text.as_str())][..],
            &[("token", &format!("grt_{text}"))],
            &[("token", &text), ("token_type_hint", &text)],
        ] {
            let answer = app.client("keep").post("/introspect", form).await;
            check("token", &answer);
            assert!(
                answer.body == r#"{"active":false}"# || answer.status == 400,
                "{text:?}: {}",
                answer.body
            );
            let json: serde_json::Map<_, _> = form.iter().map(|(n, v)| ((*n).to_owned(), (*v).into())).collect();
            let headers = [("authorization", basic.as_str()), ("content-type", "application/json")];
            let body = serde_json::Value::from(json).to_string();
            let answer = app.send("POST", "/introspect", &headers, Some(&body)).await;
            check("token in JSON", &answer);
            assert!(
                answer.body == r#"{"active":false}"# || answer.status == 400,
                "{text:?}: {}",
                answer.body
            );
        }
        // What nobody made is ended already (RFC 7009 section 2.2); what nobody knows ends nothing else.
        for token in [text.clone(), format!("grt_{text}"), format!("{access}{text}")] {
            let answer = app.client("keep").revoke(&token).await;
            check("revoked token", &answer);
            assert!(matches!(answer.status, 200 | 400), "{text:?}: {}", answer.body);
        }
        let hinted = [("token", access.as_str()), ("token_type_hint", text.as_str())];
        let answer = app.client("keep").post("/introspect", &hinted).await;
        check("hint", &answer);
        if answer.status == 200 {
            answer.assert_active();
        }
        let answer = app.post("/userinfo", &[], &[("access_token", &text)]).await;
        check("access_token", &answer);
        assert!(matches!(answer.status, 400 | 401), "{text:?}: {}", answer.body);
    }
    assert_eq!(kept(&app), before);
    assert_eq!(app.client("keep").userinfo(&access).await.status, 200);
    app.client("keep")
        .refresh(&token.member("refresh_token"))
        .await
        .assert_tokens();
}

#[tokio::test]
async fn whatever_a_browser_says_is_data() {
    covers!("O-340", "O-345");
    let app = start().await;
    let mut browser = app.browser();
    let request = Authorize::of("a");
    let form = form_of(&browser.open(&request.url()).await);
    let before = kept(&app);
    assert_eq!(request.value("code_challenge"), CHALLENGE);
    for text in all() {
        for name in [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "prompt",
            "max_age",
            "login_hint",
            "id_token_hint",
            "claims",
            "resource",
            "ui_locales",
        ] {
            check(name, &app.get(&request.clone().set(name, &text).url()).await);
        }
        for name in ["tx", "csrf", "username", "password"] {
            // Not alice, whose account would be made to wait.
            let typed = form
                .clone()
                .set("username", "bob")
                .set("password", "wrong")
                .set(name, &text);
            let answer = browser.submit(&typed).await;
            check(name, &answer);
            assert!(
                (400..500).contains(&answer.status),
                "{name} {text:?}: {}",
                answer.status
            );
        }
        let segment: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in [
            format!("/v1/tenants/{segment}/realms/main/jwks"),
            format!("/v1/tenants/default/realms/{segment}/jwks"),
            format!("/v1/tenants/default/realms/main/applications/{segment}/jwks"),
            format!("/{segment}"),
            format!("/login?tx={segment}"),
            format!("/continue?tx={segment}"),
        ] {
            let answer = app.get(&path).await;
            check("path", &answer);
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        }
        let cookie = format!("grantor-session.default.main={segment}; grantor-browser.default.main={segment}");
        check(
            "cookie",
            &app.send("GET", &request.url(), &[("cookie", &cookie)], None).await,
        );
    }
    assert_eq!(kept(&app), before);
    // Patterns match nobody: the password is right, the name only looks like it.
    for name in [
        "%",
        "_lice",
        "ali%",
        "alic_",
        "alice' --",
        "alice'/*",
        "alice\\",
        "a*",
        "al.ce",
        "alice OR 1=1",
        "' OR username='alice",
    ] {
        let typed = form.clone().set("username", name).set("password", "alice-password");
        assert_eq!(browser.submit(&typed).await.status, 422, "{name}");
    }
    let typed = form.set("username", "alice").set("password", "alice-password");
    assert_eq!(browser.submit(&typed).await.status, 200);
    assert_eq!(browser.signed_in_as().await.as_deref(), Some("alice"));
}
