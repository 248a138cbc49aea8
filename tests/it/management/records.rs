//! Every kind of record: made, read, changed and deleted, and what the answers look like.
mod conflicts;
mod last_admin;
mod life;
mod missing;

use super::admin::{Admin, text};
use crate::app::{App, REALM};
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
async fn an_address_that_is_new_is_not_verified() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let path = format!("{REALM}/identities");
    let made = admin
        .create(
            &path,
            "identity",
            json!({"username": "moves", "email": "old@a.test", "email_verified": true}),
        )
        .await;
    assert_eq!(made["email_verified"], true);
    let one = format!("{path}/{}", text(&made["id"]));
    for (change, verified) in [
        (json!({"email": "old@a.test"}), true),
        (json!({"email": "new@a.test"}), false),
        (json!({"email_verified": true}), true),
        (json!({"email": "newer@a.test", "email_verified": true}), true),
        (json!({"email": null}), false),
    ] {
        let changed = admin.change(&one, "identity", change.clone()).await;
        assert_eq!(changed["email_verified"], verified, "{change}");
    }
}

#[tokio::test]
async fn a_list_is_no_object() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let path = format!("{REALM}/identities/u-alice");
    let before = admin.get(&path).await.body;
    for (profile, field) in [
        (json!([]), "identity.profile"),
        (json!(["Hacked"]), "identity.profile"),
        (json!({"address": ["a", "b", "c"]}), "identity.profile.address"),
        (json!({"address": []}), "identity.profile.address"),
    ] {
        let answer = admin
            .send("PATCH", &path, &json!({"identity": {"profile": profile}}))
            .await;
        let details = answer.assert_management_error(400, "bad_request");
        assert_eq!(details[0]["field_violations"][0]["field"], field, "{profile}");
    }
    assert_eq!(admin.get(&path).await.body, before);
    let body = json!({"resource_server": {"display_name": "A", "identifier": "https://list.test", "scopes": [["a", "b", "c"]]}});
    let answer = admin.send("POST", &format!("{REALM}/resource-servers"), &body).await;
    answer.assert_management_error(400, "bad_request");
}
