//! Wrong passwords in a row: how many an account takes, how long it waits, and that its owner is not kept out.
use super::sign_in::{spent, told, without_password};
use crate::app::{Answer, App, Authorize, Browser, Form, OTHER, form_of};
use grantor_flows::sessions::Seat;
use grantor_flows::sign_in::{Attempt, SignIn, sign_in_for};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_server::config::Settings;
use grantor_tests::covers;
use std::sync::Arc;
use tokio::task::JoinSet;

const DEVICE: &str = "grantor-device.default.main";
const SESSION: &str = "grantor-session.default.main";
/// Wrong passwords an account takes, by default.
const LIMIT: usize = 10;

/// A server that lets one address try as often as it likes, and keeps requests for a day.
fn patient(settings: &mut Settings) {
    settings.limits.failed_authentications_per_minute = 100_000;
    settings.sessions.interaction_hours = 24;
}

/// A browser in front of the sign-in page, whoever is signed in.
struct Door<'a> {
    browser: Browser<'a>,
    form: Form,
}

impl<'a> Door<'a> {
    async fn of(mut browser: Browser<'a>, request: &Authorize) -> Self {
        let form = form_of(&browser.open(&request.url()).await);
        Self { browser, form }
    }
    async fn open(app: &'a App) -> Self {
        Self::of(app.browser(), &Authorize::of("a")).await
    }
    async fn again(browser: &Browser<'a>) -> Self {
        Self::of(browser.copy(), &Authorize::of("a").set("prompt", "login")).await
    }
    async fn attempt(&mut self, username: &str, password: &str) -> Answer {
        let form = self.form.clone().set("username", username).set("password", password);
        self.browser.submit_with(&form, &[]).await
    }
    async fn wrong(&mut self, username: &str, times: usize) {
        for attempt in 0..times {
            let answer = self.attempt(username, "wrong").await;
            assert_eq!(answer.status, 422, "{username} {attempt}");
        }
    }
    /// Sent away; the seconds it is told to wait.
    async fn waits(&mut self, username: &str, password: &str) -> i64 {
        let answer = self.attempt(username, password).await;
        answer.assert_page(429);
        assert_eq!(super::texts(&answer, "[role=alert] h2"), ["Too many attempts"]);
        assert!(answer.header("set-cookie").is_empty());
        answer.header("retry-after").parse().unwrap()
    }
    async fn enters(&mut self, username: &str) {
        let answer = self.attempt(username, &format!("{username}-password")).await;
        assert_eq!(answer.status, 303, "{username}: {}", answer.body);
    }
}

/// Whether the session of this browser gives a code without a question.
async fn is_alive(browser: &Browser<'_>) -> bool {
    let request = Authorize::of("first").set("prompt", "none");
    let answer = browser.copy().get(&request.url()).await;
    answer.header("location").contains("code=")
}

#[tokio::test]
async fn a_name_waits_alike_whoever_has_it() {
    covers!("O-275", "O-276", "O-277");
    let app = App::start_with(patient).await;
    without_password(&app, "dave").await;
    let mut door = Door::open(&app).await;
    door.wrong("mallory", 1).await;
    let mut expected = None;
    for name in [
        "alice",
        "nobody",
        "disabled",
        "dave",
        "bob@example.test",
        "no@example.test",
    ] {
        let mut seen = Vec::new();
        for attempt in 0..20 {
            let before = spent(&app);
            // The right password of a disabled account, and of an account that waits, is as wrong as any.
            let password = if attempt % 2 == 0 && (name == "disabled" || attempt >= LIMIT) {
                format!("{name}-password")
            } else {
                "wrong".into()
            };
            let answer = door.attempt(name, &password).await;
            let after = spent(&app);
            seen.push((told(&answer, name), (after.0 - before.0, after.1 - before.1)));
        }
        let statuses: Vec<u16> = seen.iter().map(|((status, ..), _)| *status).collect();
        assert_eq!(statuses, [[422; LIMIT], [429; LIMIT]].concat(), "{name}");
        assert!(seen.iter().all(|(_, cost)| *cost == (1, 1)), "{name}: {seen:?}");
        match &expected {
            None => expected = Some(seen),
            Some(expected) => assert_eq!(seen, *expected, "{name}"),
        }
    }
    assert_eq!(super::live_sessions(&app), 0);
    // Whoever was not guessed at does not wait.
    door.enters("mallory").await;
}

#[tokio::test]
async fn every_name_of_an_account_counts_for_the_account() {
    covers!("O-277");
    let app = App::start_with(patient).await;
    let aliases = [
        "alice",
        "ALICE@example.test",
        " Alice ",
        "alice@EXAMPLE.test\t",
        "aLiCe",
    ];
    let mut door = Door::open(&app).await;
    for alias in aliases {
        door.wrong(alias, LIMIT / aliases.len()).await;
    }
    for alias in aliases {
        assert_eq!(door.waits(alias, "alice-password").await, 30, "{alias}");
    }
    // Another page, another application, another prefix of the issuer and a cookie more do not begin anew.
    let mut other = Door::of(app.browser(), &Authorize::of("first").under(crate::app::REALM)).await;
    assert_eq!(other.waits("alice", "alice-password").await, 30);
    // The same name in another realm is somebody else.
    let mut elsewhere = Door::of(app.browser(), &Authorize::of("a").under(OTHER)).await;
    elsewhere.wrong("alice", 1).await;
    door.enters("bob").await;
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_than_the_limit_is_looked_at() {
    covers!("O-277");
    let app = App::start_with(|s| {
        patient(s);
        s.limits.password_hash_queue = 1000;
    })
    .await;
    let app = Arc::new(app);
    for names in [["alice", "alice@example.test"], ["nobody", "NOBODY"]] {
        let mut guesses = JoinSet::new();
        for number in 0..100 {
            let (app, name) = (app.clone(), names[number % 2]);
            guesses.spawn(async move {
                let answer = Door::open(&app).await.attempt(name, "wrong").await;
                assert!(matches!(answer.status, 422 | 429), "{}", answer.status);
                answer.status == 422
            });
        }
        // Another process on the same database, at the same time.
        let second = Arc::new(app.second_process().await);
        for number in 0..100 {
            let (second, name) = (second.clone(), names[number % 2]);
            guesses.spawn(async move {
                let outcome = elsewhere(&second, name, "wrong").await;
                assert!(matches!(outcome, SignIn::Wrong | SignIn::Wait(30)));
                matches!(outcome, SignIn::Wrong)
            });
        }
        let looked_at = guesses.join_all().await.into_iter().filter(|judged| *judged).count();
        assert_eq!(looked_at, LIMIT, "{names:?}");
    }
}

/// An attempt at another process.
async fn elsewhere(deps: &grantor_flows::Deps, username: &str, password: &str) -> SignIn {
    let attempt = Attempt {
        username,
        password,
        seat: Seat {
            session: None,
            address: "203.0.113.77",
            agent: "",
        },
        device: None,
        request_id: "",
    };
    let outcome = sign_in_for(deps, &RealmKey::new("default", "main"), "gone", attempt).await;
    outcome.map_err(|_| "refused").unwrap()
}

#[tokio::test]
async fn what_was_counted_outlives_the_process() {
    covers!("O-277");
    let app = App::start_with(patient).await;
    Door::open(&app).await.wrong("alice", LIMIT).await;
    let fresh = app.second_process().await;
    assert!(matches!(
        elsewhere(&fresh, "alice", "alice-password").await,
        SignIn::Wait(30)
    ));
    assert!(matches!(
        elsewhere(&fresh, "bob", "bob-password").await,
        SignIn::Done(_)
    ));
}

#[tokio::test]
async fn the_wait_grows_to_its_bound_and_a_right_password_begins_anew() {
    covers!("O-278");
    let app = App::start_with(patient).await;
    let mut door = Door::open(&app).await;
    door.wrong("alice", LIMIT).await;
    for wait in [30, 60, 120, 240, 480, 900, 900, 900] {
        assert_eq!(door.waits("alice", "wrong").await, wait);
        app.advance_seconds(wait - 1);
        assert_eq!(door.waits("alice", "alice-password").await, 1);
        app.advance_seconds(1);
        // One more, and the next wait begins.
        door.wrong("alice", 1).await;
    }
    app.advance_seconds(900);
    door.enters("alice").await;
    let mut door = Door::open(&app).await;
    door.wrong("alice", LIMIT - 1).await;
    door.enters("alice").await;
    let mut door = Door::open(&app).await;
    door.wrong("alice", LIMIT).await;
    assert_eq!(door.waits("alice", "alice-password").await, 30);
    // Nobody tried for a day: all attempts are back.
    app.advance_seconds(30 + 86_400);
    let mut door = Door::open(&app).await;
    door.wrong("alice", LIMIT).await;
    assert_eq!(door.waits("alice", "alice-password").await, 30);
}

#[tokio::test]
async fn each_wait_is_an_event_and_a_wrong_password_is_none() {
    let app = App::start_with(patient).await;
    let mut door = Door::open(&app).await;
    door.wrong("alice", LIMIT - 1).await;
    door.wrong("nobody", LIMIT).await;
    door.wrong("alice", 1).await;
    for _ in 0..3 {
        door.waits("alice", "wrong").await;
    }
    app.advance_seconds(30);
    door.wrong("alice", 1).await;
    // The right password as the last attempt begins no wait.
    door.wrong("bob", LIMIT - 1).await;
    door.enters("bob").await;
    let key = RealmKey::new("default", "main");
    let mut events = app.deps.store.list_events(&key, 100).await.unwrap();
    events.reverse();
    let told: Vec<_> = events
        .iter()
        .filter(|e| e.kind == EventKind::SignInLocked)
        .map(|e| (e.kind.as_str(), e.user.as_deref(), e.address.as_deref()))
        .collect();
    let locked = |user| ("sign_in.locked", user, Some("127.0.0.1"));
    assert_eq!(told, [locked(None), locked(Some("u-alice")), locked(Some("u-alice"))]);
    assert!(events.iter().all(|e| !e.detail.contains("alice")), "{events:?}");
}

#[tokio::test]
async fn the_limit_and_the_longest_wait_are_the_admin_s() {
    let app = App::start_with(|s| {
        patient(s);
        s.limits.sign_in_attempts = 2;
        s.limits.sign_in_lock_minutes = 1;
    })
    .await;
    let mut door = Door::open(&app).await;
    door.wrong("alice", 2).await;
    for wait in [30, 60, 60] {
        assert_eq!(door.waits("alice", "wrong").await, wait);
        app.advance_seconds(wait);
        door.wrong("alice", 1).await;
    }
}

#[tokio::test]
async fn strangers_do_not_keep_the_owner_out() {
    covers!("O-278");
    let app = App::start_with(patient).await;
    let mut home = app.browser();
    home.sign_in("alice").await;
    let mut stranger = Door::open(&app).await;
    stranger.wrong("alice", LIMIT).await;
    stranger.waits("alice", "alice-password").await;
    // The session lives, and the browser that knows the account may sign in: asked again, and after the session is gone.
    assert!(is_alive(&home).await);
    home.sign_in("alice").await;
    home.cookies.remove(SESSION);
    home.sign_in("alice").await;
    assert!(is_alive(&home).await);
    // That gave the stranger nothing back.
    assert_eq!(stranger.waits("alice", "alice-password").await, 30);
    // Its own wrong passwords make it wait, and nobody else.
    app.advance_seconds(30);
    let mut again = Door::again(&home).await;
    again.wrong("alice", LIMIT - 1).await;
    again.wrong("alice@example.test", 1).await;
    assert_eq!(again.waits("alice", "alice-password").await, 30);
    assert!(is_alive(&home).await);
    stranger.enters("alice").await;
}

#[tokio::test]
async fn a_browser_is_known_only_to_the_accounts_it_signed_in_to() {
    covers!("O-278");
    let app = App::start_with(patient).await;
    let known = async |browser: &Browser<'_>, user: &str| {
        let mut door = Door::of(browser.copy(), &Authorize::of("a").set("prompt", "login")).await;
        let password = format!("{user}-password");
        door.attempt(user, &password).await.status == 303
    };
    let mut family = app.browser();
    for user in ["alice", "bob"] {
        family.sign_in(user).await;
    }
    let mut of_mallory = app.browser();
    of_mallory.sign_in("mallory").await;
    let mut stranger = Door::open(&app).await;
    for user in ["alice", "bob", "mallory"] {
        stranger.wrong(user, LIMIT).await;
    }
    for user in ["alice", "bob"] {
        assert!(known(&family, user).await, "{user}");
    }
    assert!(!known(&family, "mallory").await);
    assert!(known(&of_mallory, "mallory").await);
    let cookie = family.cookie(DEVICE).to_owned();
    let parts: Vec<&str> = cookie.split('.').collect();
    let other = of_mallory.cookie(DEVICE).to_owned();
    let (other_id, other_mark) = other.split_once('.').unwrap();
    let flipped = if parts[1].starts_with('A') { "B" } else { "A" };
    // Marks: bob's first, because he signed in last.
    for (name, chosen) in [
        ("no mark", parts[0].to_owned()),
        ("bob's alone", format!("{}.{}", parts[0], parts[1])),
        ("another id", format!("{other_id}.{}", parts[2])),
        ("another mark", format!("{}.{other_mark}", parts[0])),
        ("flipped", format!("{}.{flipped}{}", parts[0], &parts[2][1..])),
        ("cut", cookie[..cookie.len() - 1].to_owned()),
        ("longer", format!("{cookie}A")),
        ("empty mark", format!("{}.", parts[0])),
        ("many", format!("{}{}", parts[0], ".".repeat(200))),
        ("nothing", String::new()),
    ] {
        let mut browser = app.browser();
        browser.cookies.insert(DEVICE.into(), chosen);
        assert!(!known(&browser, "alice").await, "{name}");
    }
    let mut whole = app.browser();
    whole.cookies.insert(DEVICE.into(), cookie.clone());
    assert!(known(&whole, "alice").await);
    // It proves nothing but that: no session, and nothing in another realm.
    let mut only = app.browser();
    only.cookies.insert(DEVICE.into(), cookie.clone());
    assert_eq!(only.signed_in_as().await, None);
    let mut door = Door::of(app.browser(), &Authorize::of("a").under(OTHER)).await;
    door.wrong("alice", LIMIT).await;
    door.browser.cookies.insert("grantor-device.t2.main".into(), cookie);
    door.waits("alice", "alice-password").await;
}

#[tokio::test]
async fn a_new_password_makes_every_browser_a_stranger() {
    covers!("O-278");
    let app = App::start_with(patient).await;
    let mut home = app.browser();
    home.sign_in("alice").await;
    let change = |d: &mut toml::Table| {
        crate::app::entry(d, "users", "u-alice").insert("password".into(), "another-password".into());
    };
    app.edit(change).await.unwrap();
    Door::open(&app).await.wrong("alice", LIMIT).await;
    Door::again(&home).await.waits("alice", "another-password").await;
}

#[tokio::test]
async fn asking_again_counts_like_asking_the_first_time() {
    covers!("O-277");
    let app = App::start_with(patient).await;
    let mut home = app.browser();
    home.sign_in("alice").await;
    // Who holds the session alone, as a thief would, is no known browser.
    home.cookies.remove(DEVICE);
    let requests = [("prompt", "login"), ("max_age", "0"), ("prompt", "select_account")];
    let mut doors = Vec::new();
    for (name, value) in requests {
        let mut door = Door::of(home.copy(), &Authorize::of("first").set(name, value)).await;
        door.wrong("alice", 3).await;
        doors.push(door);
    }
    Door::open(&app).await.wrong("alice", 1).await;
    for door in &mut doors {
        assert_eq!(door.waits("alice", "alice-password").await, 30);
    }
    assert!(is_alive(&home).await);
}
