//! The browser session: a new id with each sign-in, its two ends, and whom its cookie is good for.
use super::texts;
use crate::app::{App, Authorize, Browser, OTHER, REALM};
use grantor_tests::covers;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

const SESSION: &str = "grantor-session.default.main";
const BROWSER: &str = "grantor-browser.default.main";

/// Whose session a cookie value is, in a browser that holds nothing else.
async fn whose(app: &App, value: &str) -> Option<String> {
    let mut browser = app.browser();
    browser.cookies.insert(SESSION.into(), value.into());
    browser.signed_in_as().await
}

#[tokio::test]
async fn a_sign_in_makes_a_new_session_and_ends_the_former() {
    covers!("O-208");
    let app = App::start().await;
    let mut browser = app.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert(SESSION.into(), planted.clone());
    let mut former = planted;
    for user in ["alice", "alice", "bob"] {
        let fresh = browser.sign_in(user).await;
        assert_ne!(fresh, former);
        assert_eq!(whose(&app, &fresh).await.as_deref(), Some(user));
        assert_eq!(whose(&app, &former).await, None, "the former session of {user} lives");
        former = fresh;
    }
    // A wrong password neither ends nor replaces a session.
    let page = browser.open(&Authorize::of("first").set("prompt", "login").url()).await;
    let form = crate::app::form_of(&page)
        .set("username", "bob")
        .set("password", "wrong");
    assert_eq!(browser.submit(&form).await.status, 422);
    assert_eq!(browser.cookie(SESSION), former);
    assert_eq!(whose(&app, &former).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn a_cookie_that_somebody_chose_is_ignored() {
    covers!("O-209");
    let app = App::start().await;
    let (long, shaped) = ("A".repeat(5000), "A".repeat(43));
    for chosen in ["x", "' OR 1=1 --", "%00", "null", "../../x", &long, &shaped] {
        assert_eq!(whose(&app, chosen).await, None, "{chosen}");
        let mut browser = app.browser();
        browser.cookies.insert(SESSION.into(), chosen.into());
        browser.cookies.insert(BROWSER.into(), chosen.into());
        let made = browser.sign_in("alice").await;
        assert_ne!(made, chosen);
        assert_eq!(whose(&app, &made).await.as_deref(), Some("alice"));
        // A planted browser id of the right shape names nobody; any other is replaced.
        assert!(chosen == shaped || browser.cookie(BROWSER) != chosen, "{chosen}");
    }
}

#[tokio::test]
async fn a_cookie_that_stands_twice_is_nobodys() {
    covers!("O-209");
    let app = App::start().await;
    let good = app.browser().sign_in("alice").await;
    let check = async |headers: &[(&str, &str)], signed_in: bool| {
        let page = app.send("GET", "/logout", headers, None).await;
        assert_eq!(
            !texts(page.assert_page(200), ".account-who .name").is_empty(),
            signed_in,
            "{headers:?}"
        );
    };
    let (one, other) = (format!("{SESSION}={good}"), format!("{SESSION}={}", "B".repeat(43)));
    check(&[("cookie", &one)], true).await;
    check(&[("cookie", &format!("{one}; {other}"))], false).await;
    check(&[("cookie", &format!("{other}; {one}"))], false).await;
    check(&[("cookie", &one), ("cookie", &other)], false).await;
}

/// Whether the browser gets a code without being asked anything.
async fn is_alive(browser: &Browser<'_>) -> bool {
    let request = Authorize::of("first").set("prompt", "none");
    let answer = browser.copy().get(&request.url()).await;
    let alive = answer.header("location").contains("code=");
    assert!(
        alive || answer.header("location").contains("error=login_required"),
        "{}",
        answer.header("location")
    );
    alive
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    covers!("O-210");
    let app = App::start_with(|s| s.sessions.idle_minutes = 10).await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    for _ in 0..3 {
        app.advance_seconds(599);
        assert!(is_alive(&browser).await);
    }
    app.advance_seconds(601);
    assert!(!is_alive(&browser).await);
    let page = browser.open(&Authorize::of("first").url()).await;
    assert_eq!(super::heading(page.assert_page(200)), "Sign in");
    assert!(!is_alive(&browser).await, "looking at it brought it back to life");
}

#[tokio::test]
async fn a_session_ends_at_its_age_however_much_it_is_used() {
    covers!("O-210");
    let app = App::start_with(|s| {
        s.sessions.idle_minutes = 10;
        s.sessions.absolute_hours = 1;
    })
    .await;
    let mut browser = app.browser();
    browser.sign_in("alice").await;
    for seconds in [540, 540, 540, 540, 540, 540, 359] {
        app.advance_seconds(seconds);
        assert!(is_alive(&browser).await);
    }
    app.advance_seconds(2);
    assert!(!is_alive(&browser).await);
    assert_eq!(browser.signed_in_as().await, None);
}

#[tokio::test]
async fn session_ids_are_random_and_stored_as_a_mac() {
    covers!("O-213");
    let app = App::start().await;
    let mut all = HashSet::new();
    for _ in 0..20 {
        let id = app.browser().sign_in("alice").await;
        assert!(id.len() == 43 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert!(all.insert(id));
    }
    // The source they come from: 256 bits, each of them set half of the time in ten thousand draws.
    let drawn: HashSet<[u8; 32]> = (0..10_000).map(|_| app.deps.random::<32>()).collect();
    assert_eq!(drawn.len(), 10_000);
    for bit in 0..256 {
        let set = drawn.iter().filter(|d| d[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((4_600..5_400).contains(&set), "bit {bit} is set {set} times");
    }
    let stored: Vec<Vec<u8>> = app.sql(|c| {
        let rows = c.prepare("SELECT id_mac FROM browser_session")?;
        rows.query_map([], |row| row.get(0))?.collect()
    });
    assert_eq!(stored.len(), 20);
    let kept = app.stored();
    for id in &all {
        for hash in [Sha256::digest(id).to_vec(), id.as_bytes().to_vec()] {
            assert!(!stored.contains(&hash), "stored in clear or as a plain hash");
        }
        let clear = kept.windows(id.len()).any(|w| w == id.as_bytes());
        assert!(!clear, "a session id is stored");
    }
}

#[tokio::test]
async fn a_session_of_one_realm_is_nobody_in_another() {
    covers!("O-214");
    let app = App::start().await;
    let value = app.browser().sign_in("alice").await;
    let check = async |prefix: &str, realm: &str, expected: &[&str]| {
        let cookies = format!("{SESSION}={value}; grantor-session.{realm}={value}");
        let cookies = if realm == "default.main" {
            format!("{SESSION}={value}")
        } else {
            cookies
        };
        let page = app
            .send("GET", &format!("{prefix}/logout"), &[("cookie", &cookies)], None)
            .await;
        assert_eq!(texts(page.assert_page(200), ".account-who .name"), expected, "{prefix}");
    };
    check("", "default.main", &["alice"]).await;
    check(REALM, "default.main", &["alice"]).await;
    check(OTHER, "t2.main", &[]).await;
    check("/v1/tenants/default/realms/admin", "default.admin", &[]).await;
    let mut browser = app.browser();
    browser.cookies.insert("grantor-session.t2.main".into(), value.clone());
    let answer = browser
        .get(&Authorize::of("a").set("prompt", "none").under(OTHER).url())
        .await;
    answer.assert_redirect_error("https://a.test/cb", "login_required", Some("st4te"));
}
