//! What the server made stays as it is.
use crate::app::{ADMIN, App, REALM};
use crate::management::admin::{Admin, assert_field, records, text};
use grantor_protocol::management::RESERVED_IDENTIFIER;
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn what_the_server_made_is_neither_changed_nor_deleted() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = records(&app);
    let server = format!("{ADMIN}/resource-servers/management");
    let forbidden = async |method: &str, path: &str, body: Value| {
        let answer = admin.send(method, path, &body).await;
        answer.assert_management_error(403, "forbidden");
        assert_eq!(records(&app), before, "{method} {path}");
    };
    for (path, name, change) in [
        (
            format!("{ADMIN}/applications/management-api"),
            "application",
            json!({"display_name": "Mine"}),
        ),
        (server.clone(), "resource_server", json!({"scopes": []})),
        (
            format!("{server}/roles/super-administrators"),
            "role",
            json!({"scopes": []}),
        ),
        (
            format!("{server}/roles/read-only"),
            "role",
            json!({"display_name": "Mine"}),
        ),
    ] {
        assert_eq!(admin.read(&path, name).await["is_managed"], true);
        for members in [change, json!({})] {
            forbidden("PATCH", &path, json!({ name: members })).await;
        }
        forbidden("DELETE", &path, Value::Null).await;
    }
    let role = format!("{server}/roles/read-only");
    forbidden(
        "POST",
        &format!("{role}:addScopes"),
        json!({"scopes": ["roles:update"]}),
    )
    .await;
    forbidden(
        "POST",
        &format!("{role}:deleteScopes"),
        json!({"scopes": ["roles:read"]}),
    )
    .await;
    forbidden("POST", &format!("{server}/credentials"), json!({})).await;
    // The reserved identifier is nobody else's, in whatever realm.
    for prefix in [REALM, ADMIN] {
        let mine = json!({"display_name": "Mine", "identifier": RESERVED_IDENTIFIER});
        let path = format!("{prefix}/resource-servers");
        let answer = admin.send("POST", &path, &json!({"resource_server": mine})).await;
        let fields = crate::management::admin::fields(&answer);
        assert!(fields.iter().all(|f| f == "resource_server.identifier"), "{fields:?}");
    }
    let body = json!({"resource_server": {"identifier": RESERVED_IDENTIFIER}});
    let answer = admin
        .send("PATCH", &format!("{REALM}/resource-servers/r1"), &body)
        .await;
    assert_field("r1", &answer, "resource_server.identifier");
    assert_eq!(records(&app), before);
    // A built-in role can be copied; the copy is like any other.
    let answer = admin.raw("POST", &format!("{role}:clone"), &[], None).await;
    let copy = answer.json()["role"].clone();
    assert_eq!(
        (&copy["display_name"], &copy["is_managed"]),
        (&json!("Copy of Read Only"), &json!(false)),
        "{}",
        answer.body
    );
    assert_eq!(copy["scopes"], admin.read(&role, "role").await["scopes"]);
    let named = json!({"role": {"display_name": "Auditors", "scopes": ["events:read"]}});
    let answer = admin.send("POST", &format!("{role}:clone"), &named).await;
    assert_eq!(
        answer.json()["role"]["scopes"],
        json!(["events:read"]),
        "{}",
        answer.body
    );
    let copy = format!("{server}/roles/{}", text(&copy["id"]));
    let changed = admin
        .change(&copy, "role", json!({"areas": {"applications": "edit"}}))
        .await;
    assert_eq!(
        (&changed["areas"]["applications"], &changed["areas"]["users"]),
        (&json!("edit"), &json!("view"))
    );
    admin.change(&copy, "role", json!({"scopes": []})).await;
    admin.remove(&copy).await;
}
