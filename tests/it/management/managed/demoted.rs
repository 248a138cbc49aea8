//! Admins who lose their rights.
use crate::app::{ADMIN, App, Authorize, REALM};
use crate::management::admin::{Admin, client_of, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn an_admin_who_is_demoted_disabled_or_deleted_loses_the_rights_of_their_tokens() {
    covers!("O-252", "T-15");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let server = format!("{ADMIN}/resource-servers/management");
    let carol = json!({"username": "carol", "password": "carol-password"});
    let carol = text(&admin.create(&format!("{ADMIN}/identities"), "identity", carol).await["id"]);
    let role = format!("{server}/roles/application-administrators");
    let member = json!({"identity_ids": [carol]});
    admin.perform(&format!("{role}:addMembers"), member.clone()).await;
    for format in ["self_contained", "referential"] {
        let config = json!({
            "grant_type": ["authorization_code"],
            "redirect_uris": ["https://made.test/cb"],
            "allowed_scopes": ["applications:read", "applications:update", "identities:read"],
            "consent": "skip",
            "token_format": format,
            "token_configuration": {"token_signing_algorithm": "ES256"},
        });
        let new = json!({"display_name": "Console", "resource_server_id": "management", "protocol_config": config});
        let made = admin.create(&format!("{ADMIN}/applications"), "application", new).await;
        let request = Authorize::of("made")
            .under(ADMIN)
            .set("client_id", &text(&made["protocol_config"]["client_id"]))
            .set("scope", "applications:read applications:update identities:read");
        let token = async || {
            let code = app.browser().code_as(&request, "carol").await;
            let answer = client_of(&app, ADMIN, &made)
                .redeem(&code, "https://made.test/cb")
                .await;
            answer.assert_tokens();
            answer
        };
        let first = token().await;
        // No more than her role holds.
        assert_eq!(first.member("scope"), "applications:read applications:update");
        let bearer = first.member("access_token");
        let check = async |bearer: &str, status: u16| {
            beside.catch_up().await;
            for app in [&app, &beside] {
                let carol = Admin {
                    app,
                    bearer: bearer.to_owned(),
                };
                let answer = carol.get(&format!("{REALM}/applications")).await;
                assert_eq!(answer.status, status, "{}", answer.body);
                let same = json!({"application": {"enabled": true}});
                let answer = carol.send("PATCH", &format!("{REALM}/applications/app-b"), &same).await;
                assert_eq!(answer.status, status, "{}", answer.body);
            }
        };
        check(&bearer, 200).await;
        admin.perform(&format!("{role}:deleteMembers"), member.clone()).await;
        check(&bearer, 403).await;
        admin.perform(&format!("{role}:addMembers"), member.clone()).await;
        check(&bearer, 200).await;
        let identity = format!("{ADMIN}/identities/{carol}");
        for enabled in [false, true] {
            let change = json!({ "enabled": enabled });
            admin.change(&identity, "identity", change).await;
            check(&bearer, 401).await;
        }
        app.advance_seconds(1);
        let fresh = token().await.member("access_token");
        check(&fresh, 200).await;
        // By a group it is the same right, and the same loss.
        admin.perform(&format!("{role}:deleteMembers"), member.clone()).await;
        let group = json!({"display_name": format!("Group {format}")});
        let group = text(&admin.create(&format!("{ADMIN}/groups"), "group", group).await["id"]);
        let groups = json!({"group_ids": [group]});
        let path = format!("{ADMIN}/groups/{group}");
        admin.perform(&format!("{role}:addMembers"), groups).await;
        admin.perform(&format!("{path}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
        admin.perform(&format!("{path}:deleteMembers"), member.clone()).await;
        check(&fresh, 403).await;
        admin.perform(&format!("{path}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
        admin.remove(&path).await;
        check(&fresh, 403).await;
        admin.perform(&format!("{role}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
    }
    let last = format!("{ADMIN}/identities/{carol}");
    admin.remove(&last).await;
}
