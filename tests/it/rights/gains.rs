//! A right that is given is there at once, for tokens that were issued with it.
use super::losses::{Loss, World};
use crate::app::{ADMIN, App};
use crate::management::Tried;
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn a_right_that_is_given_is_there_at_once_for_whoever_asked_for_it() {
    covers!("T-06");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let bearer = app.management_token("").await;
    let world = World::make(&app, &bearer, true, (Loss::OutOfTheRole, "comes")).await;
    let token = world.portal.sign_in("comes", &world.all()).await;
    let (access, refresh) = (token.member("access_token"), token.member("refresh_token"));
    let list = Tried::of(Operation::ListGroups, "default", "main").path;
    let seen = async |expected: u16| {
        beside.catch_up().await;
        for process in [&app, &beside] {
            assert_eq!(process.ask(&access, "GET", &list, &Value::Null).await.status, expected);
        }
    };
    seen(200).await;
    world.lose(Loss::OutOfTheRole).await;
    seen(403).await;
    let path = format!("{}:addMembers", world.portal.role(&world.role));
    world.post(&path, &json!({"group_ids": [world.group]})).await;
    seen(403).await;
    world
        .post(
            &format!("{ADMIN}/groups/{}:addMembers", world.group),
            &json!({"identity_ids": [world.user]}),
        )
        .await;
    seen(200).await;
    world.lose(Loss::OutOfTheGroup).await;
    let narrowed = world.portal.client().refresh(&refresh).await;
    assert_eq!(narrowed.assert_tokens().member("scope"), world.left());
    world.post(&path, &json!({"identity_ids": [world.user]})).await;
    let whole = world.portal.client().refresh(&narrowed.member("refresh_token")).await;
    assert_eq!(whole.assert_tokens().member("scope"), world.all());
    // A token that was issued without it stays without it.
    assert_eq!(
        app.ask(&narrowed.member("access_token"), "GET", &list, &Value::Null)
            .await
            .status,
        403
    );
}
