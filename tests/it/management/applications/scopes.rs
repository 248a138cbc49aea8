//! What the resource server bounds.
use super::{path, refused};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, assert_field, client_of, machine, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn the_resource_server_bounds_what_an_application_may_be_allowed() {
    covers!("A-13", "A-14", "A-16");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let server = json!({"display_name": "S", "identifier": "https://s.test", "scopes": ["one", "two"]});
    let server = admin
        .create(&format!("{REALM}/resource-servers"), "resource_server", server)
        .await;
    let server_path = format!("{REALM}/resource-servers/{}", text(&server["id"]));
    for wrong in [&["other"][..], &["read", "other"], &["Read"], &["openid"], &[""]] {
        refused(&admin, "app-m", json!({"allowed_scopes": wrong}), "allowed_scopes").await;
    }
    let list = format!("{REALM}/applications");
    let mut new = machine("Machine");
    new["resource_server_id"] = server["id"].clone();
    // Scopes of another server, and scopes without a server.
    let answer = admin.send("POST", &list, &json!({"application": new})).await;
    assert_field("read", &answer, "application.protocol_config.allowed_scopes");
    new["protocol_config"]["allowed_scopes"] = json!(["one", "two"]);
    let mut alone = new.clone();
    alone["resource_server_id"] = json!(null);
    let answer = admin.send("POST", &list, &json!({"application": alone})).await;
    assert_field("alone", &answer, "application.protocol_config.allowed_scopes");
    let made = admin.create(&list, "application", new).await;
    let client = client_of(&app, "", &made);
    let granted = async |scope: &str| {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend((!scope.is_empty()).then_some(("scope", scope)));
        let answer = client.token(&form).await;
        match answer.status {
            200 => Ok(answer.member("scope")),
            _ => Err(answer.member("error")),
        }
    };
    assert_eq!(granted("").await, Ok("one two".into()));
    assert_eq!(granted("two").await, Ok("two".into()));
    for strange in ["read", "one read", "three"] {
        assert_eq!(granted(strange).await, Err("invalid_scope".into()), "{strange}");
    }
    // What the server loses is granted no more, and its roles lose it.
    let roles = format!("{server_path}/roles");
    let role = json!({"display_name": "R", "scopes": ["one", "two"]});
    let role = admin.create(&roles, "role", role).await;
    let role = format!("{roles}/{}", text(&role["id"]));
    admin
        .change(&server_path, "resource_server", json!({"scopes": ["one"]}))
        .await;
    assert_eq!(granted("").await, Ok("one".into()));
    assert_eq!(granted("two").await, Err("invalid_scope".into()));
    assert_eq!(admin.read(&role, "role").await["scopes"], json!(["one"]));
    // Unlinked, nothing is allowed, and no scope is everything there is.
    let id = text(&made["id"]);
    for member in ["resource_server_id", "resource_server"] {
        let unlinked = admin.change(&path(&id), "application", json!({ member: null })).await;
        assert!(unlinked.get("resource_server_id").is_none());
        assert_eq!(unlinked["protocol_config"]["allowed_scopes"], json!([]));
        assert_eq!(granted("").await, Ok(String::new()));
        assert!(granted("one").await.is_err());
        let scopes = json!({"allowed_scopes": ["one"]});
        refused(&admin, &id, scopes.clone(), "allowed_scopes").await;
        let linked = json!({"resource_server_id": server["id"], "protocol_config": scopes});
        admin.change(&path(&id), "application", linked).await;
        assert_eq!(granted("").await, Ok("one".into()));
    }
}
