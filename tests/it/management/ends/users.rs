//! Users.
use super::{Held, person};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_user_who_is_disabled_or_deleted_or_signed_out_loses_everything() {
    covers!("O-161", "O-134", "O-212");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    for (name, how) in [("carol", "disable"), ("dave", "delete"), ("erin", "sign out")] {
        let mut held = Held::of(&app, &admin, name).await;
        held.assert_alive(&beside).await;
        let path = held.identity();
        match how {
            "disable" => drop(admin.change(&path, "identity", json!({"enabled": false})).await),
            "delete" => admin.remove(&path).await,
            _ => admin.remove(&format!("{path}/sessions")).await,
        }
        assert!(!held.session_lives().await, "{how}");
        held.assert_ended(&beside, true).await;
        // Enabled again, or of the same name again, nothing is revived.
        match how {
            "disable" => drop(admin.change(&path, "identity", json!({"enabled": true})).await),
            "delete" => {
                let user = person(name);
                let again = admin.create(&format!("{REALM}/identities"), "identity", user).await;
                held.user = text(&again["id"]);
            }
            _ => {}
        }
        assert!(!held.session_lives().await, "{how}");
        held.assert_ended(&beside, true).await;
        app.advance_seconds(1);
        let mut fresh = Held::again(&app, held.made.clone(), held.user.clone(), held.name).await;
        fresh.assert_alive(&beside).await;
        held.assert_ended(&beside, true).await;
    }
}

#[tokio::test]
async fn what_others_hold_goes_on() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut stays = Held::of(&app, &admin, "carol").await;
    let gone = Held::of(&app, &admin, "dave").await;
    admin.remove(&gone.identity()).await;
    stays.assert_alive(&beside).await;
    admin.remove(&gone.application()).await;
    stays.assert_alive(&beside).await;
    gone.assert_ended(&beside, false).await;
}
