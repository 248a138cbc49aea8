//! What people write of themselves, and what applications learn of it.
use super::signed_in;
use crate::app::{App, form_of};
use crate::interact::{attributes, texts};

#[tokio::test]
async fn what_is_saved_is_what_applications_read_on_every_process() {
    let app = App::start().await;
    let other = App::start_beside(&app).await;
    let tokens = app.tokens_for("a", "alice", "openid profile phone").await;
    let token = tokens.assert_tokens().member("access_token");
    // Both have read the user by now.
    assert_eq!(other.client("a").userinfo(&token).await.member("name"), "Alice Liddell");
    let mut browser = signed_in(&app, "alice").await;
    let page = browser.open("/account/profile").await;
    assert_eq!(attributes(&page, "#name", "value"), ["Alice Liddell"]);
    let form = form_of(&page)
        .set("name", "  Alice Hargreaves ")
        .set("family_name", "")
        .set("website", "https://alice.test/")
        .set("birthdate", "1852-05-04")
        .set("locale", "en-GB")
        .set("zoneinfo", "Europe/London")
        // What is no field of the form is nobody's wish.
        .set("phone_number_verified", "true")
        .set("email", "queen@example.test")
        .set("username", "queen");
    assert_eq!(browser.submit(&form).await.status, 200);
    other.catch_up().await;
    for server in [&app, &other] {
        let info = server.client("a").userinfo(&token).await;
        let expected = serde_json::json!({
            "sub": "u-alice", "preferred_username": "alice", "name": "Alice Hargreaves", "given_name": "Alice",
            "website": "https://alice.test/", "birthdate": "1852-05-04", "locale": "en-GB", "zoneinfo": "Europe/London",
            "phone_number": "+44 20 7946 0000", "phone_number_verified": true,
        });
        assert_eq!(info.json(), expected);
    }
    let page = browser.open("/account/profile").await;
    assert_eq!(attributes(&page, "#name", "value"), ["Alice Hargreaves"]);
    assert_eq!(texts(&page, "dd .name"), ["alice", "alice@example.test"]);
}

#[tokio::test]
async fn bad_input_is_said_at_its_field_and_kept() {
    let app = App::start().await;
    let mut browser = signed_in(&app, "alice").await;
    let form = form_of(&browser.open("/account/profile").await);
    let long = "x".repeat(201);
    for (field, value) in [
        ("name", long.as_str()),
        ("nickname", "a\u{7}b"),
        ("website", "javascript:alert(1)"),
        ("birthdate", "yesterday"),
        ("locale", "english!"),
        ("zoneinfo", "Mars/"),
    ] {
        let filled = form.clone().set("given_name", "Kept").set(field, value);
        let answer = browser.submit_with(&filled, &[]).await;
        answer.assert_page(422);
        assert_eq!(attributes(&answer, &format!("#{field}"), "value"), [value]);
        assert_eq!(attributes(&answer, "#given_name", "value"), ["Kept"]);
        assert_eq!(attributes(&answer, "[aria-invalid=true]", "id"), [field]);
        assert_eq!(texts(&answer, &format!("#{field}-problem")).len(), 1);
        let link = format!("[role=alert] a[href='#{field}']");
        assert_eq!(texts(&answer, &link).len(), 1, "{field}");
    }
    let stored: String =
        app.sql(|c| c.query_row("SELECT profile FROM user WHERE id = 'u-alice'", [], |row| row.get(0)));
    assert!(!stored.contains("Kept"), "{stored}");
}
