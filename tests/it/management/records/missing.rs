//! What is not there.
use crate::app::{App, REALM};
use crate::management::admin::{Admin, assert_missing, text};
use grantor_tests::covers;
use serde_json::json;

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
