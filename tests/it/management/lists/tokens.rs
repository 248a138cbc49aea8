//! Page tokens.
use super::ids;
use crate::app::{App, OTHER, REALM, encode};
use crate::management::admin::{Admin, assert_field};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_page_token_is_for_its_own_list_narrowed_alike_and_for_a_week() {
    covers!("O-341");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let (groups, roles) = (format!("{REALM}/groups"), format!("{REALM}/resource-servers/r1/roles"));
    for name in ["A", "B", "C"] {
        admin.create(&groups, "group", json!({"display_name": name})).await;
        admin.create(&roles, "role", json!({"display_name": name})).await;
    }
    let first = admin.get(&format!("{groups}?page_size=1")).await;
    let token = first.member("next_page_token");
    let with = |path: &str, more: &[(&str, &str)], token: &str| {
        let mut query = more.to_vec();
        query.push(("page_token", token));
        format!("{path}?{}", encode(&query))
    };
    let second = admin.get(&with(&groups, &[], &token)).await;
    assert_eq!(ids(&second.json(), "groups").len(), 2);
    // Another size goes on from the same place.
    let third = admin.get(&with(&groups, &[("page_size", "1")], &token)).await;
    assert_eq!(ids(&third.json(), "groups"), ids(&second.json(), "groups")[..1]);
    for foreign in [
        with(&groups, &[("display_name", "A")], &token),
        with(&roles, &[], &token),
        with(&format!("{REALM}/resource-servers/r2/roles"), &[], &token),
        with(&format!("{REALM}/applications"), &[], &token),
        with(&format!("{REALM}/identities/u-alice/groups"), &[], &token),
        with("/v1/tenants/default/realms/admin/groups", &[], &token),
        with("/v1/tenants", &[], &token),
        with(&format!("{REALM}/events"), &[], &token),
    ] {
        assert_field(&foreign, &admin.get(&foreign).await, "page_token");
    }
    let other = app.other_management_token("groups:read").await;
    let answer = app
        .manage("GET", &with(&format!("{OTHER}/groups"), &[], &token), &other)
        .await;
    assert_field("of the second tenant", &answer, "page_token");
    // A token for one filter is none for its neighbour.
    let off = json!({"application": {"enabled": false}});
    for id in ["app-a", "app-b"] {
        admin.send("PATCH", &format!("{REALM}/applications/{id}"), &off).await;
    }
    let applications = format!("{REALM}/applications");
    let narrowed = admin.get(&format!("{applications}?page_size=1&enabled=false")).await;
    let narrowed = narrowed.member("next_page_token");
    let good = with(&applications, &[("enabled", "false")], &narrowed);
    assert_eq!(admin.get(&good).await.status, 200);
    for more in [
        &[][..],
        &[("enabled", "true")],
        &[("enabled", "false"), ("client_id", "a")],
    ] {
        assert_field(
            "filter",
            &admin.get(&with(&applications, more, &narrowed)).await,
            "page_token",
        );
    }
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let edited = String::from_utf8(bytes).unwrap();
        let answer = admin.get(&with(&groups, &[], &edited)).await;
        assert_field(&edited, &answer, "page_token");
    }
    for edited in [
        &token[..token.len() - 1],
        &format!("{token}A"),
        &format!("{token}="),
        &token[1..],
    ] {
        assert_field(edited, &admin.get(&with(&groups, &[], edited)).await, "page_token");
    }
    app.advance_seconds(7 * 86_400 - 1);
    assert_eq!(admin.get(&with(&groups, &[], &token)).await.status, 200);
    app.advance_seconds(1);
    let answer = admin.get(&with(&groups, &[], &token)).await;
    assert_field("a week later", &answer, "page_token");
}
