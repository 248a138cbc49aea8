//! The audit log: every change tells who, what, how and from where, and never a secret; what is refused tells nothing.
mod scene;

use super::admin::{Admin, assert_field, text};
use crate::app::{ADMIN, App, REALM, encode};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use scene::Scene;
use serde_json::{Value, json};

/// Whether `got` has what `part` has.
#[track_caller]
fn assert_part(what: &str, got: Option<&Value>, part: &Value) {
    match (got, part) {
        (None, Value::Null) => {}
        (Some(Value::Object(got)), Value::Object(part)) => {
            for (name, value) in part {
                let inner = got.get(name);
                match value {
                    Value::Object(_) => assert_part(what, inner, value),
                    value => assert_eq!(inner, Some(value), "{what}: {name}"),
                }
            }
        }
        (got, part) => panic!("{what}: {got:?}, not {part}"),
    }
}

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

#[tokio::test]
async fn what_is_refused_or_changes_nothing_is_not_told() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let scene = Scene::set(&admin).await;
    let count = || {
        app.sql(|on| {
            let sql = "SELECT count(*) FROM event WHERE kind NOT LIKE 'token.%'";
            on.query_row(sql, [], |r| r.get::<_, i64>(0))
        })
    };
    let before = count();
    for operation in Operation::ALL.iter().filter(|o| !o.line().only_reads()) {
        let line = operation.line();
        let path = scene.path(*operation);
        // Without a token, with one that lacks the scope, with a body that is none, for another version, and of nothing.
        let headers = [("content-type", "application/json")];
        app.send(line.method, &path, &headers, Some("{}")).await;
        let bearer = app.management_token("tenants:read").await;
        Admin { app: &app, bearer }.send(line.method, &path, &json!({})).await;
        let nothing = super::Tried::of(*operation, "default", "main");
        let answer = nothing.with(&app, &admin.bearer).await;
        assert!((400..500).contains(&answer.status), "{operation:?}: {}", answer.status);
        if line.method != "DELETE" {
            let wrong = json!({"nothing": 1});
            let answer = admin.send(line.method, &path, &wrong).await;
            assert_eq!(answer.status, 400, "{operation:?}: {}", answer.body);
        }
        let stale = admin
            .send_with("PATCH", &path, &[("if-match", "\"99\"")], &json!({}))
            .await;
        assert!((400..500).contains(&stale.status));
    }
    // The secret that each management token took is told in the log of its own realm.
    let secrets = admin.events(ADMIN, &[("kind", "application.secret_created")]).await;
    let rotated = i64::try_from(secrets.len()).unwrap();
    assert_eq!(count() - before, rotated - 1, "only the tokens of this test");
    // What is so already.
    let settled = count();
    for (path, body) in [
        (
            scene.path(Operation::UpdateApplication),
            json!({"application": {"enabled": true}}),
        ),
        (
            scene.path(Operation::UpdateResourceServer),
            json!({"resource_server": {"role_bounded": false}}),
        ),
        (scene.path(Operation::UpdateRole), json!({"role": {"scopes": []}})),
        (
            scene.path(Operation::UpdateIdentity),
            json!({"identity": {"username": "carol"}}),
        ),
        (
            scene.path(Operation::UpdateGroup),
            json!({"group": {"description": null}}),
        ),
        (
            scene.path(Operation::UpdateSecret),
            json!({"secret": {"enabled": true}}),
        ),
        (scene.path(Operation::UpdateRealm), json!({"realm": {"enabled": true}})),
        (
            scene.path(Operation::UpdateTenant),
            json!({"tenant": {"display_name": "Acme"}}),
        ),
    ] {
        let answer = admin.send("PATCH", &path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    for operation in [
        Operation::DeleteRoleScopes,
        Operation::DeleteRoleMembers,
        Operation::DeleteGroupMembers,
    ] {
        let done = scene.done(operation).unwrap();
        admin.perform(&done.path, done.body).await;
    }
    assert_eq!(count(), settled);
}

#[tokio::test]
async fn the_log_keeps_what_things_were_called_when_they_are_gone() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let scene = Scene::set(&admin).await;
    let (user, application) = (
        scene.path(Operation::ReadIdentity),
        scene.path(Operation::ReadApplication),
    );
    admin.change(&user, "identity", json!({"username": "caroline"})).await;
    admin
        .change(&application, "application", json!({"display_name": "Renamed"}))
        .await;
    admin.remove(&user).await;
    admin.remove(&application).await;
    for (query, names) in [
        (("identity", &scene.user), ["caroline", "caroline", "carol"]),
        (("target", &scene.user), ["caroline", "caroline", "carol"]),
    ] {
        let events = admin.events(REALM, &[(query.0, query.1)]).await;
        let told: Vec<String> = events.iter().map(|e| text(&e["target"]["display_name"])).collect();
        assert_eq!(told, names, "{query:?}");
        let kinds: Vec<String> = events.iter().map(|e| text(&e["kind"])).collect();
        assert_eq!(kinds, ["user.deleted", "user.updated", "user.created"]);
    }
    let events = admin.events(REALM, &[("application", &scene.application)]).await;
    let first = &events[0];
    assert_eq!(
        (&first["kind"], &first["target"]["display_name"], &first["target"]["id"]),
        (
            &json!("application.deleted"),
            &json!("Renamed"),
            &json!(scene.application)
        )
    );
    assert_eq!(first["application_id"], scene.application);
    assert!(events.iter().any(|e| e["target"]["display_name"] == "Application"));
}

#[tokio::test]
async fn the_log_is_narrowed_by_each_of_its_filters_and_by_all_together() {
    covers!("O-344");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let scene = Scene::set(&admin).await;
    app.advance_seconds(10);
    let group = scene.path(Operation::UpdateGroup);
    let answer = admin
        .send("PATCH", &group, &json!({"group": {"display_name": "New"}}))
        .await;
    let request_id = answer.header("x-request-id").to_owned();
    app.advance_seconds(10);
    app.edit(|d| {
        crate::app::entry(d, "users", "u-bob").insert("email".into(), "bob@elsewhere.test".into());
    })
    .await
    .unwrap();
    let all = admin.events(REALM, &[]).await;
    let is = |at: &'static str, value: &str| {
        let value = json!(value);
        move |e: &Value| e.pointer(at) == Some(&value)
    };
    let check = async |query: &[(&str, &str)], is: &dyn Fn(&Value) -> bool| {
        let expected: Vec<&Value> = all.iter().filter(|e| is(e)).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query:?}");
        assert_eq!(
            admin.events(REALM, query).await.iter().collect::<Vec<_>>(),
            expected,
            "{query:?}"
        );
        let mut by_one = query.to_vec();
        by_one.push(("page_size", "1"));
        assert_eq!(admin.events(REALM, &by_one).await.iter().collect::<Vec<_>>(), expected);
    };
    check(&[("kind", "group.updated")], &is("/kind", "group.updated")).await;
    check(&[("actor", "operator")], &is("/actor/id", "operator")).await;
    check(&[("actor", "management-api")], &is("/actor/id", "management-api")).await;
    check(&[("target", &scene.group)], &is("/target/id", &scene.group)).await;
    check(
        &[("application", &scene.application)],
        &is("/application_id", &scene.application),
    )
    .await;
    check(&[("identity", "u-bob")], &is("/identity_id", "u-bob")).await;
    check(&[("address", "127.0.0.1")], &is("/address", "127.0.0.1")).await;
    check(&[("request_id", &request_id)], &is("/request_id", &request_id)).await;
    let at = |e: &Value| text(&e["at"]);
    let since = "2027-01-15T08:00:10Z";
    check(&[("since", since)], &|e| at(e).as_str() >= since).await;
    check(&[("until", since)], &|e| at(e).as_str() < since).await;
    check(&[("since", "2027-01-15T09:00:10+01:00")], &|e| at(e).as_str() >= since).await;
    let both = [("since", since), ("until", "2027-01-15T08:00:20Z")];
    check(&both, &|e| at(e) == since).await;
    let together = [
        ("kind", "group.updated"),
        ("actor", "management-api"),
        ("target", scene.group.as_str()),
        ("address", "127.0.0.1"),
        ("request_id", &request_id),
        ("since", since),
        ("until", "2027-01-15T08:00:11Z"),
    ];
    check(&together, &is("/kind", "group.updated")).await;
    for (name, other) in [
        ("actor", "operator"),
        ("target", "nothing"),
        ("application", "app-a"),
        ("identity", "u-alice"),
        ("address", "::1"),
        ("request_id", "x"),
        ("kind", "group.created"),
        ("since", "2027-01-15T08:00:11Z"),
        ("until", since),
    ] {
        let mut query: Vec<(&str, &str)> = together.iter().copied().filter(|(n, _)| *n != name).collect();
        query.push((name, other));
        assert_eq!(admin.events(REALM, &query).await, Vec::<Value>::new(), "{name}");
    }
    for (name, wrong) in [
        ("kind", "group"),
        ("kind", "GROUP.UPDATED"),
        ("kind", "group.%"),
        ("since", "yesterday"),
        ("since", "2027-01-15"),
        ("until", "1800000000"),
        ("until", "2027-13-15T08:00:00Z"),
    ] {
        let answer = admin.get(&format!("{REALM}/events?{}", encode(&[(name, wrong)]))).await;
        assert_field(wrong, &answer, name);
    }
    // Another realm's events are not found, by number neither.
    let id = text(&all[0]["id"]);
    let answer = admin.get(&format!("{ADMIN}/events/{id}")).await;
    super::admin::assert_missing(&answer, "event");
    assert_eq!(admin.get(&format!("{REALM}/events/{id}")).await.status, 200);
}
