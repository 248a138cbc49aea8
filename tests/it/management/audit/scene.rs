//! One of everything, and for each operation a request that does what it is for.
use crate::app::{ADMIN, REALM};
use crate::management::admin::{Admin, client_of, machine, text};
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};

/// A request that does what an operation is for, on a fresh server where everything it needs was made before.
pub(super) struct Done {
    pub(super) path: String,
    pub(super) body: Value,
    /// In whose log it is told.
    pub(super) log: &'static str,
    /// Of which kind, of what, by its name.
    pub(super) told: &'static str,
    pub(super) target: (&'static str, String),
    /// Parts of what changed: members before and after.
    pub(super) states: (Value, Value),
}

/// What there is before: a group, a role, a user, an application, with their ids.
pub(super) struct Scene {
    pub(super) application: String,
    pub(super) secret: String,
    pub(super) token: String,
    pub(super) server: String,
    pub(super) credential: String,
    pub(super) role: String,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) kid: String,
}

impl Scene {
    pub(super) async fn set(admin: &Admin<'_>) -> Self {
        let id = |made: &Value| text(&made["id"]);
        let of = |path: &str| format!("{REALM}{path}");
        let server = json!({"display_name": "Server", "identifier": "https://server.test", "scopes": ["one", "two"]});
        let server = id(&admin.create(&of("/resource-servers"), "resource_server", server).await);
        let credentials = of(&format!("/resource-servers/{server}/credentials"));
        let credential = admin.raw("POST", &credentials, &[], None).await.json()["credential"].clone();
        let roles = of(&format!("/resource-servers/{server}/roles"));
        let role = admin
            .create(&roles, "role", json!({"display_name": "Role", "scopes": []}))
            .await;
        let user = json!({"username": "carol", "password": "carol-password"});
        let user = admin.create(&of("/identities"), "identity", user).await;
        let group = admin
            .create(&of("/groups"), "group", json!({"display_name": "Group"}))
            .await;
        let application = machine("Application");
        let application = admin.create(&of("/applications"), "application", application).await;
        let client = client_of(admin.app, "", &application);
        let token = client.machine_token().await;
        let token = client.introspect(&token).await.assert_active().member("jti");
        let secrets = of(&format!("/applications/{}/secrets", id(&application)));
        let secret = admin.create(&secrets, "secret", json!({})).await;
        let keys = admin.get(&of("/signing-keys")).await.json();
        let place = json!({"id": "second", "display_name": "Second"});
        admin.create("/v1/tenants/default/realms", "realm", place).await;
        let place = json!({"id": "acme", "display_name": "Acme"});
        admin.create("/v1/tenants", "tenant", place).await;
        Self {
            application: id(&application),
            secret: id(&secret),
            token,
            server,
            credential: id(&credential),
            role: id(&role),
            user: id(&user),
            group: id(&group),
            kid: text(&keys["signing_keys"][0]["kid"]),
        }
    }

    pub(super) fn path(&self, operation: Operation) -> String {
        let full = operation.line().full_path();
        let (tenant, realm) = match operation {
            Operation::UpdateRealm | Operation::DeleteRealm => ("default", "second"),
            Operation::UpdateTenant | Operation::DeleteTenant => ("acme", "main"),
            _ => ("default", "main"),
        };
        full.replace("{tenant}", tenant)
            .replace("{realm}", realm)
            .replace("{application}", &self.application)
            .replace("{secret}", &self.secret)
            .replace("{token}", &self.token)
            .replace("{resource_server}", &self.server)
            .replace("{credential}", &self.credential)
            .replace("{role}", &self.role)
            .replace("{identity}", &self.user)
            .replace("{group}", &self.group)
            .replace("{signing_key}", &self.kid)
    }

    /// What has to be so before an operation can succeed.
    pub(super) async fn prepare(&self, admin: &Admin<'_>, operation: Operation) {
        use Operation as O;
        let role = format!("{REALM}/resource-servers/{}/roles/{}", self.server, self.role);
        match operation {
            O::DeleteResourceServer => admin.remove(&role).await,
            O::DeleteRoleScopes => {
                admin
                    .perform(&format!("{role}:addScopes"), json!({"scopes": ["one"]}))
                    .await
            }
            O::DeleteRoleMembers => {
                let members = json!({"identity_ids": [self.user]});
                admin.perform(&format!("{role}:addMembers"), members).await;
            }
            O::DeleteGroupMembers => {
                let path = format!("{REALM}/groups/{}:addMembers", self.group);
                admin.perform(&path, json!({"identity_ids": [self.user]})).await;
            }
            _ => {}
        }
    }

    pub(super) fn done(&self, operation: Operation) -> Option<Done> {
        use Operation as O;
        let none = || (Value::Null, Value::Null);
        let name = |old: &str, new: &str| (json!({"display_name": old}), json!({"display_name": new}));
        let made = |members: Value| (Value::Null, members);
        let gone = |members: Value| (members, Value::Null);
        let wrap = |name: &str, members: Value| json!({ name: members });
        let new = || json!({"display_name": "New"});
        let users = || json!({"identity_ids": [self.user]});
        let (app, server) = (
            ("application", "Application".to_owned()),
            ("resource_server", "Server".to_owned()),
        );
        let (role, group) = (("role", "Role".to_owned()), ("group", "Group".to_owned()));
        let (carol, named) = (("identity", "carol".to_owned()), |kind| (kind, "New".to_owned()));
        let (log, body, told, target, states) = match operation {
            O::CreateTenant => (
                ADMIN,
                wrap("tenant", new()),
                "tenant.created",
                named("tenant"),
                made(new()),
            ),
            O::UpdateTenant => (
                ADMIN,
                wrap("tenant", new()),
                "tenant.updated",
                named("tenant"),
                name("Acme", "New"),
            ),
            O::DeleteTenant => (
                ADMIN,
                Value::Null,
                "tenant.deleted",
                ("tenant", "Acme".into()),
                gone(json!({"display_name": "Acme"})),
            ),
            O::CreateRealm => (
                ADMIN,
                wrap("realm", new()),
                "realm.created",
                named("realm"),
                made(new()),
            ),
            O::UpdateRealm => (
                ADMIN,
                wrap("realm", new()),
                "realm.updated",
                named("realm"),
                name("Second", "New"),
            ),
            O::DeleteRealm => (
                ADMIN,
                Value::Null,
                "realm.deleted",
                ("realm", "Second".into()),
                gone(json!({"display_name": "Second"})),
            ),
            O::CreateApplication => {
                let members = machine("New");
                (
                    REALM,
                    wrap("application", members.clone()),
                    "application.created",
                    named("application"),
                    made(members),
                )
            }
            O::UpdateApplication => {
                let config = |life: i64| json!({"protocol_config": {"token_configuration": {"expires_after": life}}});
                let states = (config(86_400), config(60));
                (
                    REALM,
                    wrap("application", config(60)),
                    "application.updated",
                    app,
                    states,
                )
            }
            O::DeleteApplication => (
                REALM,
                Value::Null,
                "application.deleted",
                app,
                gone(json!({"display_name": "Application"})),
            ),
            O::CreateSecret => (
                REALM,
                json!({}),
                "application.secret_created",
                app,
                made(json!({"enabled": true})),
            ),
            O::UpdateSecret => {
                let state = |enabled: bool| json!({ "enabled": enabled });
                (
                    REALM,
                    wrap("secret", state(false)),
                    "application.secret_updated",
                    app,
                    (state(true), state(false)),
                )
            }
            O::DeleteSecret => (
                REALM,
                Value::Null,
                "application.secret_deleted",
                app,
                gone(json!({"id": self.secret})),
            ),
            O::RevokeToken => (REALM, Value::Null, "token.revoked", ("token", String::new()), none()),
            O::CreateResourceServer => {
                let members = json!({"display_name": "New", "identifier": "https://new.test"});
                (
                    REALM,
                    wrap("resource_server", members.clone()),
                    "resource_server.created",
                    named("resource_server"),
                    made(members),
                )
            }
            O::UpdateResourceServer => {
                let state = |on: bool| json!({ "role_bounded": on });
                (
                    REALM,
                    wrap("resource_server", state(true)),
                    "resource_server.updated",
                    server,
                    (state(false), state(true)),
                )
            }
            O::DeleteResourceServer => (
                REALM,
                Value::Null,
                "resource_server.deleted",
                server,
                gone(json!({"identifier": "https://server.test"})),
            ),
            O::CreateCredential => (REALM, json!({}), "resource_server.credential_created", server, none()),
            O::DeleteCredential => (REALM, Value::Null, "resource_server.credential_deleted", server, none()),
            O::CreateRole => (REALM, wrap("role", new()), "role.created", named("role"), made(new())),
            O::UpdateRole => (
                REALM,
                wrap("role", new()),
                "role.updated",
                named("role"),
                name("Role", "New"),
            ),
            O::DeleteRole => (
                REALM,
                Value::Null,
                "role.deleted",
                role,
                gone(json!({"display_name": "Role"})),
            ),
            O::CloneRole => (REALM, wrap("role", new()), "role.created", named("role"), made(new())),
            O::AddRoleScopes => {
                let states = (json!({"scopes": []}), json!({"scopes": ["two"]}));
                (REALM, json!({"scopes": ["two"]}), "role.updated", role, states)
            }
            O::DeleteRoleScopes => {
                let states = (json!({"scopes": ["one"]}), json!({"scopes": []}));
                (REALM, json!({"scopes": ["one"]}), "role.updated", role, states)
            }
            O::AddRoleMembers => (REALM, users(), "role.member_added", role, none()),
            O::DeleteRoleMembers => (REALM, users(), "role.member_removed", role, none()),
            O::CreateIdentity => {
                let members = json!({"username": "New", "password": "a-secret-password"});
                (
                    REALM,
                    wrap("identity", members),
                    "user.created",
                    named("identity"),
                    made(json!({"username": "New"})),
                )
            }
            O::UpdateIdentity => {
                let state = |email: &str| json!({ "email": email });
                let states = (json!({"email": null}), state("carol@example.test"));
                (
                    REALM,
                    wrap("identity", state("carol@example.test")),
                    "user.updated",
                    carol,
                    states,
                )
            }
            O::DeleteIdentity => (
                REALM,
                Value::Null,
                "user.deleted",
                carol,
                gone(json!({"username": "carol"})),
            ),
            O::EndSessions => (REALM, Value::Null, "user.sessions_ended", carol, none()),
            O::CreateSetupLink => (REALM, json!({}), "account.setup_link_made", carol, none()),
            O::CreateGroup => (
                REALM,
                wrap("group", new()),
                "group.created",
                named("group"),
                made(new()),
            ),
            O::UpdateGroup => (
                REALM,
                wrap("group", new()),
                "group.updated",
                named("group"),
                name("Group", "New"),
            ),
            O::DeleteGroup => (
                REALM,
                Value::Null,
                "group.deleted",
                group,
                gone(json!({"display_name": "Group"})),
            ),
            O::AddGroupMembers => (REALM, users(), "group.member_added", group, none()),
            O::DeleteGroupMembers => (REALM, users(), "group.member_removed", group, none()),
            O::RotateSigningKeys => {
                let body = json!({"algorithm": "ES256"});
                (
                    REALM,
                    body,
                    "signing_key.created",
                    ("signing_key", "*".to_owned()),
                    none(),
                )
            }
            O::RevokeSigningKey => (
                REALM,
                Value::Null,
                "signing_key.revoked",
                ("signing_key", "*".to_owned()),
                none(),
            ),
            _ => return None,
        };
        Some(Done {
            path: self.path(operation),
            body,
            log,
            told,
            target,
            states,
        })
    }
}
