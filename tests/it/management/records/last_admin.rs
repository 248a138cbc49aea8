//! The last who may do everything.
use crate::app::{App, REALM};
use crate::management::admin::{Admin, text};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn the_last_who_may_do_everything_stays_whichever_way_they_would_go() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let of = |path: &str| format!("{}{path}", crate::app::ADMIN);
    let role = of("/resource-servers/management/roles/super-administrators");
    let refused = async |method: &str, path: &str, body: Value| {
        let before = crate::management::admin::records(&app);
        admin
            .send(method, path, &body)
            .await
            .assert_management_error(409, "conflict");
        assert_eq!(crate::management::admin::records(&app), before, "{path}");
    };
    let first = json!({"identity_ids": ["admin"]});
    let off = json!({"identity": {"enabled": false}});
    let all = async |user: &str| {
        refused(
            "POST",
            &format!("{role}:deleteMembers"),
            json!({"identity_ids": [user]}),
        )
        .await;
        refused("DELETE", &of(&format!("/identities/{user}")), Value::Null).await;
        refused("PATCH", &of(&format!("/identities/{user}")), off.clone()).await;
    };
    all("admin").await;
    // One who is disabled is none, nor is a group of nobody.
    let carol = json!({"username": "carol", "enabled": false});
    let carol = text(&admin.create(&of("/identities"), "identity", carol).await["id"]);
    let group = admin
        .create(&of("/groups"), "group", json!({"display_name": "G"}))
        .await;
    let group = text(&group["id"]);
    let more = json!({"identity_ids": [carol], "group_ids": [group]});
    admin.perform(&format!("{role}:addMembers"), more).await;
    all("admin").await;
    // Somebody in the group is one; then the first can go.
    let dave = json!({"username": "dave"});
    let dave = text(&admin.create(&of("/identities"), "identity", dave).await["id"]);
    let of_group = json!({"identity_ids": [dave]});
    let members = of(&format!("/groups/{group}"));
    admin.perform(&format!("{members}:addMembers"), of_group.clone()).await;
    admin.perform(&format!("{role}:deleteMembers"), first).await;
    admin.remove(&of("/identities/admin")).await;
    refused("DELETE", &members, Value::Null).await;
    refused("POST", &format!("{members}:deleteMembers"), of_group).await;
    refused("POST", &format!("{role}:deleteMembers"), json!({"group_ids": [group]})).await;
    refused("DELETE", &of(&format!("/identities/{dave}")), Value::Null).await;
    refused("PATCH", &of(&format!("/identities/{dave}")), off).await;
    // Elsewhere nobody is the last of anything.
    admin.remove(&format!("{REALM}/identities/u-alice")).await;
}
