//! One-time links that set a password.
mod links;
mod races;

use crate::app::{ADMIN, Answer, App, Browser, Form, form_of};
use grantor_flows::management::Requester;
use grantor_flows::setup;
use grantor_protocol::issuer::RealmKey;

const NEW: &str = "a bicycle for two";

fn admin_realm() -> RealmKey {
    RealmKey::new("default", "admin")
}

/// A link for the first admin.
async fn link(app: &App) -> String {
    let made = setup::make_link(&app.deps, &admin_realm(), "admin", &Requester::operator()).await;
    made.unwrap().unwrap()
}

/// Its form, filled in.
async fn filled(browser: &mut Browser<'_>, path: &str) -> Form {
    form_of(&browser.open(path).await)
        .set("name", "Ada")
        .set("new-password", NEW)
        .set("repeated-password", NEW)
}

/// Whether a password lets the admin in.
async fn lets_in(app: &App, password: &str) -> bool {
    let mut browser = app.browser();
    let form = form_of(&browser.open(&format!("{ADMIN}/account")).await)
        .set("username", "admin")
        .set("password", password);
    browser.submit_with(&form, &[]).await.status == 303
}

/// The pages behind links, for those who look at headers.
pub(crate) async fn pages(app: &App) -> Vec<(&'static str, u16, Answer)> {
    let path = link(app).await;
    let mut browser = app.browser();
    let shown = browser.open(&path).await;
    let short = form_of(&shown)
        .set("new-password", "short")
        .set("repeated-password", "short");
    let refused = browser.submit_with(&short, &[]).await;
    let form = filled(&mut browser, &path).await;
    let home = browser.submit(&form).await;
    let again = browser.submit_with(&form, &[]).await;
    vec![
        ("setup", 200, shown),
        ("setup, refused", 422, refused),
        ("setup, done", 200, home),
        ("setup, again", 409, again),
        ("setup, gone", 410, app.get(&path).await),
    ]
}
