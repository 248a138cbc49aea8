//! Which page shows what, to whom, under which prefix.
use super::{SESSION, signed_in};
use crate::app::{App, OTHER, REALM};
use crate::interact::{attributes, heading, texts};
use grantor_tests::covers;

const PAGES: [(&str, &str); 6] = [
    ("", "Your account"),
    ("/profile", "Profile"),
    ("/password", "Password"),
    ("/sessions", "Sessions"),
    ("/apps", "Applications"),
    ("/activity", "Activity"),
];
const APPLICATION: &str = "/v1/tenants/default/realms/main/applications/app-a";

#[tokio::test]
async fn every_page_is_there_under_every_prefix_for_whoever_is_signed_in() {
    covers!("O-202", "O-273");
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    for prefix in ["", REALM, APPLICATION] {
        for (page, title) in PAGES {
            let answer = browser.get(&format!("{prefix}/account{page}")).await;
            answer.assert_page(200);
            assert_eq!(heading(&answer), title, "{prefix}/account{page}");
            assert_eq!(texts(&answer, ".top-who .name"), ["alice"]);
            let current = texts(&answer, ".nav [aria-current=page]");
            assert_eq!(current.len(), 1, "{prefix}/account{page}");
            let links = attributes(&answer, ".nav a", "href");
            assert_eq!(links.len(), PAGES.len());
            for link in links {
                assert!(link.starts_with(&format!("{prefix}/account")), "{link}");
            }
            assert_eq!(
                answer.header("set-cookie"),
                "",
                "{prefix}/account{page}: a GET changes nothing"
            );
        }
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back() {
    covers!("O-211");
    let app = App::start().await;
    for prefix in ["", REALM, APPLICATION] {
        for (page, title) in PAGES {
            let mut browser = app.browser();
            let path = format!("{prefix}/account{page}");
            let answer = browser.get(&path).await;
            let to = page.strip_prefix('/').unwrap_or("home");
            let door = format!("{prefix}/account/sign-in?to={to}");
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, door.as_str()),
                "{path}"
            );
            assert!(!answer.body.contains("alice"));
            let form = crate::app::form_of(&browser.open(&path).await);
            let form = form.set("username", "alice").set("password", "alice-password");
            let there = browser.submit(&form).await;
            assert_eq!(heading(there.assert_page(200)), title, "{path}");
            // Whoever is signed in already needs no door.
            let back = browser.get(&door).await;
            assert_eq!((back.status, back.header("location")), (303, path.as_str()));
        }
    }
    // Nobody comes in with a cookie of nothing, or of somebody who signed out.
    for value in ["A".repeat(43), "x".to_owned()] {
        let mut browser = app.browser();
        browser.cookies.insert(SESSION.into(), value);
        assert_eq!(browser.get("/account").await.status, 303);
    }
}

#[tokio::test]
async fn a_session_is_of_its_tenant_and_realm() {
    covers!("O-214");
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let value = browser.cookie(SESSION).to_owned();
    for prefix in [OTHER, "/v1/tenants/default/realms/admin"] {
        for name in [SESSION, "grantor-session.t2.main", "grantor-session.default.admin"] {
            browser.cookies.insert(name.into(), value.clone());
        }
        for (page, _) in PAGES {
            let answer = browser.get(&format!("{prefix}/account{page}")).await;
            assert_eq!(answer.status, 303, "{prefix}/account{page}");
        }
    }
    assert_eq!(app.get("/v1/tenants/nobody/realms/main/account").await.status, 404);
}

#[tokio::test]
async fn cookies_of_the_account_are_closed_to_scripts_and_other_sites() {
    covers!("O-205");
    let app = App::start_with(|s| s.server.public_url = "https://id.test".into()).await;
    let mut browser = app.browser();
    let door = browser.get("/account/sign-in").await;
    let form = crate::app::form_of(&door)
        .set("username", "alice")
        .set("password", "alice-password");
    let entered = browser.submit_with(&form, &[]).await;
    let profile = crate::app::form_of(&browser.open("/account/profile").await);
    let saved = browser.submit_with(&profile, &[]).await;
    let mut names = Vec::new();
    for line in [&door, &entered, &saved]
        .iter()
        .flat_map(|a| a.header_all("set-cookie"))
    {
        let name = line.split('.').next().unwrap().trim_start_matches("__Host-");
        names.push(name.to_owned());
        assert!(line.starts_with("__Host-") && line.len() < 4096, "{line}");
        for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("alice") && !line.contains("Domain"), "{line}");
    }
    names.sort();
    assert_eq!(
        names,
        ["grantor-browser", "grantor-device", "grantor-flash", "grantor-session"]
    );
}

#[tokio::test]
async fn a_page_says_once_what_was_done() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let form = crate::app::form_of(&browser.open("/account/profile").await);
    let saved = browser.submit_with(&form.set("nickname", "Al"), &[]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/account/profile"));
    let said = browser.open("/account/profile").await;
    assert_eq!(texts(&said, "[role=status]"), ["Your profile is saved."]);
    let again = browser.open("/account/profile").await;
    assert_eq!(texts(&again, "[role=status]"), [""; 0]);
    // Words that nobody here wrote are not repeated.
    browser
        .cookies
        .insert("grantor-flash.default.main".into(), "<b>you-won".into());
    let planted = browser.open("/account/profile").await;
    assert_eq!(texts(&planted, "[role=status]"), [""; 0]);
}
