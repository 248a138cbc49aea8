//! What no name can be.
use super::{assert_refused, is_control};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, fields};
use crate::management::records::kinds;
use crate::oauth::hostile_text::{HOSTILE, all, check, kept};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn what_no_name_can_be_is_refused_by_its_field() {
    covers!("O-340");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = kept(&app);
    let long = "x".repeat(10_000);
    let bad: Vec<&str> = HOSTILE
        .iter()
        .copied()
        .filter(|t| is_control(t))
        .chain([long.as_str()])
        .collect();
    let one = |name: &str| kinds().into_iter().find(|k| k.name == name).unwrap();
    for (kind, at) in [
        ("application", "/display_name"),
        ("application", "/resource_server_id"),
        ("application", "/protocol_config/type"),
        ("application", "/protocol_config/client_uri"),
        ("application", "/protocol_config/redirect_uris/0"),
        ("application", "/protocol_config/token_format"),
        ("resource_server", "/display_name"),
        ("resource_server", "/identifier"),
        ("role", "/display_name"),
        ("identity", "/username"),
        ("identity", "/email"),
        ("identity", "/profile/name"),
        ("identity", "/profile/website"),
        ("group", "/display_name"),
        ("realm", "/id"),
        ("realm", "/display_name"),
        ("tenant", "/id"),
        ("tenant", "/display_name"),
    ] {
        let kind = one(kind);
        for text in &bad {
            let mut members = kind.new_record(1);
            let (inside, member) = at.rsplit_once('/').unwrap();
            let place = members.pointer_mut(inside).unwrap();
            match member {
                "0" => place[0] = json!(text),
                member => place[member] = json!(text),
            }
            let answer = admin.send("POST", &kind.path, &json!({ kind.name: members })).await;
            let field = format!("{}{}", kind.name, at.replace("/0", "[0]").replace('/', "."));
            assert_refused(at, &answer, &field);
        }
    }
    // Member names, scopes, members of groups and roles: anything at all.
    for text in all() {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        let answer = admin
            .send("POST", &format!("{REALM}/groups"), &json!({ text.as_str(): {} }))
            .await;
        check("member", &answer);
        assert_eq!(fields(&answer), [shown]);
        let body = json!({"group": {"display_name": "G", text.as_str(): 1}});
        let answer = admin.send("POST", &format!("{REALM}/groups"), &body).await;
        check("inner member", &answer);
        assert_eq!(answer.status, 400);
        let role = json!({"role": {"display_name": "R", "scopes": [text]}});
        let answer = admin
            .send("POST", &format!("{REALM}/resource-servers/r1/roles"), &role)
            .await;
        assert_refused("scope of a role", &answer, "role.scopes[0]");
        let mut application = one("application").new_record(1);
        application["resource_server_id"] = json!("r1");
        application["protocol_config"]["allowed_scopes"] = json!([text]);
        let body = json!({"application": application});
        let answer = admin.send("POST", &format!("{REALM}/applications"), &body).await;
        assert_refused("scope", &answer, "application.protocol_config.allowed_scopes");
        let body = json!({"application": {"resource_server_id": text}});
        let answer = admin
            .send("PATCH", &format!("{REALM}/applications/app-p2"), &body)
            .await;
        assert_refused("server", &answer, "application.resource_server_id");
    }
    assert_eq!(kept(&app), before);
}
