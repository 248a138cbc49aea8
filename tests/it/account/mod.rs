//! The pages of a person's own account.
mod activity;
mod apps;
mod ends;
mod forms;
mod hostile;
mod pages;
mod password;
mod profile;
mod sessions;
mod sign_in;

use crate::app::{Answer, App, Authorize, Browser, Form, form_of, forms_of};

/// The cookie of the session in realm `main`.
pub(crate) const SESSION: &str = "grantor-session.default.main";

/// Signs in at the account's own door.
pub(crate) async fn enter(browser: &mut Browser<'_>, user: &str, password: &str) -> Answer {
    let form = form_of(&browser.open("/account/sign-in?to=home").await);
    let form = form.set("username", user).set("password", password);
    browser.submit(&form).await
}

/// A browser whose user is signed in.
async fn signed_in<'a>(app: &'a App, user: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let page = enter(&mut browser, user, &format!("{user}-password")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser
}

/// The form of a page that has this field, filled in so.
#[track_caller]
fn form_with(answer: &Answer, name: &str, value: &str) -> Form {
    let mut forms = forms_of(answer).into_iter();
    let found = forms.find(|f| f.fields.iter().any(|(n, v)| n == name && v == value));
    found.unwrap_or_else(|| panic!("no form with {name}={value}: {}", answer.body))
}

/// The form that ends all other sessions.
#[track_caller]
fn end_others(answer: &Answer) -> Form {
    let mut forms = forms_of(answer).into_iter();
    let found = forms.find(|f| f.value("session").is_empty() && f.action.ends_with("/account/sessions"));
    found
        .unwrap_or_else(|| panic!("no other sessions: {}", answer.body))
        .set("end", "others")
}

/// The form for a new password, filled in.
async fn password_form(browser: &mut Browser<'_>, old: &str, new: &str) -> Form {
    form_of(&browser.open("/account/password").await)
        .set("old-password", old)
        .set("new-password", new)
        .set("repeated-password", new)
}

/// Every page, signed in and signed out, for those who look at headers.
pub(crate) async fn pages(app: &App) -> Vec<(&'static str, u16, Answer)> {
    let mut browser = app.browser();
    let request = Authorize::of("a").set("scope", "openid email read");
    browser.authorize_as(&request, "alice").await;
    app.browser().sign_in("alice").await;
    let wrong = password_form(&mut browser, "alice-password", "short").await;
    let wrong = browser.submit_with(&wrong, &[]).await;
    let form = form_of(&browser.open("/account/profile").await);
    let unreadable = browser.submit_with(&form.clone().set("locale", "?"), &[]).await;
    let forged = browser.submit_with(&form.clone().set("csrf", "x"), &[]).await;
    let saved = browser.submit(&form).await;
    let mut stranger = app.browser();
    let door = stranger.open("/account").await;
    let refused = form_of(&door).set("username", "alice").set("password", "x");
    let refused = stranger.submit_with(&refused, &[]).await;
    vec![
        ("account", 200, browser.open("/account").await),
        ("account, profile", 200, browser.open("/account/profile").await),
        ("account, profile saved", 200, saved),
        ("account, profile wrong", 422, unreadable),
        ("account, forged", 403, forged),
        ("account, password", 200, browser.open("/account/password").await),
        ("account, password refused", 422, wrong),
        ("account, sessions", 200, browser.open("/account/sessions").await),
        ("account, applications", 200, browser.open("/account/apps").await),
        ("account, activity", 200, browser.open("/account/activity").await),
        ("account, sign-in", 200, door),
        ("account, sign-in refused", 422, refused),
        (
            "account, by DELETE",
            405,
            app.send("DELETE", "/account", &[], None).await,
        ),
    ]
}
