//! Every door that would hand on a right, or give power over whoever has it.
use super::{group, role};
use crate::app::{ADMIN, App, Portal, config};
use serde_json::{Value, json};

/// What is handed on.
pub(super) const RIGHT: &str = "signing-keys:delete";

/// One attempt: its name, method, path, body.
pub(super) type Attempt = (&'static str, &'static str, String, Value);

/// What there is to try at: a role, a group, an application and a user that carry the right, and plain ones.
pub(super) struct Stage {
    carrying: Ids,
    plain: Ids,
    secret: String,
}

pub(super) struct Ids {
    role: String,
    group: String,
    application: String,
    user: String,
}

const ROLES: &str = "resource-servers/management/roles";

async fn application(app: &App, bearer: &str, scopes: &Value) -> String {
    let body = json!({"application": {
        "display_name": "Machine", "resource_server_id": "management", "protocol_config": config(scopes),
    }});
    let made = app.done(bearer, "POST", &format!("{ADMIN}/applications"), &body).await;
    made["application"]["id"].as_str().unwrap().to_owned()
}

async fn ids(app: &App, (portal, bearer): (&Portal<'_>, &str), name: &str, scopes: &[&str]) -> Ids {
    let role = role(app, bearer, name, scopes).await;
    let group = group(app, bearer, name, &[&role]).await;
    let user = portal.user(bearer, &format!("{name}-user"), &[&role]).await;
    let application = application(app, bearer, &json!(scopes)).await;
    Ids {
        role,
        group,
        application,
        user,
    }
}

/// Every door that would hand on the right, or give power over whoever has it.
pub(super) fn attempts(stage: &Stage) -> Vec<Attempt> {
    let Stage {
        carrying: c,
        plain: p,
        secret,
    } = stage;
    let at = |path: String| format!("{ADMIN}/{path}");
    let linked = |scopes: Value| json!({"application": {"display_name": "New", "resource_server_id": "management", "protocol_config": config(&scopes)}});
    vec![
        (
            "create a role",
            "POST",
            at(ROLES.into()),
            json!({"role": {"display_name": "New", "scopes": [RIGHT]}}),
        ),
        (
            "create a role by areas",
            "POST",
            at(ROLES.into()),
            json!({"role": {"display_name": "New", "areas": {"signing_keys": "edit"}}}),
        ),
        (
            "put the right into a role",
            "PATCH",
            at(format!("{ROLES}/{}", p.role)),
            json!({"role": {"scopes": [RIGHT]}}),
        ),
        (
            "put the area into a role",
            "PATCH",
            at(format!("{ROLES}/{}", p.role)),
            json!({"role": {"areas": {"signing_keys": "edit"}}}),
        ),
        (
            "rename the role",
            "PATCH",
            at(format!("{ROLES}/{}", c.role)),
            json!({"role": {"display_name": "Other"}}),
        ),
        (
            "clone the role",
            "POST",
            at(format!("{ROLES}/{}:clone", c.role)),
            Value::Null,
        ),
        (
            "clone a role and add",
            "POST",
            at(format!("{ROLES}/{}:clone", p.role)),
            json!({"role": {"scopes": [RIGHT]}}),
        ),
        (
            "add the scope",
            "POST",
            at(format!("{ROLES}/{}:addScopes", p.role)),
            json!({"scopes": [RIGHT]}),
        ),
        (
            "take the scope",
            "POST",
            at(format!("{ROLES}/{}:deleteScopes", c.role)),
            json!({"scopes": [RIGHT]}),
        ),
        (
            "give the role to a user",
            "POST",
            at(format!("{ROLES}/{}:addMembers", c.role)),
            json!({"identity_ids": [p.user]}),
        ),
        (
            "give the role to a group",
            "POST",
            at(format!("{ROLES}/{}:addMembers", c.role)),
            json!({"group_ids": [p.group]}),
        ),
        (
            "take the role from a user",
            "POST",
            at(format!("{ROLES}/{}:deleteMembers", c.role)),
            json!({"identity_ids": [c.user]}),
        ),
        (
            "take the role from the group",
            "POST",
            at(format!("{ROLES}/{}:deleteMembers", c.role)),
            json!({"group_ids": [c.group]}),
        ),
        (
            "put a user into the group",
            "POST",
            at(format!("groups/{}:addMembers", c.group)),
            json!({"identity_ids": [p.user]}),
        ),
        (
            "take a user out of the group",
            "POST",
            at(format!("groups/{}:deleteMembers", c.group)),
            json!({"identity_ids": [c.user]}),
        ),
        (
            "rename the group",
            "PATCH",
            at(format!("groups/{}", c.group)),
            json!({"group": {"display_name": "Other"}}),
        ),
        (
            "delete the group",
            "DELETE",
            at(format!("groups/{}", c.group)),
            Value::Null,
        ),
        (
            "create an application",
            "POST",
            at("applications".into()),
            linked(json!([RIGHT])),
        ),
        (
            "allow an application",
            "PATCH",
            at(format!("applications/{}", p.application)),
            json!({"application": {"protocol_config": {"allowed_scopes": [RIGHT]}}}),
        ),
        (
            "change where it returns to",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"protocol_config": {"redirect_uris": ["https://mine.test/cb"]}}}),
        ),
        (
            "make it public",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"protocol_config": {"confidentiality": "public", "token_endpoint_auth_method": "none"}}}),
        ),
        (
            "take its scopes",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"protocol_config": {"allowed_scopes": []}}}),
        ),
        (
            "unlink it",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"resource_server_id": null}}),
        ),
        (
            "enable it",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"enabled": true}}),
        ),
        (
            "disable it",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"enabled": false}}),
        ),
        (
            "rename it",
            "PATCH",
            at(format!("applications/{}", c.application)),
            json!({"application": {"display_name": "Other"}}),
        ),
        (
            "make its secret",
            "POST",
            at(format!("applications/{}/secrets", c.application)),
            Value::Null,
        ),
        (
            "switch its secret off",
            "PATCH",
            at(format!("applications/{}/secrets/{secret}", c.application)),
            json!({"secret": {"enabled": false}}),
        ),
        (
            "delete its secret",
            "DELETE",
            at(format!("applications/{}/secrets/{secret}", c.application)),
            Value::Null,
        ),
        (
            "delete it",
            "DELETE",
            at(format!("applications/{}", c.application)),
            Value::Null,
        ),
        (
            "set a password",
            "PATCH",
            at(format!("identities/{}", c.user)),
            json!({"identity": {"password": "mine-from-now-on"}}),
        ),
        (
            "set an address",
            "PATCH",
            at(format!("identities/{}", c.user)),
            json!({"identity": {"email": "mine@mine.test"}}),
        ),
        (
            "rename the user",
            "PATCH",
            at(format!("identities/{}", c.user)),
            json!({"identity": {"username": "mine"}}),
        ),
        (
            "disable the user",
            "PATCH",
            at(format!("identities/{}", c.user)),
            json!({"identity": {"enabled": false}}),
        ),
        (
            "make a setup link",
            "POST",
            at(format!("identities/{}/setup-link", c.user)),
            Value::Null,
        ),
        (
            "sign the user out",
            "DELETE",
            at(format!("identities/{}/sessions", c.user)),
            Value::Null,
        ),
        (
            "delete the user",
            "DELETE",
            at(format!("identities/{}", c.user)),
            Value::Null,
        ),
    ]
}

pub(super) async fn stage(app: &App, who: (&Portal<'_>, &str), number: usize) -> Stage {
    let carrying = ids(
        app,
        who,
        &format!("carrying-{number}"),
        &[RIGHT, "signing-keys:create", "signing-keys:read"],
    )
    .await;
    let path = format!("{ADMIN}/applications/{}/secrets", carrying.application);
    let secrets = app.done(who.1, "GET", &path, &Value::Null).await;
    Stage {
        secret: secrets["secrets"][0]["id"].as_str().unwrap().to_owned(),
        plain: ids(app, who, &format!("plain-{number}"), &["signing-keys:read"]).await,
        carrying,
    }
}
