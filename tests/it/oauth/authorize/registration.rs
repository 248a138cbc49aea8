//! What may be registered as a redirect URI, and what a registered one does to requests and answers.
use super::redirect_uri::all_are_pages;
use super::{Expected, check, register};
use crate::app::{App, Authorize};
use Expected::{Page, SignIn};
use grantor_tests::covers;

#[tokio::test]
async fn a_registered_uri_is_no_pattern_and_belongs_to_its_client() {
    covers!("O-052", "O-053");
    let app = App::start().await;
    let uris = [
        "https://x.y.test/cb",
        "https://x.y.test/a+b",
        "https://x.y.test/(c)?keep=1",
    ];
    register(&app, "app-plain", &uris).await.unwrap();
    let plain = |uri: &str| Authorize::of("plain").set("redirect_uri", uri);
    for uri in uris {
        check(&app, &plain(uri), SignIn).await;
    }
    for uri in [
        "https://xAy.test/cb",
        "https://xy.test/cb",
        "https://x.y.test/aab",
        "https://x.y.test/ab",
        "https://x.y.test/c",
        "https://x.y.test/a b",
        "https://x.y.test/(c)",
        "https://x.y.test/(c)?keep=1&more=2",
        "https://plain.test/cb",
        "https://x.y.test/cb https://x.y.test/a+b",
    ] {
        check(&app, &plain(uri), Page).await;
    }
    for (client, owner) in [
        ("a", "b"),
        ("b", "a"),
        ("p", "p2"),
        ("a", "off"),
        ("n", "a"),
        ("a", "plain"),
    ] {
        let uri = Authorize::of(owner).value("redirect_uri").to_owned();
        check(&app, &Authorize::of(client), SignIn).await;
        check(&app, &Authorize::of(client).set("redirect_uri", &uri), Page).await;
    }
    check(
        &app,
        &Authorize::of("a").set("redirect_uri", "http://127.0.0.1/cb"),
        Page,
    )
    .await;
}

#[tokio::test]
async fn the_page_reflects_nothing_unescaped_and_tells_only_developers() {
    covers!("O-048", "O-061");
    let hostile = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "https://evil.test/\"><script>alert(1)</script>",
        "https://evil.test/' onload='x",
        "\u{202e}https://evil.test",
    ];
    for dev_mode in [false, true] {
        let app = App::start_with(|settings| settings.server.dev_mode = dev_mode).await;
        all_are_pages(&app, "a", &hostile).await;
        for uri in hostile {
            let page = app.authorize(&Authorize::of("a").set("redirect_uri", uri)).await;
            assert!(
                !page.body.contains("<script>") && !page.body.contains("' onload='"),
                "{}",
                page.body
            );
            assert!(!page.body.contains(&format!("href=\"{uri}")), "{}", page.body);
            assert_eq!(page.body.contains("https://a.test/cb"), dev_mode, "{}", page.body);
        }
    }
}

/// What no web application may register.
const UNSAFE: &[&str] = &[
    // O-048
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:https://a.test/x",
    "file:///etc/passwd",
    "about:blank",
    "view-source:https://a.test/cb",
    // O-060
    "https://*.a.test/cb",
    "https://a.test/*",
    "https://a.test/cb#x",
    "https://a.test/cb#",
    "http://a.test/cb",
    "https://u:p@a.test/cb",
    "https://@a.test/cb",
    "/cb",
    "",
    "https://",
    "https://a.test/ cb",
    "com.example.app:/cb",
    // O-062
    "https://a.test/cb?code=x",
    "https://a.test/cb?state=x",
    "https://a.test/cb?error=x",
    "https://a.test/cb?iss=x",
    "https://a.test/cb?a=1&code=x",
    "https://a.test/cb?c%6fde=x",
    "https://a.test/cb?code",
    "https://a.test/cb?id_token=x",
    "https://a.test/cb?access_token=x",
    "https://a.test/cb?response=x",
];

#[tokio::test]
async fn what_could_never_be_answered_safely_is_not_registered() {
    covers!("O-048", "O-060", "O-062");
    let app = App::start().await;
    let stored = |app: &App| -> String {
        let sql = "SELECT config FROM client WHERE id = 'app-a' AND tenant = 'default' AND realm = 'main'";
        app.sql(|connection| connection.query_row(sql, [], |row| row.get(0)))
    };
    let control = [
        "https://a.test/cb",
        "https://a.test/cb?keep=1",
        "https://a.test:8443/cb",
    ];
    register(&app, "app-a", &control).await.unwrap();
    let before = stored(&app);
    for uri in UNSAFE {
        let said = register(&app, "app-a", &["https://a.test/cb", uri]).await.unwrap_err();
        assert!(said.contains("redirect_uris[1]"), "{uri}: {said}");
        assert_eq!(stored(&app), before, "{uri} was stored");
        check(&app, &Authorize::of("a").set("redirect_uri", uri), Page).await;
    }
    // The same list is closed to native applications, beside what they alone may have.
    for uri in [
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "data:text/html,x",
        "vbscript:x",
        "http://a.test/cb",
        "x:/cb#f",
    ] {
        let said = register(&app, "app-n", &["com.example.app:/cb", uri])
            .await
            .unwrap_err();
        assert!(said.contains("redirect_uris[1]"), "{uri}: {said}");
    }
}

#[tokio::test]
async fn an_answer_is_added_to_the_query_that_is_registered() {
    covers!("O-062");
    let app = App::start().await;
    let request = Authorize::of("plain").set("redirect_uri", "https://plain.test/cb2?keep=1");
    let target = app.browser().authorize_as(&request, "alice").await;
    let names: Vec<String> = crate::app::query_of(&target)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["keep", "code", "state", "iss"], "{target}");
    assert!(target.starts_with("https://plain.test/cb2?keep=1&code="), "{target}");
    let refused = request.set("response_type", "token");
    let answer = app.authorize(&refused).await;
    super::assert_refused(&app, &refused, &answer, "unsupported_response_type", Some("st4te"));
    assert_eq!(answer.location_query()[0], ("keep".to_owned(), "1".to_owned()));
}
