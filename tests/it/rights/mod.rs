//! Rights never exceed those of who grants them, and follow their roles at once (T-06, O-140, O-245 to O-252).
mod areas;
mod attempts;
mod bounded;
mod changes;
mod elsewhere;
mod ends;
mod gains;
mod grants;
mod higher;
mod last;
mod losses;
mod machines;
mod meanwhile;
mod secrets;
mod servers;
mod tokens;

use crate::app::{ADMIN, App, Portal};
use serde_json::{Value, json};

/// A role of the management API, made by whoever may; its id.
async fn role(app: &App, bearer: &str, name: &str, scopes: &[&str]) -> String {
    let body = json!({"role": {"display_name": name, "scopes": scopes}});
    let path = format!("{ADMIN}/resource-servers/management/roles");
    let made = app.done(bearer, "POST", &path, &body).await;
    made["role"]["id"].as_str().unwrap().to_owned()
}

/// A group of the first tenant's admins with these roles; its id.
async fn group(app: &App, bearer: &str, name: &str, roles: &[&str]) -> String {
    let body = json!({"group": {"display_name": name}});
    let made = app.done(bearer, "POST", &format!("{ADMIN}/groups"), &body).await;
    let id = made["group"]["id"].as_str().unwrap().to_owned();
    for role in roles {
        let path = format!("{ADMIN}/resource-servers/management/roles/{role}:addMembers");
        app.done(bearer, "POST", &path, &json!({"group_ids": [id]})).await;
    }
    id
}

/// A user with a role of exactly these scopes, signed in.
async fn holder(app: &App, (portal, bearer): (&Portal<'_>, &str), name: &str, scopes: &[&str]) -> String {
    let role = role(app, bearer, name, scopes).await;
    portal.user(bearer, name, &[&role]).await;
    portal.token(name, "").await
}

/// What a user holds now of the management API, as the API tells it.
async fn held(app: &App, bearer: &str, user: &str) -> Vec<String> {
    let path = format!("{ADMIN}/identities/{user}/roles");
    let roles = app.done(bearer, "GET", &path, &Value::Null).await;
    let roles = roles["roles"].as_array().unwrap().iter();
    roles.map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}
