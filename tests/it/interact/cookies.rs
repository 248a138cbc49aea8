//! What is set as a cookie: opaque, out of reach of scripts, and bound to this host where the address is https.
use crate::app::{Answer, App, Authorize, form_of};
use grantor_tests::covers;

/// Every Set-Cookie of a visit: first page, sign-in, sign-out; and whether the answer it came in may be kept by nobody.
async fn lines(app: &App) -> Vec<(String, bool)> {
    let mut browser = app.browser();
    let mut answers = vec![browser.get(&Authorize::of("a").url()).await];
    let path = answers[0].header("location").to_owned();
    let form = form_of(&browser.open(&path).await)
        .set("username", "alice")
        .set("password", "alice-password");
    answers.push(browser.submit_with(&form, &[]).await);
    let question = form_of(&browser.open("/logout").await);
    answers.push(browser.submit_with(&question, &[]).await);
    let by_post = [("content-type", "application/x-www-form-urlencoded")];
    let mut other = app.browser();
    let stored = other
        .send("POST", "/authorize", &by_post, Some(&Authorize::of("a").query()))
        .await;
    let path = stored.header("location").to_owned();
    answers.push(stored);
    answers.push(other.get(&path).await);
    let no_store = |answer: &Answer| answer.header("cache-control") == "no-store";
    let of = |answer: Answer| {
        let kept = no_store(&answer);
        let lines = answer.header_all("set-cookie").into_iter().map(str::to_owned);
        lines.map(|line| (line, kept)).collect::<Vec<_>>()
    };
    answers.into_iter().flat_map(of).collect()
}

/// Name, value and the attributes in alphabetical order.
fn parts(line: &str) -> (&str, &str, Vec<&str>) {
    let (pair, attributes) = line.split_once(';').unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    let mut attributes: Vec<&str> = attributes.split(';').map(str::trim).collect();
    attributes.sort_unstable();
    (name, value, attributes)
}

async fn check(app: &App, names: [&str; 5], attributes: &[&str]) {
    let lines = lines(app).await;
    assert_eq!(lines.iter().map(|(l, _)| parts(l).0).collect::<Vec<_>>(), names);
    for (index, (line, no_store)) in lines.iter().enumerate() {
        let (_, value, all) = parts(line);
        assert!(line.len() < 4096 && *no_store, "{line}");
        let kept: Vec<&str> = all
            .iter()
            .filter(|a| !a.starts_with("Max-Age=") && !a.starts_with("Expires="))
            .copied()
            .collect();
        assert_eq!(kept, attributes, "{line}");
        // The third stays for long and has a mark; the fourth ends the session; the others are random and nothing else.
        let opaque = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let length = [43, 43, 22 + 1 + 43, 0, 43][index];
        assert!(opaque && value.len() == length, "{line}");
        assert_eq!(index == 2, all.contains(&"Max-Age=34560000"), "{line}");
        assert_eq!(index == 2 || index == 3, all.len() > kept.len(), "{line}");
    }
}

#[tokio::test]
async fn a_cookie_is_bound_to_the_host_where_the_address_is_https() {
    covers!("O-205", "O-273");
    let app = App::start_with(|s| s.server.public_url = "https://id.test".into()).await;
    let (browser, session, device) = (
        "__Host-grantor-browser.default.main",
        "__Host-grantor-session.default.main",
        "__Host-grantor-device.default.main",
    );
    let attributes = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
    check(&app, [browser, session, device, session, browser], &attributes).await;
    // A cookie without the prefix, which another host may have planted, is not looked at.
    let value = app.browser().sign_in("alice").await;
    for (name, expected) in [(session, 1), ("grantor-session.default.main", 0)] {
        let page = app
            .send("GET", "/logout", &[("cookie", &format!("{name}={value}"))], None)
            .await;
        assert_eq!(
            super::texts(page.assert_page(200), ".account-who .name").len(),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_cookie_over_http_is_out_of_reach_of_scripts_and_other_sites() {
    let app = App::start().await;
    let (browser, session, device) = (
        "grantor-browser.default.main",
        "grantor-session.default.main",
        "grantor-device.default.main",
    );
    check(
        &app,
        [browser, session, device, session, browser],
        &["HttpOnly", "Path=/", "SameSite=Lax"],
    )
    .await;
}
