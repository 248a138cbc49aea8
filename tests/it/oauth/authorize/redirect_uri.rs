//! Where an answer may go: to a registered URI and nowhere else; everything else is a page.
use super::{Expected, check, check_query, codes, configure, register};
use crate::app::{App, Authorize};
use Expected::{Page, SignIn};
use grantor_tests::covers;

const EVIL: &str = "https://evil.test/cb";

/// Every one of these, asked for by the client that registered something like it, gets a page.
pub(super) async fn all_are_pages(app: &App, client: &str, presented: &[&str]) {
    check(app, &Authorize::of(client), SignIn).await;
    for uri in presented {
        check(app, &Authorize::of(client).set("redirect_uri", uri), Page).await;
    }
}

#[tokio::test]
async fn a_web_uri_is_compared_letter_by_letter() {
    covers!("O-037", "O-038", "O-039", "O-040", "O-041", "O-042", "O-046", "O-047");
    let app = App::start().await;
    check(&app, &Authorize::of("a").without("redirect_uri"), Page).await;
    check(&app, &Authorize::of("plain").without("redirect_uri"), Page).await;
    let presented = [
        // O-038
        "https://a.test/cb/",
        "https://a.test/cb?x=1",
        "https://a.test/cbx",
        "https://a.test/c",
        "https://a.test/cb?",
        // O-039
        "https://A.TEST/cb",
        "HTTPS://a.test/cb",
        "https://a.test:443/cb",
        "https://a.test/CB",
        "https://a.test:8443/cb",
        // O-040
        "https://a.test/cb#f",
        "https://a.test/cb#",
        // O-041
        "https://a.test@evil.test/cb",
        "https://evil.test@a.test/cb",
        "https://a@b@a.test/cb",
        "https://@a.test/cb",
        // O-042
        "https://a.test.evil.test/cb",
        "https://evil-a.test/cb",
        "https://evil.test/https://a.test/cb",
        "https://evil.test/?https://a.test/cb",
        "https://a.test/cb.evil.test",
        // O-046, O-047
        "//a.test/cb",
        "/cb",
        "a.test/cb",
        "",
        "cb",
        "?",
        "http://a.test/cb",
    ];
    all_are_pages(&app, "a", &presented).await;
}

#[tokio::test]
async fn nothing_is_decoded_cleaned_or_mapped_before_comparing() {
    covers!("O-043", "O-044", "O-045", "O-049", "O-050", "O-051");
    let app = App::start().await;
    let presented = [
        // O-043
        "https://a.test/x/../cb",
        "https://a.test/cb/..%2fsteal",
        "https://a.test/cb/..;/steal",
        "https://a.test/%2e%2e/cb",
        "https://a.test/./cb",
        "https://a.test//cb",
        // O-044
        "https://a.test/c%62",
        "https://a.test/%63b",
        "https://a.test/%2563b",
        "https%3A%2F%2Fa.test%2Fcb",
        // O-045
        "https://a.test\\@evil.test/cb",
        "https:\\\\a.test\\cb",
        "https:/a.test/cb",
        "https:a.test/cb",
        // O-049: full-width, Cyrillic, ideographic full stop, punycode
        "https://ａ.test/cb",
        "https://а.test/cb",
        "https://a。test/cb",
        "https://xn--a-.test/cb",
        "https://xn--a.test/cb",
        // O-050
        "https://a.test/cb\n",
        "https://a.test/\ncb",
        "https://a.test/\tcb",
        "ht\ttps://a.test/cb",
        " https://a.test/cb",
        "https://a.test/cb ",
        "https://a.test/cb\0",
        "https://a.test/cb\u{feff}",
        "https://a.test/cb\r\nx: y",
    ];
    all_are_pages(&app, "a", &presented).await;
    let a = || Authorize::of("a");
    check(
        &app,
        &a().set("redirect_uri", &format!("https://a.test/cb{}", "x".repeat(8193))),
        Page,
    )
    .await;
    check(&app, &a().set("redirect_uri", &"x".repeat(8193)), Page).await;
    let megabyte = a().set("redirect_uri", &format!("https://a.test/cb{}", "x".repeat(1_000_000)));
    let answer = app
        .raw(format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", megabyte.url()).as_bytes())
        .await;
    assert!(
        ["400", "414", "431"].contains(&answer.get(9..12).unwrap_or_default()),
        "{answer}"
    );
    app.send("POST", "/authorize", super::FORM, Some(&megabyte.query()))
        .await
        .assert_page(413);
    // The punycode form is registered: what a browser would map to it is another string.
    register(&app, "app-a", &["https://xn--bcher-kva.test/cb"])
        .await
        .unwrap();
    check(&app, &a().set("redirect_uri", "https://xn--bcher-kva.test/cb"), SignIn).await;
    check(&app, &a().set("redirect_uri", "https://bücher.test/cb"), Page).await;
    check(&app, &a().set("redirect_uri", "https://xn--BCHER-kva.test/cb"), Page).await;
    assert!(register(&app, "app-a", &["https://bücher.test/cb"]).await.is_err());
}

/// Nearly the native application's URIs.
const NEARLY_NATIVE: &[&str] = &[
    // O-055
    "http://127.0.0.1:51004/cb2",
    "http://127.0.0.1:51004/cb?x=1",
    "http://127.0.0.1:51004/cb#f",
    "http://127.0.0.1:51004/CB",
    "http://127.0.0.1:51004/",
    "http://127.0.0.1:51004",
    // O-056
    "http://localhost:51004/cb",
    "http://[::1]:51004/cb",
    "http://localhost/cb",
    "https://127.0.0.1:51004/cb",
    // O-057
    "http://127.0.0.1.evil.test/cb",
    "http://127.0.0.1@evil.test/cb",
    "http://127.0.0.1:80@evil.test/cb",
    "http://2130706433/cb",
    "http://0x7f000001/cb",
    "http://127.1/cb",
    "http://0.0.0.0/cb",
    "http://127.0.0.2/cb",
    "http://0177.0.0.1/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:051/cb",
    "http://127.0.0.1:+51/cb",
    "http://[::ffff:127.0.0.1]:51004/cb",
    // O-059
    "com.example.app:/cb2",
    "COM.EXAMPLE.APP:/cb",
    "com.example.app2:/cb",
    "com.example.app://cb",
    "com.example.app:cb",
    "com.example.app:/cb?x=1",
    "com.example.ap:/cb",
];

#[tokio::test]
async fn a_native_application_chooses_its_loopback_port_and_nothing_else() {
    covers!("O-054", "O-055", "O-056", "O-057", "O-059");
    let app = App::start().await;
    for uri in [
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:61234/cb",
        "http://127.0.0.1/cb",
        "com.example.app:/cb",
    ] {
        let request = Authorize::of("n").set("redirect_uri", uri);
        let target = app.browser().authorize_as(&request, "alice").await;
        assert!(target.starts_with(&format!("{uri}?code=")), "{target}");
        let code = crate::app::query_of(&target).remove(0).1;
        // The code is bound to the URI that was used, not to the registered one.
        let elsewhere = app.client("n").redeem(&code, "http://127.0.0.1:9/cb").await;
        elsewhere.assert_json_error(400, "invalid_grant");
        app.client("n").redeem(&code, uri).await.assert_tokens();
    }
    let before = codes(&app);
    for uri in NEARLY_NATIVE {
        app.authorize(&Authorize::of("n").set("redirect_uri", uri))
            .await
            .assert_page(400);
        let query = Authorize::of("n").set("redirect_uri", uri).query();
        app.send("POST", "/authorize", super::FORM, Some(&query))
            .await
            .assert_page(400);
    }
    assert_eq!(codes(&app), before);
}

#[tokio::test]
async fn a_web_application_may_not_choose_its_port() {
    covers!("O-058");
    let app = App::start().await;
    register(&app, "app-a", &["http://127.0.0.1:8080/cb", "http://localhost/cb"])
        .await
        .unwrap();
    let a = |uri: &str| Authorize::of("a").set("redirect_uri", uri);
    check(&app, &a("http://127.0.0.1:8080/cb"), SignIn).await;
    for uri in [
        "http://127.0.0.1:9/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:8081/cb",
        "http://localhost:80/cb",
    ] {
        check(&app, &a(uri), Page).await;
    }
    // The very same registration on a native application frees the port.
    configure(&app, "app-a", |config| {
        config.insert("application_type".into(), "native".into());
        config.insert(
            "redirect_uris".into(),
            toml::Value::Array(vec!["http://127.0.0.1:8080/cb".into()]),
        );
    })
    .await
    .unwrap();
    check(&app, &a("http://127.0.0.1:9/cb"), SignIn).await;
}

#[tokio::test]
async fn no_other_mistake_is_told_to_an_unregistered_uri() {
    covers!("O-061");
    let app = App::start().await;
    let a = || Authorize::of("a");
    for (name, value) in [
        ("response_type", "token"),
        ("response_type", ""),
        ("prompt", "none"),
        ("prompt", "none login"),
        ("scope", "\""),
        ("scope", "openid admin"),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("max_age", "x"),
        ("request", "x"),
        ("response_mode", "form_post"),
        ("id_token_hint", "x"),
        ("claims", "{"),
        ("state", ""),
    ] {
        let request = a().set(name, value);
        let answer = app.authorize(&request).await;
        assert!(matches!(answer.status, 302 | 303), "control {name}");
        check(&app, &request.set("redirect_uri", EVIL), Page).await;
    }
    check(&app, &a().add("scope", "openid").set("redirect_uri", EVIL), Page).await;
    let query = a().set("redirect_uri", EVIL).without("state").query();
    check_query(&app, &a(), &format!("{query}&state=%ff"), Page).await;
    check(&app, &Authorize::of("plain").set("redirect_uri", EVIL), Page).await;
    // Signed in and allowed already: still no redirect.
    let mut browser = app.browser();
    browser.code_as(&a(), "alice").await;
    browser.get(&a().set("redirect_uri", EVIL).url()).await.assert_page(400);
    assert_eq!(codes(&app), 1);
}
