//! What is told.
use super::assert_part;
use super::scene::Scene;
use crate::app::App;
use crate::management::admin::{Admin, text};
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};

#[tokio::test]
async fn every_operation_that_changes_something_says_who_did_what() {
    let mut told_of = 0;
    for operation in Operation::ALL.iter().filter(|o| !o.line().only_reads()) {
        let what = format!("{operation:?}");
        let line = operation.line();
        let app = App::start().await;
        let admin = Admin::of(&app).await;
        let scene = Scene::set(&admin).await;
        scene.prepare(&admin, *operation).await;
        let done = scene.done(*operation).unwrap_or_else(|| panic!("{what} is not tried"));
        app.advance_seconds(7);
        let answer = admin.send(line.method, &done.path, &done.body).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        let request_id = answer.header("x-request-id");
        assert!(!request_id.is_empty(), "{what}");
        let events = admin.events(done.log, &[("request_id", request_id)]).await;
        let event = events.iter().find(|e| e["kind"] == done.told);
        let event = event.unwrap_or_else(|| panic!("{what}: {events:?}"));
        for event in &events {
            let actor =
                json!({"type": "application", "id": "management-api", "display_name": "Grantor Management API"});
            assert_eq!(event["actor"], actor, "{what}");
            assert_eq!(event["address"], "127.0.0.1", "{what}");
            assert_eq!(event["at"], "2027-01-15T08:00:07Z", "{what}");
        }
        let (kind, name) = &done.target;
        // A key is called by its id, which nobody knows before.
        let (called, id) = (text(&event["target"]["display_name"]), text(&event["target"]["id"]));
        let name = if name == "*" { &id } else { name };
        assert_eq!(
            (&event["target"]["type"], &called),
            (&json!(kind), name),
            "{what}: {event}"
        );
        assert!(!id.is_empty());
        assert_part(&what, event.get("before"), &done.states.0);
        assert_part(&what, event.get("after"), &done.states.1);
        // Of a change only what differs.
        if let (Value::Object(before), Value::Object(after)) = &done.states {
            let members = |value: &Value| value.as_object().unwrap().len();
            assert_eq!(
                (members(&event["before"]), members(&event["after"])),
                (before.len(), after.len()),
                "{what}: {event}"
            );
        }
        assert_eq!(
            admin
                .read(&format!("{}/events/{}", done.log, text(&event["id"])), "event")
                .await,
            *event
        );
        // What an answer shows once, and what a request brought, is not in the log.
        let log = admin.get(&format!("{}/events?page_size=100", done.log)).await.body;
        let secret = |text: &str| assert!(!log.contains(text), "{what}: {text}");
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        for at in [
            "/application/protocol_config/client_secret",
            "/secret/client_secret",
            "/credential/secret",
        ] {
            if let Some(shown) = body.pointer(at).and_then(Value::as_str) {
                assert_eq!(shown.len(), 48);
                secret(shown);
            }
        }
        for word in [
            "password\"",
            "argon2",
            "a-secret-password",
            "client_secret\"",
            "\"mac\"",
        ] {
            secret(word);
        }
        told_of += 1;
    }
    assert!(told_of >= 35, "{told_of}");
}
