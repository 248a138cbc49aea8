//! Ids of places.
use super::REALMS;
use crate::app::App;
use crate::management::admin::{Admin, assert_field, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn the_id_of_a_place_stands_in_its_issuer_and_is_checked() {
    covers!("O-340");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for (list, name, taken) in [(REALMS, "realm", "main"), ("/v1/tenants", "tenant", "t2")] {
        let long = "x".repeat(41);
        for id in [
            "",
            "-a",
            "a-",
            "A",
            "a b",
            "a/b",
            "..",
            "a.b",
            "ä",
            "%41",
            "a\u{0}",
            taken,
            long.as_str(),
        ] {
            let body = json!({ name: {"id": id, "display_name": "X"} });
            let answer = admin.send("POST", list, &body).await;
            assert_field(id, &answer, &format!("{name}.id"));
        }
        for (members, field) in [
            (json!({"id": 5, "display_name": "X"}), "id"),
            (json!({"id": "x", "display_name": ""}), "display_name"),
            (json!({"id": "x", "display_name": "X", "serves": true}), "serves"),
        ] {
            let answer = admin.send("POST", list, &json!({ name: members })).await;
            assert_field(name, &answer, &format!("{name}.{field}"));
        }
        // Without one it is made; it does not change afterwards, nor does what `/` serves.
        let made = admin.create(list, name, json!({"display_name": "Made"})).await;
        let id = text(&made["id"]);
        assert_eq!(id.len(), 24);
        let path = format!("{list}/{id}");
        let same = json!({"id": "other", "serves_root": true, "display_name": "Same"});
        let changed = admin.change(&path, name, same).await;
        assert_eq!(
            (&changed["id"], &changed["display_name"]),
            (&made["id"], &json!("Same"))
        );
        if name == "realm" {
            assert_eq!(changed["serves_root"], false);
        }
    }
}
