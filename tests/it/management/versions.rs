//! Two admins at one record: whoever names the version they saw changes that one or nothing (RFC 9110 section 13.1.1).
use super::admin::{Admin, records, text};
use super::records::kinds;
use crate::app::{App, REALM};
use serde_json::json;

#[tokio::test]
async fn a_request_for_another_version_changes_nothing() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let made = admin.create(&kind.path, kind.name, kind.new_record(1)).await;
        let path = kind.one(&text(&made["id"]));
        let change = json!({ kind.name: kind.change });
        let before = records(&app);
        for stale in [
            "\"0\"",
            "\"2\"",
            "\"-1\"",
            "\"01 \"",
            "1",
            "W/\"1\"",
            "\"1",
            "\"abc\"",
            "\"\"",
            "",
            "\"9223372036854775808\"",
            "' OR 1=1",
            "**",
        ] {
            let headers = [("if-match", stale)];
            for (method, body) in [("PATCH", &change), ("DELETE", &json!(null))] {
                let answer = admin.send_with(method, &path, &headers, body).await;
                answer.assert_management_error(412, "precondition_failed");
            }
        }
        assert_eq!(records(&app), before, "{}", kind.name);
        // What is not there is missing, whatever version is named.
        let nothing = kind.one("nothing");
        let answer = admin
            .send_with("PATCH", &nothing, &[("if-match", "\"1\"")], &change)
            .await;
        answer.assert_management_error(404, "not_found");
        let changed = admin.send_with("PATCH", &path, &[("if-match", "\"1\"")], &change).await;
        assert_eq!(
            (changed.status, changed.header("etag")),
            (200, "\"2\""),
            "{}",
            changed.body
        );
        let again = admin
            .send_with("PATCH", &path, &[("if-match", "*")], &json!({ kind.name: {} }))
            .await;
        assert_eq!((again.status, again.header("etag")), (200, "\"2\""));
        let gone = admin.raw("DELETE", &path, &[("if-match", "\"2\"")], None).await;
        gone.assert_revoked();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_admins_at_once_one_wins() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    beside.catch_up().await;
    for other in [&app, &beside] {
        let other = admin.at(other);
        let made = admin
            .create(&format!("{REALM}/groups"), "group", json!({"display_name": "Raced"}))
            .await;
        let path = format!("{REALM}/groups/{}", text(&made["id"]));
        for version in 1..=10 {
            let tag = format!("\"{version}\"");
            let headers = [("if-match", tag.as_str())];
            let body = |who: &str| json!({"group": {"description": format!("{who} {version}")}});
            let (first, second) = (body("first"), body("second"));
            let (a, b) = tokio::join!(
                admin.send_with("PATCH", &path, &headers, &first),
                other.send_with("PATCH", &path, &headers, &second),
            );
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{} {}", a.body, b.body);
            let won = if a.status == 200 { &a } else { &b };
            let read = admin.get(&path).await;
            assert_eq!((read.json(), read.header("etag")), (won.json(), won.header("etag")));
        }
        admin.remove(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_records_of_one_name_at_once_one_is_made() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    beside.catch_up().await;
    let other = admin.at(&beside);
    for kind in kinds().into_iter().filter(|k| k.name != "application") {
        for number in 0..3 {
            let body = json!({ kind.name: kind.new_record(number) });
            let (a, b) = tokio::join!(
                admin.send("POST", &kind.path, &body),
                other.send("POST", &kind.path, &body)
            );
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 400], "{}: {} {}", kind.name, a.body, b.body);
        }
    }
}
