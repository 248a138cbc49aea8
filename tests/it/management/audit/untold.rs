//! What is not told, and what is kept.
use super::scene::Scene;
use crate::app::{ADMIN, App, REALM};
use crate::management::admin::{Admin, text};
use grantor_protocol::management::operations::Operation;
use serde_json::json;

#[tokio::test]
async fn what_is_refused_or_changes_nothing_is_not_told() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let scene = Scene::set(&admin).await;
    let count = || {
        app.sql(|on| {
            // Each management token of these tests ends the secret of the one before.
            let sql = "SELECT count(*) FROM event WHERE kind NOT LIKE 'token.%'
                       AND NOT (realm = 'admin' AND kind = 'application.secret_updated')";
            on.query_row(sql, [], |r| r.get::<i64>(0))
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
        let nothing = crate::management::Tried::of(*operation, "default", "main");
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
