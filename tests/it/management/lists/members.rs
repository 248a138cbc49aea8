//! Members by pages.
use super::{make, walk};
use crate::app::{App, REALM, encode};
use crate::management::admin::{Admin, text};
use crate::management::records::kinds;
use serde_json::json;

#[tokio::test]
async fn members_are_listed_by_pages_too() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let group = admin
        .create(&format!("{REALM}/groups"), "group", json!({"display_name": "G"}))
        .await;
    let group = format!("{REALM}/groups/{}", text(&group["id"]));
    let roles = format!("{REALM}/resource-servers/r1/roles");
    let role = admin.create(&roles, "role", json!({"display_name": "R"})).await;
    let role = format!("{roles}/{}", text(&role["id"]));
    let users = kinds().into_iter().find(|k| k.name == "identity").unwrap();
    let mut users = make(&admin, &users, 0..7).await;
    users.push("u-alice".into());
    for at in [&group, &role] {
        admin
            .perform(&format!("{at}:addMembers"), json!({ "identity_ids": users }))
            .await;
    }
    users.sort();
    for size in ["1", "3", "8", "100"] {
        let path = format!("{group}/members");
        let (_, seen) = walk(&admin, (&path, "identities"), &[("page_size", size)]).await;
        assert_eq!(seen, users, "{size}");
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let mut query = vec![("page_size", size)];
            query.extend((!token.is_empty()).then_some(("page_token", token.as_str())));
            let page = admin.get(&format!("{role}/members?{}", encode(&query))).await;
            let body = page.json();
            seen.extend(body["identity_ids"].as_array().unwrap().iter().map(text));
            assert_eq!(body["group_ids"], json!([]));
            token = page.member("next_page_token");
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, users, "{size}");
    }
    // And the other way round.
    let groups = admin.get(&format!("{REALM}/identities/u-alice/groups")).await.json();
    assert_eq!(groups["groups"].as_array().unwrap().len(), 1);
    for at in [format!("{REALM}/identities/u-alice/roles"), format!("{group}/roles")] {
        let held = admin.get(&at).await.json();
        let expected = usize::from(at.contains("u-alice"));
        assert_eq!(held["roles"].as_array().unwrap().len(), expected, "{at}");
    }
}

#[tokio::test]
async fn every_group_in_a_role_is_told_and_exported_however_many() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let roles = format!("{REALM}/resource-servers/r1/roles");
    let role = admin.create(&roles, "role", json!({"display_name": "Many"})).await;
    let role = text(&role["id"]);
    app.sql(|on| {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                   INSERT INTO role_group (tenant, realm, role, group_id) SELECT 'default', 'main', ?1, 'g' || i FROM n";
        on.execute(sql, [&role])
    });
    let members = admin.get(&format!("{roles}/{role}/members")).await.json();
    assert_eq!(members["group_ids"].as_array().unwrap().len(), 2000);
    let key = grantor_protocol::issuer::RealmKey::new("default", "main");
    let exported = grantor_flows::export::export(&app.deps, &key).await.unwrap().unwrap();
    let entry = exported.roles.iter().find(|r| r["id"] == role.as_str()).unwrap();
    assert_eq!(entry["groups"].as_array().unwrap().len(), 2000);
}
