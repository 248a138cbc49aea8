//! New passwords.
use super::{Held, SCOPE, request};
use crate::app::{App, REALM};
use crate::management::admin::Admin;
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_new_password_ends_the_sessions_and_what_hangs_on_them() {
    covers!("O-212");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut held = Held::of(&app, &admin, "carol").await;
    let path = held.identity();
    // The control: a change of something else ends nothing.
    admin
        .change(&path, "identity", json!({"email": "carol@example.test"}))
        .await;
    held.assert_alive(&beside).await;
    admin
        .change(&path, "identity", json!({"password": "another-password"}))
        .await;
    beside.catch_up().await;
    assert!(!held.session_lives().await);
    for app in [&app, &beside] {
        let client = held.client(app);
        let answer = client.redeem(&held.code, "https://made.test/cb").await;
        answer.assert_json_error(400, "invalid_grant");
        let answer = client.refresh(&held.bound).await;
        answer.assert_json_error(400, "invalid_grant");
        client.introspect(&held.access[0]).await.assert_inactive();
        // What was asked for beyond the session goes on.
        client.introspect(&held.access[1]).await.assert_active();
        let answer = client.refresh(&held.offline).await;
        held.offline = answer.assert_tokens().member("refresh_token");
    }
    // The old password is none any more, the new one is; nobody reads either.
    let mut browser = app.browser();
    let page = browser.open(&request(&held.made, SCOPE).url()).await;
    let form = crate::app::form_of(&page).set("username", "carol");
    let page = browser.submit(&form.clone().set("password", "carol-password")).await;
    assert!(crate::app::target_of(&page).is_none(), "{}", page.body);
    app.browser()
        .authorize_with(&request(&held.made, SCOPE), "carol", "another-password")
        .await;
    let read = admin.get(&path).await;
    assert_eq!(read.json()["identity"]["has_password"], true);
    for text in [read.body, admin.get(&format!("{REALM}/events")).await.body] {
        assert!(!text.contains("another-password") && !text.contains("argon2"), "{text}");
    }
    for (password, status) in [
        ("short", 400),
        ("", 400),
        (&*"x".repeat(1025), 400),
        ("qwertyuiop", 400),
        ("carolcarol1", 400),
        ("ten chars!", 200),
    ] {
        let body = json!({"identity": {"password": password}});
        let answer = admin.send("PATCH", &path, &body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 400 {
            crate::management::admin::assert_field(password, &answer, "identity.password");
            assert!(!answer.body.contains("short"), "{}", answer.body);
        }
    }
}
