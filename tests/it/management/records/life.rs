//! Made, read, changed, listed, deleted.
use super::{assert_has, kinds};
use crate::app::App;
use crate::management::admin::{Admin, assert_missing, text};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn a_record_is_made_read_changed_listed_and_deleted() {
    covers!("A-01");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let name = kind.name;
        let members = kind.new_record(1);
        let made = admin.send("POST", &kind.path, &json!({ name: members })).await;
        assert_eq!(
            (made.status, made.header("etag")),
            (200, "\"1\""),
            "{name}: {}",
            made.body
        );
        assert_eq!(made.header("cache-control"), "no-store");
        assert_eq!(made.header("content-type"), "application/json");
        assert_eq!(made.header("x-content-type-options"), "nosniff");
        assert!(!made.header("x-request-id").is_empty());
        let body = made.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{name}: wrapped alone");
        let mut body = body[name].clone();
        assert_has(&body, &members);
        let id = text(&body["id"]);
        let place = |member: &str| body.get(member).and_then(Value::as_str);
        let (tenant, realm) = match name {
            "tenant" => (None, None),
            "realm" => (Some("default"), None),
            _ => (Some("default"), Some("main")),
        };
        assert_eq!((place("tenant_id"), place("realm_id")), (tenant, realm), "{name}");
        let now = app.deps.clock.now().rfc3339();
        assert!(now.starts_with("2027-01-15T08:0") && now.ends_with('Z'));
        assert_eq!(
            (&body["created_at"], &body["updated_at"]),
            (&json!(now), &json!(now)),
            "{name}"
        );
        // What is shown once is not shown again.
        if let Some(config) = body.get_mut("protocol_config").and_then(Value::as_object_mut) {
            assert!(config.remove("client_secret").is_some());
        }
        body.as_object_mut().unwrap().remove("setup_link");
        let path = kind.one(&id);
        let read = admin.get(&path).await;
        assert_eq!((read.status, read.header("etag")), (200, "\"1\""), "{name}");
        assert_eq!(read.header("cache-control"), "no-store");
        assert_eq!(read.json(), json!({ name: body }), "{name}");
        // Changed, and changed to what it is already.
        app.advance_seconds(5);
        for _ in 0..2 {
            let changed = admin.send("PATCH", &path, &json!({ name: kind.change })).await;
            assert_eq!(
                (changed.status, changed.header("etag")),
                (200, "\"2\""),
                "{}",
                changed.body
            );
            let mut expected = body.clone();
            for (member, value) in kind.change.as_object().unwrap() {
                expected[member] = value.clone();
            }
            expected["updated_at"] = admin.read(&path, name).await["updated_at"].clone();
            assert_ne!(expected["updated_at"], body["updated_at"]);
            assert_eq!(changed.json(), json!({ name: expected }), "{name}");
            app.advance_seconds(5);
        }
        let listed = admin.get(&format!("{}?page_size=100", kind.path)).await;
        assert_eq!(listed.header("etag"), "");
        let listed = listed.json()[kind.list].as_array().unwrap().clone();
        let same: Vec<&Value> = listed.iter().filter(|r| r["id"] == body["id"]).collect();
        assert_eq!(same, [&admin.read(&path, name).await], "{name}");
        // An empty change changes nothing.
        let same = admin.send("PATCH", &path, &json!({ name: {} })).await;
        assert_eq!((same.status, same.header("etag")), (200, "\"2\""));
        admin.remove(&path).await;
        for answer in [
            admin.get(&path).await,
            admin.delete(&path).await,
            admin.send("PATCH", &path, &json!({ name: {} })).await,
        ] {
            assert_missing(&answer, name);
        }
    }
}
