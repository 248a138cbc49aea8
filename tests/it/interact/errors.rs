//! Error pages: a developer is told the difference, in development mode; everybody else learns nothing of what is registered.
use super::{attributes, heading, texts};
use crate::app::{Answer, App, Authorize};
use grantor_tests::covers;

const SLASH: &str = "they differ in a trailing slash";
const SCHEME: &str = "one is http, the other https";
const PORT: &str = "the ports differ; only native applications on a loopback address may choose theirs";
const BLANK: &str = "the presented URI has a blank or a control character in it";
const CASE: &str = "they differ only in upper and lower case";
const QUERY: &str = "the query strings differ";
const FRAGMENT: &str = "the presented URI has a fragment (#), which is never allowed";
const HOST: &str = "the hosts differ";
const PATH: &str = "the paths differ";
const USER: &str = "the presented URI has a user name in front of the host";
const LOOPBACK: &str = "localhost, 127.0.0.1 and [::1] are different hosts here";
const ABSOLUTE: &str = "the presented value is not an absolute URI; it must begin with a scheme";
const OTHER_SCHEME: &str = "the schemes differ";

/// Client, what it presents, what is to be said of it.
const WRONG: &[(&str, &str, &str)] = &[
    ("a", "https://a.test/cb/", SLASH),
    ("a", "http://a.test/cb", SCHEME),
    ("a", "https://a.test:8443/cb", PORT),
    ("a", "https://a.test:443/cb", PORT),
    ("a", "https://a.test/cb ", BLANK),
    ("a", " https://a.test/cb", BLANK),
    ("a", "https://A.test/cb", CASE),
    ("a", "https://a.test/CB", CASE),
    ("a", "https://a.test/cb?x=1", QUERY),
    ("a", "https://a.test/cb#x", FRAGMENT),
    ("a", "https://evil.test/cb", HOST),
    ("a", "https://a.test.evil.test/cb", HOST),
    ("a", "https://user@a.test/cb", USER),
    ("a", "https://a.test/callback", PATH),
    ("a", "https://a.test/cb/../evil", PATH),
    ("a", "/cb", ABSOLUTE),
    ("a", "com.example.app:/cb", OTHER_SCHEME),
    ("n", "http://localhost:51004/cb", LOOPBACK),
    ("n", "com.example.app:/cb2", PATH),
];

/// Development rows under this label.
fn rows(answer: &Answer, label: &str) -> Vec<String> {
    let names = texts(answer, "section.detail dt");
    let values = texts(answer, "section.detail dd");
    assert_eq!(names.len(), values.len());
    let pairs = names.into_iter().zip(values).filter(|(name, _)| name == label);
    pairs.map(|(_, value)| value).collect()
}

fn registered(client: &str) -> &'static [&'static str] {
    match client {
        "n" => &["http://127.0.0.1/cb", "com.example.app:/cb"],
        _ => &["https://a.test/cb"],
    }
}

#[tokio::test]
async fn a_developer_is_told_how_a_redirect_uri_differs() {
    covers!("T-07");
    let app = App::start_with(|s| s.server.dev_mode = true).await;
    for (client, presented, hint) in WRONG {
        let answer = app
            .get(&Authorize::of(client).set("redirect_uri", presented).url())
            .await;
        assert_eq!(
            heading(answer.assert_page(400)),
            "The application sent a wrong address",
            "{presented}"
        );
        assert_eq!(rows(&answer, "Parameter"), ["redirect_uri"], "{presented}");
        assert_eq!(rows(&answer, "Received"), [presented.trim()], "{presented}");
        assert_eq!(rows(&answer, "Registered"), registered(client), "{presented}");
        assert!(
            rows(&answer, "Hint").contains(&(*hint).to_owned()),
            "{presented}: {:?}",
            rows(&answer, "Hint")
        );
        let difference = rows(&answer, "Difference").concat();
        assert!(difference.starts_with("at character "), "{presented}: {difference}");
        // None of the addresses becomes a link.
        assert!(attributes(&answer, "main a", "href").is_empty(), "{presented}");
    }
    let answer = app.get(&Authorize::of("a").without("redirect_uri").url()).await;
    assert_eq!(rows(answer.assert_page(400), "Hint"), ["redirect_uri is missing"]);
    let answer = app.get("/authorize").await;
    assert_eq!(rows(answer.assert_page(400), "Hint"), ["client_id is missing"]);
    // Not even then is told which applications exist or which are disabled.
    let (unknown, disabled) = (
        app.get(&Authorize::of("nobody").url()).await,
        app.get(&Authorize::of("off").url()).await,
    );
    assert_eq!(without_reference(&unknown), without_reference(&disabled));
    assert!(texts(&unknown, "section.detail").is_empty());
}

/// The body with what differs from one answer to the next taken out.
fn without_reference(answer: &Answer) -> String {
    let reference = texts(answer.assert_page(400), "#reference").concat();
    assert!(reference.len() >= 16);
    answer.body.replace(&reference, "")
}

#[tokio::test]
async fn a_user_is_told_no_registered_address_and_no_detail() {
    covers!("T-07");
    let app = App::start().await;
    let first = app.get(&Authorize::of("a").set("redirect_uri", WRONG[0].1).url()).await;
    assert_eq!(heading(&first), "The application sent a wrong address");
    for (client, presented, hint) in WRONG {
        let answer = app
            .get(&Authorize::of(client).set("redirect_uri", presented).url())
            .await;
        // One page, whoever asked and whatever was wrong.
        assert_eq!(without_reference(&answer), without_reference(&first), "{presented}");
        for part in ["a.test", "127.0.0.1", "com.example", "/cb", "Application", hint] {
            assert!(!answer.body.contains(part), "{presented}: {part}");
        }
    }
    let requests = [
        Authorize::of("nobody"),
        Authorize::of("off"),
        Authorize::of("a").without("client_id"),
        Authorize::of("a").add("client_id", "b"),
        Authorize::of("a").without("redirect_uri"),
        Authorize::of("m").set("redirect_uri", "https://evil.test/cb"),
    ];
    for request in requests {
        let answer = app.get(&request.url()).await;
        assert!(texts(answer.assert_page(400), "section.detail").is_empty());
        assert!(
            !answer.body.contains(".test") && !answer.body.contains("client_id"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn an_error_page_says_what_to_do_and_what_to_quote() {
    let app = App::start().await;
    let mut seen = std::collections::HashSet::new();
    for (path, status, title) in [
        ("/nothing", 404, "There is nothing here"),
        ("/login?tx=gone", 400, "This page was open too long"),
        ("/continue", 400, "This page was open too long"),
        ("/restart?tx=gone", 400, "This page was open too long"),
        ("/login?tx=a&tx=b", 400, "The application sent a wrong request"),
        ("/login?tx=%ff", 400, "The application sent a wrong request"),
        ("/authorize?client_id=nobody", 400, "We do not know this application"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(heading(answer.assert_page(status)), title, "{path}");
        assert_eq!(attributes(&answer, "time", "datetime"), ["2027-01-15T08:00:00Z"]);
        assert!(
            seen.insert(texts(&answer, "#reference").concat()),
            "a reference is used twice"
        );
        assert_eq!(texts(&answer, "main p").len(), 2, "{path}");
    }
    let many = "x".repeat(70_000);
    let answer = app.post("/login", &[], &[("tx", &many)]).await;
    answer.assert_page(413);
    assert_eq!(answer.header("connection"), "close");
}
