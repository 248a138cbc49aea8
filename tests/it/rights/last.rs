//! The last who may do everything stays.
use super::group;
use crate::app::{ADMIN, App, Portal};
use crate::apply::{assert_unsaved, saved};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn the_last_who_may_do_everything_is_lost_by_no_door() {
    covers!("O-248");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let everything = portal.role("super-administrators");
    let id = portal.user(&bearer, "second", &[]).await;
    let admins = group(&app, &bearer, "admins", &["super-administrators"]).await;
    let take = |body: Value| ("POST", format!("{everything}:deleteMembers"), body);
    let user = |id: &str| format!("{ADMIN}/identities/{id}");
    // Alone as a user, then alone in a group.
    for (last, doors) in [
        (
            "admin",
            vec![
                take(json!({"identity_ids": ["admin"]})),
                ("PATCH", user("admin"), json!({"identity": {"enabled": false}})),
                ("DELETE", user("admin"), Value::Null),
            ],
        ),
        (
            "second",
            vec![
                take(json!({"group_ids": [admins]})),
                (
                    "POST",
                    format!("{ADMIN}/groups/{admins}:deleteMembers"),
                    json!({"identity_ids": [id]}),
                ),
                ("DELETE", format!("{ADMIN}/groups/{admins}"), Value::Null),
                ("PATCH", user(&id), json!({"identity": {"enabled": false}})),
                ("DELETE", user(&id), Value::Null),
            ],
        ),
    ] {
        if last == "second" {
            let path = format!("{ADMIN}/groups/{admins}:addMembers");
            app.done(&bearer, "POST", &path, &json!({"identity_ids": [id]})).await;
            let (method, path, body) = take(json!({"identity_ids": ["admin"]}));
            app.done(&bearer, method, &path, &body).await;
        }
        let before = saved(&app);
        for (method, path, body) in doors {
            let answer = app.ask(&bearer, method, &path, &body).await;
            answer.assert_management_error(409, "conflict");
        }
        assert_unsaved(&app, &before, last);
    }
}
