//! What stays because something hangs on it.
use crate::app::{App, REALM};
use crate::management::admin::{Admin, text};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn what_something_else_hangs_on_stays() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let of = |path: &str| format!("{REALM}{path}");
    let roles = of("/resource-servers/r2/roles");
    let conflict = async |method: &str, path: &str, body: Value| {
        let before = crate::management::admin::records(&app);
        let answer = admin.send(method, path, &body).await;
        answer.assert_management_error(409, "conflict");
        assert_eq!(crate::management::admin::records(&app), before, "{path}");
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
