//! Every door that can hand on rights, tried by somebody who lacks one of them and by somebody who has just enough.
use super::attempts::{RIGHT, attempts, stage};
use super::holder;
use crate::app::{App, Portal};
use crate::apply::{assert_unsaved, saved};
use grantor_tests::covers;
use serde_json::json;

/// What an editor of everything needs at the doors, without what is handed on.
const EDITOR: &[&str] = &[
    "roles:create",
    "roles:read",
    "roles:update",
    "roles:delete",
    "groups:create",
    "groups:read",
    "groups:update",
    "groups:delete",
    "identities:create",
    "identities:read",
    "identities:update",
    "identities:delete",
    "applications:create",
    "applications:read",
    "applications:update",
    "applications:delete",
];

#[tokio::test]
async fn nobody_hands_on_a_right_they_do_not_have() {
    covers!("O-245", "O-247", "O-248", "O-250");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let who = (&portal, bearer.as_str());
    // All of the area but the one right, and a token that leaves the right out although its user has it.
    let mut scopes = EDITOR.to_vec();
    scopes.extend(["signing-keys:read", "signing-keys:create"]);
    let lower = holder(&app, who, "lower", &scopes).await;
    scopes.push(RIGHT);
    holder(&app, who, "equal", &scopes).await;
    scopes.pop();
    let narrowed = portal.token("equal", &scopes.join(" ")).await;
    let stage = stage(&app, who, 0).await;
    app.settle().await;
    let before = saved(&app);
    let mut cells = 0;
    for token in [&lower, &narrowed] {
        for (name, method, path, body) in attempts(&stage) {
            let answer = app.ask(token, method, &path, &body).await;
            assert_eq!(answer.status, 403, "{name}: {}", answer.body);
            answer.assert_management_error(403, "forbidden");
            cells += 1;
        }
    }
    assert_unsaved(&app, &before, "attempts to hand on a right");
    println!("cells: {cells}");
}

#[tokio::test]
async fn whoever_has_just_enough_may_hand_it_on() {
    covers!("O-245", "O-247");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let who = (&portal, bearer.as_str());
    let mut scopes = EDITOR.to_vec();
    scopes.extend(["signing-keys:read", "signing-keys:create", RIGHT]);
    let enough = holder(&app, who, "enough", &scopes).await;
    let number = attempts(&stage(&app, who, 999).await).len();
    for i in 0..number {
        // Each on a stage of its own: some of them end what others need.
        let stage = stage(&app, who, i).await;
        let (name, method, path, mut body) = attempts(&stage).swap_remove(i);
        if let Some(name) = body.pointer_mut("/role/display_name") {
            *name = json!(format!("New {i}"));
        }
        let answer = app.ask(&enough, method, &path, &body).await;
        assert!(
            matches!(answer.status, 200 | 204),
            "{name}: {} {}",
            answer.status,
            answer.body
        );
    }
    println!("cells: {number}");
}
