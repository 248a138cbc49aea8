//! Resource servers whose scopes roles bound, made by two doors.
use crate::app::{App, REALM};
use serde_json::{Value, json};

pub(super) const APPLIED: &str = r#"
tenant = "default"
realm = "main"
[[resource_servers]]
id = "applied"
identifier = "https://applied.test"
display_name = "Applied"
role_bounded = true
scopes = [{ name = "read", title = "Read them all" }, { name = "write", title = "Write them all" }, { name = "tokens:delete", title = "End them all" }]
[[groups]]
id = "applied-group"
display_name = "Applied group"
[[roles]]
id = "applied-reader"
display_name = "Applied reader"
resource_server_id = "applied"
scopes = ["read"]
[[roles]]
id = "applied-writer"
display_name = "Applied writer"
resource_server_id = "applied"
scopes = ["write"]
groups = ["applied-group"]
"#;

/// Makes the same through the API that the document makes; the ids of server, reader, writer and group.
pub(super) async fn through_the_api(app: &App, bearer: &str) -> [String; 4] {
    let make = async |path: &str, name: &str, body: Value| -> String {
        let made = app
            .done(bearer, "POST", &format!("{REALM}{path}"), &json!({ name: body }))
            .await;
        made[name]["id"].as_str().unwrap().to_owned()
    };
    let scopes = json!([
        {"name": "read", "title": "Read them all"},
        {"name": "write", "title": "Write them all"},
        {"name": "tokens:delete", "title": "End them all"},
    ]);
    let body =
        json!({"display_name": "Made", "identifier": "https://made.test", "role_bounded": true, "scopes": scopes});
    let server = make("/resource-servers", "resource_server", body).await;
    let roles = format!("/resource-servers/{server}/roles");
    let reader = make(&roles, "role", json!({"display_name": "Reader", "scopes": ["read"]})).await;
    let writer = make(&roles, "role", json!({"display_name": "Writer", "scopes": ["write"]})).await;
    let group = make("/groups", "group", json!({"display_name": "Group"})).await;
    let members = format!("{REALM}{roles}/{writer}:addMembers");
    app.done(bearer, "POST", &members, &json!({"group_ids": [group]})).await;
    [server, reader, writer, group]
}
