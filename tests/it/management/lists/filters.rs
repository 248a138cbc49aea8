//! Filters.
use super::walk;
use crate::app::{App, REALM, encode};
use crate::management::admin::{Admin, assert_field, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_filter_finds_what_is_exactly_so() {
    covers!("O-340", "O-342");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    admin
        .create(&format!("{REALM}/groups"), "group", json!({"display_name": "Staff"}))
        .await;
    let roles = format!("{REALM}/resource-servers/r1/roles");
    let role = admin.create(&roles, "role", json!({"display_name": "Readers"})).await;
    let role = text(&role["id"]);
    let check = async |path: &str, list: &str, query: &[(&str, &str)], expected: &[&str]| {
        let place = format!("{REALM}{path}");
        let (_, mut seen) = walk(&admin, (&place, list), query).await;
        seen.sort();
        assert_eq!(seen, expected, "{path} {query:?}");
    };
    let apps = async |query: &[(&str, &str)], expected: &[&str]| {
        check("/applications", "applications", query, expected).await;
    };
    apps(&[("client_id", "a")], &["app-a"]).await;
    apps(&[("display_name", "Application A")], &["app-a"]).await;
    apps(&[("enabled", "false")], &["app-off"]).await;
    apps(&[("enabled", "true"), ("client_id", "off")], &[]).await;
    apps(
        &[("enabled", "false"), ("client_id", "off"), ("resource_server_id", "r1")],
        &["app-off"],
    )
    .await;
    apps(&[("resource_server_id", "r2")], &[]).await;
    for wrong in ["A", "app-a", "%", "_", "a%", "' OR '1'='1", "application a"] {
        apps(&[("client_id", wrong)], &[]).await;
        apps(&[("display_name", wrong)], &[]).await;
        apps(&[("resource_server_id", wrong)], &[]).await;
    }
    let users = async |query: &[(&str, &str)], expected: &[&str]| {
        check("/identities", "identities", query, expected).await;
    };
    users(&[("username", "alice")], &["u-alice"]).await;
    users(&[("email", "alice@example.test")], &["u-alice"]).await;
    users(&[("username", "alice"), ("email", "bob@example.test")], &[]).await;
    users(&[("enabled", "false")], &["u-disabled"]).await;
    for wrong in ["%", "_lice", "ali%", "u-alice", "' OR '1'='1", "alic", "alice "] {
        users(&[("username", wrong)], &[]).await;
        users(&[("email", wrong)], &[]).await;
    }
    check(
        "/resource-servers",
        "resource_servers",
        &[("identifier", "https://r1.test")],
        &["r1"],
    )
    .await;
    check(
        "/resource-servers",
        "resource_servers",
        &[("identifier", "https://%")],
        &[],
    )
    .await;
    check(
        "/resource-servers/r1/roles",
        "roles",
        &[("display_name", "Readers")],
        &[&role],
    )
    .await;
    check(
        "/resource-servers/r2/roles",
        "roles",
        &[("display_name", "Readers")],
        &[],
    )
    .await;
    check("/groups", "groups", &[("display_name", "%")], &[]).await;
    for (path, filter) in [("/applications", "enabled"), ("/identities", "enabled")] {
        for wrong in ["yes", "1", "TRUE", "'", "true "] {
            let query = encode(&[(filter, wrong)]);
            let answer = admin.get(&format!("{REALM}{path}?{query}")).await;
            assert_field(wrong, &answer, filter);
        }
    }
}
