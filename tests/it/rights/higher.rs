//! The built-in roles: edited by nobody, copied by whoever holds as much.
use crate::app::{App, Portal};
use crate::apply::{assert_unsaved, saved};
use grantor_tests::covers;
use serde_json::{Value, json};

const BUILT_IN: [&str; 5] = [
    "super-administrators",
    "security-administrators",
    "application-administrators",
    "user-administrators",
    "read-only",
];

#[tokio::test]
async fn built_in_roles_are_edited_by_nobody_and_copied_by_their_equals() {
    covers!("O-245", "T-12");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    portal.user(&bearer, "security", &["security-administrators"]).await;
    let security = portal.token("security", "").await;
    let before = saved(&app);
    for role in BUILT_IN {
        let path = portal.role(role);
        for (method, path, body) in [
            ("PATCH", path.clone(), json!({"role": {"display_name": "Mine"}})),
            ("PATCH", path.clone(), json!({"role": {"areas": {"users": "none"}}})),
            ("DELETE", path.clone(), Value::Null),
            (
                "POST",
                format!("{path}:addScopes"),
                json!({"scopes": ["tenants:delete"]}),
            ),
            (
                "POST",
                format!("{path}:deleteScopes"),
                json!({"scopes": ["events:read"]}),
            ),
        ] {
            for token in [&bearer, &security] {
                let answer = app.ask(token, method, &path, &body).await;
                assert!(matches!(answer.status, 403 | 409), "{method} {path}: {}", answer.body);
            }
        }
        let document = format!(
            "tenant = 'default'\nrealm = 'admin'\n[[roles]]\nid = '{role}'\nresource_server_id = 'management'\ndisplay_name = 'Mine'"
        );
        let refused = app.apply(&document).await.expect_err(role);
        assert!(refused.contains("roles[0].id"), "{refused}");
    }
    assert_unsaved(&app, &before, "edits of built-in roles");
    for role in BUILT_IN {
        let path = format!("{}:clone", portal.role(role));
        let may = matches!(role, "security-administrators" | "read-only");
        let answer = app.ask(&security, "POST", &path, &Value::Null).await;
        assert_eq!(answer.status, if may { 200 } else { 403 }, "{role}: {}", answer.body);
        let name = json!({"role": {"display_name": format!("Copied {role}")}});
        let copied = app.done(&bearer, "POST", &path, &name).await;
        let of = app.done(&bearer, "GET", &portal.role(role), &Value::Null).await;
        for member in ["scopes", "areas", "description"] {
            assert_eq!(copied["role"][member], of["role"][member], "{role}");
        }
        assert_eq!(copied["role"]["is_managed"], false);
        let id = copied["role"]["id"].as_str().unwrap();
        app.done(
            &bearer,
            "PATCH",
            &portal.role(id),
            &json!({"role": {"areas": {"audit": "none"}}}),
        )
        .await;
    }
}
