//! The sign-in form: every failure looks the same, and no flood of attempts takes the server's memory.
use super::{heading, texts};
use crate::app::{Answer, App, Authorize, encode, form_of};
use grantor_tests::covers;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Everything of an answer that could tell one failure from another: what was typed and the reference taken out.
pub(super) fn told(answer: &Answer, username: &str) -> (u16, Vec<(String, String)>, String) {
    let reference = texts(answer, "footer .code").concat();
    assert!(!reference.is_empty());
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "date" | "content-length"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let body = answer.body.replace(&reference, "REFERENCE");
    let typed = format!(r#"value="{username}""#);
    assert!(body.contains(&typed), "{body}");
    (answer.status, headers, body.replace(&typed, "TYPED"))
}

/// Reads and writes that requests have submitted so far.
pub(super) fn spent(app: &App) -> (u64, u64) {
    let (all, writes) = (app.deps.store.statements(), app.deps.store.writes());
    (all - writes, writes)
}

/// Adds a user who has no password.
pub(super) async fn without_password(app: &App, username: &str) {
    let user: toml::Table = format!("id = 'u-{username}'\nusername = '{username}'").parse().unwrap();
    app.edit(|d| d["users"].as_array_mut().unwrap().push(user.into()))
        .await
        .unwrap();
}

#[tokio::test]
async fn every_wrong_sign_in_is_answered_alike() {
    covers!("O-275");
    let app = App::start().await;
    without_password(&app, "dave").await;
    let mut browser = app.browser();
    let form = form_of(&browser.open(&Authorize::of("a").url()).await);
    let mut attempt = async |username: &str, password: &str| {
        let form = form.clone().set("username", username).set("password", password);
        browser.submit_with(&form, &[]).await
    };
    let wrong = attempt("alice", "wrong").await;
    let expected = told(wrong.assert_page(422), "alice");
    let (long_name, long_password) = ("x".repeat(900), "x".repeat(2000));
    for (username, password) in [
        ("nobody", "wrong"),
        ("nobody", "alice-password"),
        ("disabled", "disabled-password"),
        ("disabled", "wrong"),
        ("dave", "x"),
        ("dave", "dave-password"),
        ("alice", "alice-passwor"),
        ("alice", "alice-password "),
        ("alice", "ALICE-PASSWORD"),
        ("u-alice", "alice-password"),
        (&long_name, "wrong"),
        ("alice", &long_password),
        ("nobody", &long_password),
    ] {
        let answer = attempt(username, password).await;
        assert_eq!(told(&answer, username), expected, "{username} {password}");
        assert!(answer.header("set-cookie").is_empty(), "{username}");
        assert!(
            !answer.body.contains(password) || password.len() < 3,
            "the password is echoed"
        );
    }
    assert_eq!(super::live_sessions(&app), 0);
    let right = attempt("alice", "alice-password").await;
    assert_eq!(right.status, 303);
    assert!(right.header("set-cookie").contains("grantor-session"));
}

#[tokio::test]
async fn a_user_signs_in_by_name_or_by_address() {
    let app = App::start().await;
    for name in ["alice", "ALICE", " alice ", "alice@example.test", "Alice@Example.TEST"] {
        let mut browser = app.browser();
        let request = Authorize::of("first");
        browser.authorize_with(&request, name, "alice-password").await;
        assert_eq!(browser.signed_in_as().await.as_deref(), Some("alice"), "{name}");
    }
}

#[tokio::test]
async fn an_empty_field_is_named_whoever_is_meant() {
    covers!("O-275");
    let app = App::start().await;
    let mut browser = app.browser();
    let form = form_of(&browser.open(&Authorize::of("a").url()).await);
    for (username, password, problems) in [
        (
            "",
            "",
            vec!["Enter your user name or e-mail address", "Enter your password"],
        ),
        ("alice", "", vec!["Enter your password"]),
        ("nobody", "", vec!["Enter your password"]),
        // A password is never put back, so it has to be entered again.
        (
            " ",
            "x",
            vec!["Enter your user name or e-mail address", "Enter your password"],
        ),
    ] {
        let form = form.clone().set("username", username).set("password", password);
        let answer = browser.submit_with(&form, &[]).await;
        assert_eq!(
            texts(answer.assert_page(422), "[role=alert] li"),
            problems,
            "{username}"
        );
    }
}

#[tokio::test]
async fn two_hundred_sign_ins_at_once_hash_no_more_than_allowed() {
    covers!("O-281");
    const QUEUE: usize = 8;
    // An unknown name costs what the settings say.
    let app = App::start_with(|s| {
        s.limits.password_hashes_at_once = 2;
        s.limits.password_hash_queue = QUEUE;
        s.passwords.memory_kib = 65_536;
        s.passwords.passes = 2;
    })
    .await;
    let app = Arc::new(app);
    let mut browser = app.browser();
    let form = form_of(&browser.open(&Authorize::of("a").url()).await);
    let cookies: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mut attempts = JoinSet::new();
    for number in 0..200 {
        // Many names, so that no account waits.
        let form = form
            .clone()
            .set("username", &format!("nobody-{number}"))
            .set("password", "wrong");
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (app, body, cookies) = (app.clone(), encode(&fields), cookies.join("; "));
        attempts.spawn(async move {
            let headers = [
                ("content-type", "application/x-www-form-urlencoded"),
                ("cookie", cookies.as_str()),
            ];
            app.send("POST", "/login", &headers, Some(&body)).await
        });
    }
    // Machines are served all the while.
    assert!(!app.client("m").machine_token().await.is_empty());
    let answers = attempts.join_all().await;
    let (judged, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|a| a.status == 422);
    assert!(judged.len() >= QUEUE, "{} were judged", judged.len());
    assert!(!refused.is_empty(), "all were judged: nothing was bounded");
    for answer in refused {
        assert_eq!(heading(answer.assert_page(503)), "Sign in");
        assert_eq!(texts(answer, "[role=alert] h2"), ["Too many attempts"]);
        let wait: u32 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait));
    }
    let right = form.set("username", "alice").set("password", "alice-password");
    assert_eq!(browser.submit_with(&right, &[]).await.status, 303);
}

#[tokio::test]
async fn a_page_is_in_a_language_we_have_whatever_is_asked_for() {
    let app = App::start().await;
    let many = "xx,".repeat(5000);
    let check = async |ui_locales: Option<&str>, accepted: Option<&str>| {
        let request = Authorize::of("a");
        let request = ui_locales.map_or(request.clone(), |l| request.set("ui_locales", l));
        let mut browser = app.browser();
        let step = browser.get(&request.url()).await;
        let path = step.header("location").to_owned();
        let headers: Vec<(&str, &str)> = accepted.map(|a| ("accept-language", a)).into_iter().collect();
        let to_login = browser.send("GET", &path, &headers, None).await;
        let page = browser.send("GET", to_login.header("location"), &headers, None).await;
        assert_eq!(heading(page.assert_page(200)), "Sign in", "{ui_locales:?} {accepted:?}");
        assert_eq!(super::attributes(&page, "html[dir=ltr]", "lang"), ["en"]);
        assert_eq!(page.header("vary"), "Accept-Language");
    };
    check(None, None).await;
    check(Some("en-GB"), Some("de")).await;
    check(Some("zz-ZZ fr-CA"), Some("en;q=0.1, de")).await;
    check(Some("<script>alert(1)</script>"), Some("*;q=2, ;;;, en-, q=1")).await;
    check(Some(&"a-".repeat(700)), Some(&many)).await;
    check(Some("ar"), Some("ar, he;q=0.5")).await;
}
