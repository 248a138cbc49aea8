//! What a person can see of what happened.
use super::{enter, signed_in};
use crate::app::{App, REALM};
use crate::interact::{attributes, texts};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::Command;
use grantor_store::events::Event;

/// Events are written in the background: a write that is waited for comes after them.
async fn settled(app: &App) {
    let event = Event::new(EventKind::MasterKeyRotated, app.deps.clock.now());
    let command = Command::RecordEvent(RealmKey::new("default", "main"), Box::new(event));
    app.deps.store.write(command).await.unwrap();
}

#[tokio::test]
async fn people_see_their_own_sign_ins_and_those_that_failed() {
    let app = App::start().await;
    enter(&mut app.browser(), "alice", "wrong").await;
    enter(&mut app.browser(), "nobody", "wrong").await;
    enter(&mut app.browser(), "bob", "bob-password").await;
    app.advance_seconds(60);
    let mut browser = signed_in(&app, "alice").await;
    settled(&app).await;
    let page = browser.open("/account/activity").await;
    assert_eq!(texts(&page, ".event-what"), ["Signed in", "Wrong password"]);
    assert_eq!(
        texts(&page, ".event time"),
        ["2027-01-15 08:01 UTC", "2027-01-15 08:00 UTC"]
    );
    assert_eq!(texts(&page, ".event .code"), ["127.0.0.1", "127.0.0.1"]);
    assert_eq!(texts(&page, ".event-bad .event-what"), ["Wrong password"]);
    let home = browser.open("/account").await;
    assert_eq!(texts(&home, ".event-what"), ["Signed in", "Wrong password"]);
    app.advance_seconds(60);
    let mut later = signed_in(&app, "alice").await;
    settled(&app).await;
    let home = later.open("/account").await;
    assert_eq!(
        texts(&home, ".facts time"),
        ["2027-01-15 08:02 UTC", "2027-01-15 08:01 UTC"]
    );
}

#[tokio::test]
async fn the_list_is_narrowed_and_read_page_by_page() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let tell = async |user: &str, kind: EventKind, count: usize| {
        for _ in 0..count {
            let event = Event {
                user: Some(user.into()),
                client: Some("app-a".into()),
                ..Event::new(kind, app.deps.clock.now())
            };
            let command = Command::RecordEvent(RealmKey::new("default", "main"), Box::new(event));
            app.deps.store.write(command).await.unwrap();
        }
    };
    // All in the same millisecond, and other people's between them.
    tell("u-alice", EventKind::GrantRevoked, 30).await;
    tell("u-bob", EventKind::PasswordChanged, 30).await;
    tell("u-alice", EventKind::PasswordChanged, 30).await;
    let mut path = "/account/activity?show=all".to_owned();
    let mut read = Vec::new();
    for expected in [25, 25, 11] {
        let page = browser.open(&path).await;
        let found = texts(&page, ".event-what .name");
        assert_eq!(found.len(), expected);
        read.extend(found);
        path = attributes(&page, "a[rel=next]", "href").concat();
    }
    assert_eq!(path, "", "the last page leads nowhere");
    let count = |what: &str| read.iter().filter(|w| *w == what).count();
    assert_eq!(
        (count("Password changed"), count("Access ended"), count("Signed in")),
        (30, 30, 1)
    );
    for (show, first, label) in [
        ("apps", "Access ended", "Applications"),
        ("account", "Password changed", "Account"),
        ("sign-ins", "Signed in", "Sign-ins"),
        ("nonsense", "Password changed", "Everything"),
    ] {
        let page = browser.open(&format!("/account/activity?show={show}")).await;
        assert_eq!(texts(&page, ".event-what .name")[0], first, "{show}");
        assert_eq!(texts(&page, ".filter [aria-current]"), [label]);
    }
    // A place that nobody gave begins anew or elsewhere in one's own list.
    for after in ["x", "1-1", "9999999999999-1", "%3Cscript%3E", "1-'%20OR%201"] {
        let page = browser.open(&format!("/account/activity?after={after}")).await;
        page.assert_page(200);
    }
}

#[tokio::test]
async fn where_an_admin_sits_is_not_shown() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let bearer = app.management_token("").await;
    let path = format!("{REALM}/identities/u-alice");
    let body = serde_json::json!({"identity": {"profile": {"nickname": "Al"}}});
    app.done(&bearer, "PATCH", &path, &body).await;
    settled(&app).await;
    let page = browser.open("/account/activity?show=all").await;
    assert_eq!(
        texts(&page, ".event-what"),
        ["Account changed by an administrator", "Signed in"]
    );
    assert_eq!(texts(&page, ".event .code"), ["127.0.0.1"]);
}
