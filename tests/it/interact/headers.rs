//! Headers of every answer, and what pages may load: nothing from anywhere else, in no frame, kept by no cache.
use super::{attributes, texts};
use crate::app::{Answer, App, Authorize, REALM, form_of};
use grantor_tests::covers;

type Named = Vec<(&'static str, u16, Answer)>;

async fn https() -> App {
    App::start_with(|s| s.server.public_url = "https://id.test".into()).await
}

/// Every page there is, in the states that differ.
async fn pages(app: &App) -> Named {
    let mut browser = app.browser();
    let request = Authorize::of("a").set("scope", "openid email read");
    let sign_in = browser.open(&request.url()).await;
    let form = form_of(&sign_in);
    let missing = browser.submit_with(&form, &[]).await;
    let wrong = form.clone().set("username", "alice").set("password", "x");
    let wrong = browser.submit_with(&wrong, &[]).await;
    let right = form.clone().set("username", "alice").set("password", "alice-password");
    let forged = browser.submit_with(&right.clone().set("csrf", "x"), &[]).await;
    let no_cookie = app.browser().submit_with(&right, &[]).await;
    let consent = browser.submit(&right).await;
    let hand_off = browser.submit(&form_of(&consent).set("decision", "allow")).await;
    let sign_out = browser.open("/logout").await;
    let mismatch = request.clone().set("redirect_uri", "https://evil.test/");
    let mut all = vec![
        ("sign-in", 200, sign_in),
        ("sign-in, a field missing", 422, missing),
        ("sign-in, wrong", 422, wrong),
        ("forged form", 403, forged),
        ("no cookie", 400, no_cookie),
        ("consent", 200, consent),
        ("hand-off", 200, hand_off),
        ("sign-out", 200, sign_out),
        ("signed out", 200, app.get("/logout").await),
        ("unknown client", 400, app.get(&Authorize::of("nobody").url()).await),
        ("redirect_uri", 400, app.get(&mismatch.url()).await),
        ("bad request", 400, app.get("/authorize").await),
        ("stale", 400, app.get("/login?tx=gone").await),
        ("not found", 404, app.get("/nothing").await),
        ("no such realm", 404, app.get("/v1/tenants/x/realms/y/authorize").await),
        ("wrong method", 405, app.send("DELETE", "/login", &[], None).await),
    ];
    all.extend(crate::account::pages(app).await);
    all.extend(crate::setup::pages(app).await);
    all
}

/// Answers that are no pages.
async fn others(app: &App) -> Named {
    let m = app.client("m");
    let token = m.machine_token().await;
    let origin = [("origin", "https://p.test"), ("access-control-request-method", "POST")];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = Authorize::of("a").query();
    let style = attributes(&app.get("/logout").await, "link[rel=stylesheet]", "href").concat();
    vec![
        ("token", 200, m.token(&[("grant_type", "client_credentials")]).await),
        ("token, wrong", 400, m.token(&[("grant_type", "x")]).await),
        (
            "token, nobody",
            401,
            app.post("/token", &[], &[("grant_type", "x")]).await,
        ),
        ("token, by GET", 405, app.get("/token").await),
        ("introspection", 200, m.introspect(&token).await),
        (
            "introspection, nobody",
            401,
            app.post("/introspect", &[], &[("token", "x")]).await,
        ),
        ("userinfo, nobody", 401, app.get("/userinfo").await),
        ("userinfo, not of a user", 403, m.userinfo(&token).await),
        ("key set", 200, app.get("/jwks").await),
        ("metadata", 200, app.get("/.well-known/openid-configuration").await),
        ("preflight", 204, app.send("OPTIONS", "/token", &origin, None).await),
        ("to the sign-in page", 303, app.get(&Authorize::of("a").url()).await),
        ("by POST", 303, app.send("POST", "/authorize", &form, Some(&body)).await),
        (
            "back to the client",
            302,
            app.get(&Authorize::of("a").set("prompt", "none").url()).await,
        ),
        (
            "under a prefix",
            302,
            app.get(&Authorize::of("a").under(REALM).set("prompt", "none").url())
                .await,
        ),
        ("style sheet", 200, app.get(&style).await),
    ]
}

fn check_every_answer(name: &str, answer: &Answer) {
    for (header, expected) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ] {
        assert_eq!(answer.header_all(header), [expected], "{name}: {header}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"), "{name}");
    let policy = policy(answer);
    assert!(policy.contains(&"default-src 'none'".to_owned()), "{name}: {policy:?}");
    assert!(
        policy.contains(&"frame-ancestors 'none'".to_owned()),
        "{name}: {policy:?}"
    );
    for leak in ["server", "x-powered-by", "via", "x-aspnet-version"] {
        assert_eq!(answer.header(leak), "", "{name}: {leak}");
    }
}

fn policy(answer: &Answer) -> Vec<String> {
    let all = answer.header_all("content-security-policy");
    assert_eq!(all.len(), 1, "one policy, so that no second one is taken for the first");
    all[0].split(';').map(|d| d.trim().to_owned()).collect()
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_out_of_frames_and_caches() {
    covers!("O-202", "O-204", "O-273");
    let app = https().await;
    let pages = pages(&app).await;
    for (name, status, answer) in &pages {
        answer.assert_page(*status);
        assert_eq!(answer.header("pragma"), "", "{name}");
        assert_eq!(answer.header("vary"), "Accept-Language", "{name}");
    }
    let others = others(&app).await;
    for (name, status, answer) in pages.iter().chain(&others) {
        assert_eq!(answer.status, *status, "{name}: {}", answer.body);
        check_every_answer(name, answer);
        let public = match *name {
            "key set" | "metadata" => "public, max-age=300",
            "style sheet" => "public, max-age=31536000, immutable",
            "preflight" => continue,
            _ => "no-store",
        };
        assert_eq!(answer.header("cache-control"), public, "{name}");
        let sets = !answer.header("set-cookie").is_empty();
        assert!(!sets || public == "no-store", "{name} sets a cookie and may be cached");
    }
    assert!(others.iter().any(|(_, _, a)| !a.header("set-cookie").is_empty()));
}

#[tokio::test]
async fn pages_run_no_script_and_load_nothing_from_elsewhere() {
    covers!("O-203", "O-271");
    let app = https().await;
    for (name, _, answer) in pages(&app).await {
        let expected = [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ];
        assert_eq!(policy(&answer), expected, "{name}");
        let active = "script, style, iframe, object, embed, base, img, video, audio, [style], [onclick], [onload]";
        assert!(texts(&answer, active).is_empty(), "{name}");
        let loaded = attributes(&answer, "link[rel=stylesheet], link[rel=icon]", "href");
        assert_eq!(loaded.len(), 2, "{name}");
        assert!(
            loaded.iter().all(|path| path.starts_with("/assets/")),
            "{name}: {loaded:?}"
        );
        assert!(
            attributes(&answer, "[src], [srcset], [data], [poster]", "src").is_empty(),
            "{name}"
        );
        for action in attributes(&answer, "form", "action") {
            assert!(action.starts_with('/') && !action.starts_with("//"), "{name}: {action}");
        }
        // Links leave only for the application: its site on the consent page, its address on the hand-off.
        for link in attributes(&answer, "a", "href") {
            let ours = link.starts_with('#') || (link.starts_with('/') && !link.starts_with("//"));
            let known =
                matches!(name, "consent" | "hand-off" | "account, applications") && link.starts_with("https://a.test");
            assert!(ours || known, "{name}: {link}");
        }
        for path in loaded {
            let asset = app.get(&path).await;
            assert_eq!(
                (asset.status, asset.header("access-control-allow-origin")),
                (200, ""),
                "{path}"
            );
            assert!(
                !asset.body.contains("@import") && !asset.body.contains("url(http"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn no_answer_tells_what_it_was_made_with() {
    covers!("O-207");
    let app = https().await;
    let version = env!("CARGO_PKG_VERSION");
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, _, answer) in pages(&app).await.into_iter().chain(others(&app).await) {
        // A style sheet is a file of ours, a key or a token chance.
        if !matches!(name, "style sheet" | "key set" | "token") {
            let headers: Vec<String> = answer.headers.iter().map(|(n, v)| format!("{n}: {v:?}")).collect();
            all.push((name.to_owned(), format!("{}\n{}", headers.join("\n"), answer.body)));
        }
    }
    for malformed in [
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        "GET /%zz%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /login?tx=%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "BREW / HTTP/9.9\r\n\r\n",
    ] {
        let answer = app.raw(malformed.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{malformed:?}: {answer}");
        all.push((malformed.to_owned(), answer));
    }
    for (name, text) in all {
        let text = text.to_lowercase();
        for word in [
            "actix",
            "rustc",
            "sqlite",
            "sqlx",
            "select ",
            "panicked",
            ".rs:",
            "/src/",
            "backtrace",
            version,
        ] {
            assert!(!text.contains(word), "{name}: {word}: {text}");
        }
    }
}
