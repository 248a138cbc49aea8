//! Every kind of record: made, read, changed and deleted, and what the answers look like.
use super::admin::{Admin, assert_missing, text};
use crate::app::{App, REALM};
use grantor_tests::covers;
use serde_json::{Value, json};

/// A kind of record.
pub(super) struct Kind {
    /// What its bodies are wrapped in.
    pub(super) name: &'static str,
    /// What its list is called.
    pub(super) list: &'static str,
    /// Where it is made and listed.
    pub(super) path: String,
    /// What is enough to make one; `$` stands for a number.
    pub(super) good: Value,
    /// A change of it.
    pub(super) change: Value,
}

impl Kind {
    /// The members of a new record that nothing else is called like.
    pub(super) fn new_record(&self, number: usize) -> Value {
        let text = self.good.to_string().replace('$', &number.to_string());
        serde_json::from_str(&text).unwrap()
    }

    pub(super) fn one(&self, id: &str) -> String {
        // A realm stands beside the list of its tenant.
        format!("{}/{id}", self.path)
    }
}

pub(super) fn kinds() -> Vec<Kind> {
    let kind = |name, list, path: String, good, change| Kind {
        name,
        list,
        path,
        good,
        change,
    };
    let renamed = || json!({"display_name": "Renamed"});
    vec![
        kind(
            "application",
            "applications",
            format!("{REALM}/applications"),
            json!({"display_name": "App $", "protocol_config": {"redirect_uris": ["https://app$.test/cb"]}}),
            renamed(),
        ),
        kind(
            "resource_server",
            "resource_servers",
            format!("{REALM}/resource-servers"),
            json!({"display_name": "Server $", "identifier": "https://server$.test"}),
            json!({"scopes": [{"name": "new", "title": "", "description": ""}]}),
        ),
        kind(
            "role",
            "roles",
            format!("{REALM}/resource-servers/r1/roles"),
            json!({"display_name": "Role $"}),
            json!({"description": "Other words"}),
        ),
        kind(
            "identity",
            "identities",
            format!("{REALM}/identities"),
            json!({"username": "user-$", "email": "user-$@example.test", "profile": {"name": "User $"}}),
            json!({"email_verified": true}),
        ),
        kind(
            "group",
            "groups",
            format!("{REALM}/groups"),
            json!({"display_name": "Group $"}),
            json!({"description": "Other words"}),
        ),
        kind(
            "realm",
            "realms",
            "/v1/tenants/default/realms".into(),
            json!({"id": "realm-$", "display_name": "Realm $"}),
            renamed(),
        ),
        kind(
            "tenant",
            "tenants",
            "/v1/tenants".into(),
            json!({"id": "tenant-$", "display_name": "Tenant $"}),
            renamed(),
        ),
    ]
}

/// Whether every member that `expected` has is the same in `got`.
#[track_caller]
fn assert_has(got: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        match (value, &got[name]) {
            (Value::Object(_), inner @ Value::Object(_)) => assert_has(inner, value),
            (value, got) => assert_eq!(got, value, "{name}"),
        }
    }
}

#[tokio::test]
async fn a_record_is_made_read_changed_listed_and_deleted() {
    covers!("A-01");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let name = kind.name;
        let members = kind.new_record(1);
        let made = admin.send("POST", &kind.path, &json!({ name: members })).await;
        assert_eq!(
            (made.status, made.header("etag")),
            (200, "\"1\""),
            "{name}: {}",
            made.body
        );
        assert_eq!(made.header("cache-control"), "no-store");
        assert_eq!(made.header("content-type"), "application/json");
        assert_eq!(made.header("x-content-type-options"), "nosniff");
        assert!(!made.header("x-request-id").is_empty());
        let body = made.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{name}: wrapped alone");
        let mut body = body[name].clone();
        assert_has(&body, &members);
        let id = text(&body["id"]);
        let place = |member: &str| body.get(member).and_then(Value::as_str);
        let (tenant, realm) = match name {
            "tenant" => (None, None),
            "realm" => (Some("default"), None),
            _ => (Some("default"), Some("main")),
        };
        assert_eq!((place("tenant_id"), place("realm_id")), (tenant, realm), "{name}");
        let now = app.deps.clock.now().rfc3339();
        assert!(now.starts_with("2027-01-15T08:0") && now.ends_with('Z'));
        assert_eq!(
            (&body["created_at"], &body["updated_at"]),
            (&json!(now), &json!(now)),
            "{name}"
        );
        // What is shown once is not shown again.
        if let Some(config) = body.get_mut("protocol_config").and_then(Value::as_object_mut) {
            assert!(config.remove("client_secret").is_some());
        }
        body.as_object_mut().unwrap().remove("setup_link");
        let path = kind.one(&id);
        let read = admin.get(&path).await;
        assert_eq!((read.status, read.header("etag")), (200, "\"1\""), "{name}");
        assert_eq!(read.header("cache-control"), "no-store");
        assert_eq!(read.json(), json!({ name: body }), "{name}");
        // Changed, and changed to what it is already.
        app.advance_seconds(5);
        for _ in 0..2 {
            let changed = admin.send("PATCH", &path, &json!({ name: kind.change })).await;
            assert_eq!(
                (changed.status, changed.header("etag")),
                (200, "\"2\""),
                "{}",
                changed.body
            );
            let mut expected = body.clone();
            for (member, value) in kind.change.as_object().unwrap() {
                expected[member] = value.clone();
            }
            expected["updated_at"] = admin.read(&path, name).await["updated_at"].clone();
            assert_ne!(expected["updated_at"], body["updated_at"]);
            assert_eq!(changed.json(), json!({ name: expected }), "{name}");
            app.advance_seconds(5);
        }
        let listed = admin.get(&format!("{}?page_size=100", kind.path)).await;
        assert_eq!(listed.header("etag"), "");
        let listed = listed.json()[kind.list].as_array().unwrap().clone();
        let same: Vec<&Value> = listed.iter().filter(|r| r["id"] == body["id"]).collect();
        assert_eq!(same, [&admin.read(&path, name).await], "{name}");
        // An empty change changes nothing.
        let same = admin.send("PATCH", &path, &json!({ name: {} })).await;
        assert_eq!((same.status, same.header("etag")), (200, "\"2\""));
        admin.remove(&path).await;
        for answer in [
            admin.get(&path).await,
            admin.delete(&path).await,
            admin.send("PATCH", &path, &json!({ name: {} })).await,
        ] {
            assert_missing(&answer, name);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_or_elsewhere_is_missing_by_its_kind() {
    covers!("A-01", "O-340");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let of = |path: &str| format!("{REALM}{path}");
    for (method, path, kind) in [
        ("GET", of("/applications/nobody"), "application"),
        ("GET", of("/applications/management-api"), "application"),
        ("GET", of("/applications/a"), "application"),
        ("GET", of("/applications/APP-A"), "application"),
        ("GET", of("/applications/nobody/secrets"), "application"),
        ("POST", of("/applications/nobody/secrets"), "application"),
        ("DELETE", of("/applications/app-a/secrets/nothing"), "secret"),
        ("GET", of("/resource-servers/management"), "resource_server"),
        ("GET", of("/resource-servers/r3/credentials"), "resource_server"),
        ("POST", of("/resource-servers/r3/credentials"), "resource_server"),
        ("DELETE", of("/resource-servers/r1/credentials/r2-api"), "credential"),
        ("DELETE", of("/resource-servers/r1/credentials/nothing"), "credential"),
        ("GET", of("/resource-servers/r3/roles"), "resource_server"),
        ("GET", of("/resource-servers/r1/roles/super-administrators"), "role"),
        ("GET", of("/resource-servers/r1/roles/nothing/members"), "role"),
        ("POST", of("/resource-servers/r1/roles/nothing:clone"), "role"),
        ("GET", of("/identities/alice"), "identity"),
        ("GET", of("/identities/u2-alice"), "identity"),
        ("GET", of("/identities/nobody/roles"), "identity"),
        ("GET", of("/identities/nobody/groups"), "identity"),
        ("DELETE", of("/identities/nobody/sessions"), "identity"),
        ("GET", of("/groups/nothing"), "group"),
        ("GET", of("/groups/nothing/members"), "group"),
        ("GET", of("/groups/nothing/roles"), "group"),
        ("DELETE", of("/signing-keys/nothing"), "signing_key"),
        ("GET", of("/events/0"), "event"),
        ("GET", of("/events/1e3"), "event"),
        ("GET", "/v1/tenants/nobody".into(), "tenant"),
        ("DELETE", "/v1/tenants/nobody".into(), "tenant"),
        ("GET", "/v1/tenants/nobody/realms".into(), "tenant"),
        ("GET", "/v1/tenants/default/realms/nowhere".into(), "realm"),
        ("DELETE", "/v1/tenants/default/realms/nowhere".into(), "realm"),
    ] {
        let answer = admin.raw(method, &path, &[], None).await;
        assert_missing(&answer, kind);
    }
    let scopes = json!({"scopes": ["read"]});
    let path = of("/resource-servers/r2/roles/nothing:addScopes");
    assert_missing(&admin.send("POST", &path, &scopes).await, "role");
    // A role is found below its own resource server alone.
    let role = admin
        .create(&of("/resource-servers/r1/roles"), "role", json!({"display_name": "R"}))
        .await;
    let path = of(&format!("/resource-servers/r2/roles/{}", text(&role["id"])));
    assert_missing(&admin.get(&path).await, "role");
    assert_missing(&admin.delete(&path).await, "role");
}

#[tokio::test]
async fn what_something_else_hangs_on_stays() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let of = |path: &str| format!("{REALM}{path}");
    let roles = of("/resource-servers/r2/roles");
    let conflict = async |method: &str, path: &str, body: Value| {
        let before = super::admin::records(&app);
        let answer = admin.send(method, path, &body).await;
        answer.assert_management_error(409, "conflict");
        assert_eq!(super::admin::records(&app), before, "{path}");
    };
    // An application is linked to it; a role is of it.
    conflict("DELETE", &of("/resource-servers/r1"), Value::Null).await;
    let role = admin
        .create(&roles, "role", json!({"display_name": "R", "scopes": ["other"]}))
        .await;
    let role = format!("{roles}/{}", text(&role["id"]));
    conflict("DELETE", &of("/resource-servers/r2"), Value::Null).await;
    // A role with scopes, with users, with groups.
    conflict("DELETE", &role, Value::Null).await;
    admin
        .perform(&format!("{role}:deleteScopes"), json!({"scopes": ["other"]}))
        .await;
    let group = admin
        .create(&of("/groups"), "group", json!({"display_name": "G"}))
        .await;
    for members in [
        json!({"identity_ids": ["u-alice"]}),
        json!({"group_ids": [group["id"]]}),
    ] {
        admin.perform(&format!("{role}:addMembers"), members.clone()).await;
        conflict("DELETE", &role, Value::Null).await;
        admin.perform(&format!("{role}:deleteMembers"), members).await;
    }
    admin.remove(&role).await;
    admin.remove(&of("/resource-servers/r2")).await;
    // Places nobody could get back.
    for path in [
        "/v1/tenants/default/realms/admin",
        "/v1/tenants/default/realms/main",
        "/v1/tenants/default",
    ] {
        conflict("DELETE", path, Value::Null).await;
    }
    let off = |name: &str| json!({ name: {"enabled": false} });
    conflict("PATCH", "/v1/tenants/default/realms/admin", off("realm")).await;
    conflict("PATCH", "/v1/tenants/default", off("tenant")).await;
    // A public application has no secret; nobody has more than ten.
    conflict("POST", &of("/applications/app-p/secrets"), json!({})).await;
    let credentials = of("/resource-servers/r1/credentials");
    for _ in 1..10 {
        admin.perform(&credentials, json!({})).await;
    }
    conflict("POST", &credentials, json!({})).await;
    let secrets = of("/applications/app-a/secrets");
    for _ in 1..10 {
        admin.perform(&secrets, json!({})).await;
    }
    conflict("POST", &secrets, json!({})).await;
    // A key that is revoked.
    let keys = admin.get(&of("/signing-keys")).await.json()["signing_keys"].clone();
    let key = of(&format!("/signing-keys/{}", text(&keys[0]["kid"])));
    admin.remove(&key).await;
    conflict("DELETE", &key, Value::Null).await;
}

#[tokio::test]
async fn the_last_who_may_do_everything_stays_whichever_way_they_would_go() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let of = |path: &str| format!("{}{path}", crate::app::ADMIN);
    let role = of("/resource-servers/management/roles/super-administrators");
    let refused = async |method: &str, path: &str, body: Value| {
        let before = super::admin::records(&app);
        admin
            .send(method, path, &body)
            .await
            .assert_management_error(409, "conflict");
        assert_eq!(super::admin::records(&app), before, "{path}");
    };
    let first = json!({"identity_ids": ["admin"]});
    let off = json!({"identity": {"enabled": false}});
    let all = async |user: &str| {
        refused(
            "POST",
            &format!("{role}:deleteMembers"),
            json!({"identity_ids": [user]}),
        )
        .await;
        refused("DELETE", &of(&format!("/identities/{user}")), Value::Null).await;
        refused("PATCH", &of(&format!("/identities/{user}")), off.clone()).await;
    };
    all("admin").await;
    // One who is disabled is none, nor is a group of nobody.
    let carol = json!({"username": "carol", "enabled": false});
    let carol = text(&admin.create(&of("/identities"), "identity", carol).await["id"]);
    let group = admin
        .create(&of("/groups"), "group", json!({"display_name": "G"}))
        .await;
    let group = text(&group["id"]);
    let more = json!({"identity_ids": [carol], "group_ids": [group]});
    admin.perform(&format!("{role}:addMembers"), more).await;
    all("admin").await;
    // Somebody in the group is one; then the first can go.
    let dave = json!({"username": "dave"});
    let dave = text(&admin.create(&of("/identities"), "identity", dave).await["id"]);
    let of_group = json!({"identity_ids": [dave]});
    let members = of(&format!("/groups/{group}"));
    admin.perform(&format!("{members}:addMembers"), of_group.clone()).await;
    admin.perform(&format!("{role}:deleteMembers"), first).await;
    admin.remove(&of("/identities/admin")).await;
    refused("DELETE", &members, Value::Null).await;
    refused("POST", &format!("{members}:deleteMembers"), of_group).await;
    refused("POST", &format!("{role}:deleteMembers"), json!({"group_ids": [group]})).await;
    refused("DELETE", &of(&format!("/identities/{dave}")), Value::Null).await;
    refused("PATCH", &of(&format!("/identities/{dave}")), off).await;
    // Elsewhere nobody is the last of anything.
    admin.remove(&format!("{REALM}/identities/u-alice")).await;
}
