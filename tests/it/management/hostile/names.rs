//! Names.
use super::is_control;
use crate::app::{App, REALM, encode};
use crate::management::admin::{Admin, text};
use crate::management::records::kinds;
use crate::oauth::hostile_text::HOSTILE;
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn names_come_back_as_they_were_given() {
    covers!("O-340", "O-235", "O-345");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let mut taken = 0;
    let more = [
        "<script>alert(1)</script>",
        "\" onmouseover=\"alert(1)",
        "</title><img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "\u{202e}live",
    ];
    for name in HOSTILE.iter().chain(&more).filter(|t| !is_control(t)) {
        for (kind, at) in [
            ("application", "/display_name"),
            ("resource_server", "/display_name"),
            ("group", "/display_name"),
            ("group", "/description"),
            ("role", "/description"),
            ("identity", "/username"),
            ("identity", "/profile/name"),
            ("identity", "/profile/address/formatted"),
            ("realm", "/display_name"),
            ("tenant", "/display_name"),
        ] {
            taken += 1;
            let kind = kinds().into_iter().find(|k| k.name == kind).unwrap();
            let mut members = kind.new_record(taken);
            let (inside, member) = at.rsplit_once('/').unwrap();
            if inside.ends_with("address") {
                members["profile"]["address"] = json!({});
            }
            members.pointer_mut(inside).unwrap()[member] = json!(name);
            let made = admin.create(&kind.path, kind.name, members).await;
            let path = kind.one(&text(&made["id"]));
            let answer = admin.get(&path).await;
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let read = answer.json()[kind.name].clone();
            assert_eq!(read.pointer(at), Some(&json!(name)), "{} {at}", kind.name);
            // As a filter it finds this one.
            let filter = match (kind.name, member) {
                ("application" | "group", "display_name") => Some("display_name"),
                ("identity", "username") => Some("username"),
                _ => None,
            };
            if let Some(filter) = filter {
                let found = admin.get(&format!("{}?{}", kind.path, encode(&[(filter, name)]))).await;
                let found = found.json()[kind.list].clone();
                assert_eq!(found, json!([read]), "{name}");
            }
            admin.remove(&path).await;
        }
    }
    // The log says how everything was called.
    let told = admin.events(REALM, &[("kind", "group.deleted")]).await;
    assert!(
        told.iter()
            .any(|e| e["target"]["display_name"] == "<script>alert(1)</script>")
    );
}
