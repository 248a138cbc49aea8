//! Lists: keyset pages to the end, filters that are exact, and parameters that are refused rather than ignored.
mod filters;
mod members;
mod pages;
mod parameters;
mod tokens;

use super::admin::{Admin, text};
use super::records::{Kind, kinds};
use crate::app::{REALM, encode};
use serde_json::{Value, json};

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
