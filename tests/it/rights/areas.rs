//! Areas of a role (none, view, edit) are scopes, and scopes are areas again; a holder does what the level says (C-05).
use crate::app::{ADMIN, App, Portal};
use crate::management::Tried;
use grantor_protocol::management::areas::{AREAS, Level};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn set(scopes: &Value) -> BTreeSet<String> {
    let all = scopes.as_array().unwrap().iter();
    all.map(|s| s.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_level_of_every_area_is_scopes_and_back() {
    covers!("C-05", "T-12");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let roles = format!("{ADMIN}/resource-servers/management/roles");
    let body = json!({"role": {"display_name": "Delegated"}});
    let made = app.done(&bearer, "POST", &roles, &body).await;
    let path = format!("{roles}/{}", made["role"]["id"].as_str().unwrap());
    for area in AREAS {
        for level in [Level::Edit, Level::View, Level::None, Level::View] {
            let expected: BTreeSet<String> = area.scopes(level).map(str::to_owned).collect();
            let patch = json!({"role": {"areas": {area.name: level}}});
            let role = app.done(&bearer, "PATCH", &path, &patch).await;
            assert_eq!(set(&role["role"]["scopes"]), expected, "{} {level:?}", area.name);
            let shown = if area.edit.is_empty() && level == Level::Edit {
                Level::View
            } else {
                level
            };
            assert_eq!(role["role"]["areas"][area.name], json!(shown));
            let none = role["role"]["areas"]
                .as_object()
                .unwrap()
                .values()
                .filter(|l| **l == json!("none"))
                .count();
            assert_eq!(none, AREAS.len() - usize::from(shown != Level::None));
            // The same scopes by their names are the same role.
            let scopes = json!({"role": {"scopes": role["role"]["scopes"]}});
            let again = app.done(&bearer, "PATCH", &path, &scopes).await;
            assert_eq!(again["role"]["areas"], role["role"]["areas"]);
        }
        // What was viewed last goes, so that the next area stands alone.
        app.done(
            &bearer,
            "PATCH",
            &path,
            &json!({"role": {"areas": {area.name: "none"}}}),
        )
        .await;
    }
    for (areas, field) in [
        (json!({"scim": "edit"}), "role.areas.scim"),
        (json!({"users": "admin"}), "role.areas.users"),
        (json!({"users": 2}), "role.areas.users"),
        (json!(["users"]), "role.areas"),
    ] {
        let answer = app
            .ask(&bearer, "PATCH", &path, &json!({"role": {"areas": areas}}))
            .await;
        let details = answer.assert_management_error(400, "bad_request");
        assert_eq!(details[0]["field_violations"][0]["field"], field);
    }
    // Roles of other resource servers have none.
    let main = format!("{}/resource-servers/r1/roles", crate::app::REALM);
    let body = json!({"role": {"display_name": "Delegated", "areas": {"users": "view"}}});
    let answer = app.ask(&bearer, "POST", &main, &body).await;
    answer.assert_management_error(400, "bad_request");
}

#[tokio::test]
async fn a_level_lets_its_holder_do_what_it_says() {
    covers!("C-05", "O-246");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let roles = format!("{ADMIN}/resource-servers/management/roles");
    let mut cells = 0;
    for area in AREAS {
        for level in [Level::View, Level::Edit] {
            let name = format!("{}-{level:?}", area.name);
            let body = json!({"role": {"display_name": name, "areas": {area.name: level}}});
            let role = app.done(&bearer, "POST", &roles, &body).await;
            portal
                .user(&bearer, &name, &[role["role"]["id"].as_str().unwrap()])
                .await;
            let token = portal.token(&name, "").await;
            let scopes: BTreeSet<&str> = area.scopes(level).collect();
            for operation in Operation::ALL {
                let tried = Tried::of(*operation, "default", "main");
                match scopes.contains(tried.scope) {
                    true => tried.assert_let_in(&app, &token).await,
                    false => drop(tried.with(&app, &token).await.assert_management_error(403, "forbidden")),
                }
                cells += 1;
            }
        }
    }
    println!("cells: {cells}");
}
