//! A user who is about to lose a right, and every way to lose it.
use crate::app::{ADMIN, App, Portal, REALM, config};
use serde_json::{Value, json};

/// A way to lose a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    OutOfTheRole,
    GroupOutOfTheRole,
    OutOfTheGroup,
    GroupDeleted,
    ScopeTaken,
    RoleRewritten,
    RoleDeleted,
    /// Only of a resource server that can be edited.
    ScopeOfTheServer,
}

pub(super) const LOSSES: [Loss; 8] = [
    Loss::OutOfTheRole,
    Loss::GroupOutOfTheRole,
    Loss::OutOfTheGroup,
    Loss::GroupDeleted,
    Loss::ScopeTaken,
    Loss::RoleRewritten,
    Loss::RoleDeleted,
    Loss::ScopeOfTheServer,
];

/// A user who keeps one right and is about to lose another.
pub(super) struct World<'a> {
    pub(super) app: &'a App,
    pub(super) bearer: &'a str,
    pub(super) portal: Portal<'a>,
    pub(super) name: String,
    pub(super) user: String,
    pub(super) role: String,
    pub(super) group: String,
    pub(super) keep: &'static str,
    pub(super) lose: &'static str,
}

impl<'a> World<'a> {
    pub(super) async fn make(app: &'a App, bearer: &'a str, management: bool, (loss, mark): (Loss, &str)) -> Self {
        let (realm, keep, lose) = match management {
            true => (ADMIN, "applications:read", "groups:read"),
            false => (REALM, "read", "write"),
        };
        let make = async |path: &str, name: &str, body: Value| -> String {
            let made = app
                .done(bearer, "POST", &format!("{realm}{path}"), &json!({ name: body }))
                .await;
            made[name]["id"].as_str().unwrap().to_owned()
        };
        let server = match management {
            true => "management".to_owned(),
            false => {
                let body = json!({"display_name": mark, "identifier": format!("https://{mark}.test"),
                    "role_bounded": true, "scopes": [keep, lose]});
                make("/resource-servers", "resource_server", body).await
            }
        };
        let mut asking = config(&json!([keep, lose]));
        asking["consent"] = json!("ask");
        let portal = Portal::of(app, bearer, (realm, &server), &asking).await;
        let roles = format!("/resource-servers/{server}/roles");
        let keeper = make(
            &roles,
            "role",
            json!({"display_name": format!("{mark} keeps"), "scopes": [keep]}),
        )
        .await;
        let role = make(
            &roles,
            "role",
            json!({"display_name": format!("{mark} loses"), "scopes": [lose]}),
        )
        .await;
        let group = make("/groups", "group", json!({"display_name": mark})).await;
        let user = portal.user(bearer, mark, &[&keeper]).await;
        let members = format!("{}:addMembers", portal.role(&role));
        let by_group = matches!(loss, Loss::GroupOutOfTheRole | Loss::OutOfTheGroup | Loss::GroupDeleted);
        match by_group {
            false => drop(
                app.done(bearer, "POST", &members, &json!({"identity_ids": [user]}))
                    .await,
            ),
            true => {
                app.done(bearer, "POST", &members, &json!({"group_ids": [group]})).await;
                let path = format!("{realm}/groups/{group}:addMembers");
                app.done(bearer, "POST", &path, &json!({"identity_ids": [user]})).await;
            }
        }
        Self {
            app,
            bearer,
            portal,
            name: mark.to_owned(),
            user,
            role,
            group,
            keep,
            lose,
        }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) {
        self.app.done(self.bearer, "POST", path, body).await;
    }

    pub(super) async fn lose(&self, loss: Loss) {
        let (role, group) = (
            self.portal.role(&self.role),
            format!("{}/groups/{}", self.portal.realm, self.group),
        );
        let (user, in_group) = (json!({"identity_ids": [self.user]}), json!({"group_ids": [self.group]}));
        let patch = json!({"role": {"scopes": []}});
        match loss {
            Loss::OutOfTheRole => self.post(&format!("{role}:deleteMembers"), &user).await,
            Loss::GroupOutOfTheRole => self.post(&format!("{role}:deleteMembers"), &in_group).await,
            Loss::OutOfTheGroup => self.post(&format!("{group}:deleteMembers"), &user).await,
            Loss::GroupDeleted => drop(self.app.done(self.bearer, "DELETE", &group, &Value::Null).await),
            Loss::ScopeTaken => {
                self.post(&format!("{role}:deleteScopes"), &json!({"scopes": [self.lose]}))
                    .await
            }
            Loss::RoleRewritten => drop(self.app.done(self.bearer, "PATCH", &role, &patch).await),
            Loss::RoleDeleted => {
                self.post(&format!("{role}:deleteMembers"), &user).await;
                self.app.done(self.bearer, "PATCH", &role, &patch).await;
                self.app.done(self.bearer, "DELETE", &role, &Value::Null).await;
            }
            Loss::ScopeOfTheServer => {
                let path = format!("{}/resource-servers/{}", self.portal.realm, self.portal.server);
                let body = json!({"resource_server": {"scopes": [self.keep]}});
                self.app.done(self.bearer, "PATCH", &path, &body).await;
            }
        }
    }

    /// What is left of `openid`, what is kept and what is lost.
    pub(super) fn left(&self) -> String {
        format!("openid {}", self.keep)
    }

    pub(super) fn all(&self) -> String {
        format!("openid {} {}", self.keep, self.lose)
    }
}
