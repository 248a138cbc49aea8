//! Lists: keyset pages to the end, filters that are exact, and parameters that are refused rather than ignored.
use super::admin::{Admin, assert_field, text};
use super::records::{Kind, kinds};
use crate::app::{App, OTHER, REALM, base64url, encode};
use grantor_tests::covers;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[track_caller]
fn ids(page: &Value, list: &str) -> Vec<String> {
    let all = page[list].as_array().unwrap_or_else(|| panic!("no {list}: {page}"));
    all.iter().map(|r| text(&r["id"])).collect()
}

/// Every page of a list; how many there were, and what stood on them.
async fn walk(admin: &Admin<'_>, (path, list): (&str, &str), query: &[(&str, &str)]) -> (usize, Vec<String>) {
    let (mut all, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let mut query = query.to_vec();
        query.extend((!token.is_empty()).then_some(("page_token", token.as_str())));
        let answer = admin.get(&format!("{path}?{}", encode(&query))).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        all.extend(ids(&answer.json(), list));
        pages += 1;
        token = answer.member("next_page_token");
        if token.is_empty() {
            assert!(answer.json().get("next_page_token").is_none());
            return (pages, all);
        }
    }
}

async fn make(admin: &Admin<'_>, kind: &Kind, numbers: std::ops::Range<usize>) -> Vec<String> {
    let mut made = Vec::new();
    for number in numbers {
        // Three of every millisecond.
        if number % 3 == 0 {
            admin.app.advance_seconds(1);
        }
        let record = admin.create(&kind.path, kind.name, kind.new_record(number)).await;
        made.push(text(&record["id"]));
    }
    made
}

#[tokio::test]
async fn pages_lead_to_the_end_of_every_list_without_a_gap_or_a_repetition() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let place = (kind.path.as_str(), kind.list);
        let (_, there) = walk(&admin, place, &[("page_size", "100")]).await;
        let made = make(&admin, &kind, 0..7).await;
        let expected: BTreeSet<String> = there.iter().chain(&made).cloned().collect();
        for size in [1, 2, 100] {
            let (pages, seen) = walk(&admin, place, &[("page_size", &size.to_string())]).await;
            assert_eq!(seen.len(), expected.len(), "{}", kind.name);
            assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), expected);
            assert_eq!(pages, expected.len().div_ceil(size).max(1), "{} {size}", kind.name);
            // Newest first: those that were there stand behind, the new ones by threes.
            let newest: BTreeSet<&String> = seen[..1].iter().collect();
            assert!(newest.is_subset(&made[6..].iter().collect()), "{}", kind.name);
            let older = there.is_empty() || !made.contains(&seen[7]);
            assert!(made.contains(&seen[6]) && older, "{}", kind.name);
        }
        // What is made or deleted meanwhile neither hides nor repeats anything of what was there.
        let first = admin.get(&format!("{}?page_size=2", kind.path)).await;
        let mut seen = ids(&first.json(), kind.list);
        let (mut token, mut round) = (first.member("next_page_token"), 0);
        let unseen: Vec<String> = made.iter().filter(|id| !seen.contains(id)).cloned().collect();
        let gone = unseen.last().unwrap().clone();
        while !token.is_empty() {
            match round {
                0 => drop(make(&admin, &kind, 100..102).await),
                1 => admin.remove(&kind.one(&seen[seen.len() - 1])).await,
                2 => admin.remove(&kind.one(&seen[0])).await,
                _ => {}
            }
            if round == 0 {
                admin.remove(&kind.one(&gone)).await;
            }
            round += 1;
            let query = encode(&[("page_size", "2"), ("page_token", &token)]);
            let next = admin.get(&format!("{}?{query}", kind.path)).await;
            assert_eq!(next.status, 200, "{}", next.body);
            seen.extend(ids(&next.json(), kind.list));
            token = next.member("next_page_token");
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{}: twice", kind.name);
        let mut expected = expected;
        expected.remove(&gone);
        assert_eq!(once, expected, "{}", kind.name);
    }
}

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

/// Every list of the API, by its path.
async fn lists(admin: &Admin<'_>) -> Vec<String> {
    let mut all: Vec<String> = kinds().into_iter().map(|k| k.path).collect();
    let group = admin
        .create(&format!("{REALM}/groups"), "group", json!({"display_name": "Of lists"}))
        .await;
    let role = admin
        .create(
            &format!("{REALM}/resource-servers/r1/roles"),
            "role",
            json!({"display_name": "Of lists"}),
        )
        .await;
    for path in [
        "/applications/app-a/secrets".to_owned(),
        "/applications/app-a/tokens".into(),
        "/resource-servers/r1/credentials".into(),
        format!("/resource-servers/r1/roles/{}/members", text(&role["id"])),
        "/identities/u-alice/roles".into(),
        "/identities/u-alice/groups".into(),
        format!("/groups/{}/members", text(&group["id"])),
        format!("/groups/{}/roles", text(&group["id"])),
        "/signing-keys".into(),
        "/events".into(),
    ] {
        all.push(format!("{REALM}{path}"));
    }
    all
}

#[tokio::test]
async fn a_list_refuses_sizes_tokens_and_parameters_that_are_none_of_its() {
    covers!("O-344", "O-341");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for path in lists(&admin).await {
        let ask = async |name: &str, value: &str| admin.get(&format!("{path}?{}", encode(&[(name, value)]))).await;
        for size in [
            "0",
            "-1",
            "101",
            "2147483648",
            "9223372036854775808",
            "18446744073709551616",
            "abc",
            "1.5",
            "1e2",
            " 1",
            "+1",
            "0x10",
            "'",
            "NaN",
        ] {
            assert_field(&path, &ask("page_size", size).await, "page_size");
        }
        for size in ["1", "100", ""] {
            assert_eq!(ask("page_size", size).await.status, 200, "{path} {size}");
        }
        for token in ["x", "0", "' OR 1=1 --", &base64url([0; 80]), &"a".repeat(4000)] {
            assert_field(&path, &ask("page_token", token).await, "page_token");
        }
        for unknown in [
            "page", "size", "limit", "offset", "sort", "order_by", "filter", "q", "Enabled", "enable", "org_id[]",
            "' OR 1",
        ] {
            assert_field(&path, &ask(unknown, "1").await, unknown);
        }
        let twice = admin.get(&format!("{path}?page_size=1&page_size=1")).await;
        assert_field(&path, &twice, "page_size");
    }
}

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
