//! The properties of an application (behaviours.md 3.1), set through the API.
mod clients;
mod credentials;
mod life;
mod pkce;
mod protocol;
mod scopes;

use super::admin::{Admin, client_of, text};
use crate::app::{Answer, App, Authorize, REALM};
use serde_json::{Value, json};

fn path(id: &str) -> String {
    format!("{REALM}/applications/{id}")
}

/// Changes members of an application's `protocol_config`.
async fn set(admin: &Admin<'_>, id: &str, config: Value) -> Value {
    let members = json!({"protocol_config": config});
    admin.change(&path(id), "application", members).await
}

/// The change is refused, by this field.
async fn refused(admin: &Admin<'_>, id: &str, config: Value, field: &str) {
    let before = super::admin::records(admin.app);
    let body = json!({"application": {"protocol_config": config}});
    let answer = admin.send("PATCH", &path(id), &body).await;
    let found = super::admin::fields(&answer);
    let field = format!("application.protocol_config.{field}");
    assert!(found.contains(&field), "{body}: {}", answer.body);
    assert_eq!(super::admin::records(admin.app), before, "{body}");
}

/// An authorization request of an application that was made here.
fn request(made: &Value, scope: &str) -> Authorize {
    Authorize::of("made")
        .set("client_id", &text(&made["protocol_config"]["client_id"]))
        .set("scope", scope)
}

/// Signs alice in at an application that was made here; the token answer.
async fn tokens(app: &App, made: &Value, scope: &str) -> Answer {
    let code = app.browser().code_as(&request(made, scope), "alice").await;
    let client = client_of(app, "", made);
    client.redeem(&code, "https://made.test/cb").await
}
