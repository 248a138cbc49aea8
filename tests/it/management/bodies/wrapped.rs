//! A record under its name.
use crate::app::App;
use crate::management::admin::{Admin, assert_field, records, text};
use crate::management::records::kinds;
use serde_json::json;

#[tokio::test]
async fn a_record_stands_alone_under_its_name() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let made = admin.create(&kind.path, kind.name, kind.new_record(1)).await;
        let before = records(&app);
        for (method, path) in [("POST", kind.path.clone()), ("PATCH", kind.one(&text(&made["id"])))] {
            let mut beside = json!({ kind.name: kind.new_record(2) });
            beside["extra"] = json!(1);
            for (body, field) in [
                (json!({}), kind.name),
                (kind.new_record(2), "display_name"),
                (json!({ kind.name: null }), kind.name),
                (json!({ kind.name: [kind.new_record(2)] }), kind.name),
                (json!({ kind.name: "x" }), kind.name),
                (beside, "extra"),
            ] {
                let answer = admin.send(method, &path, &body).await;
                let found = crate::management::admin::fields(&answer);
                // Of a record that is not wrapped any member may be the one that is named.
                if field == "display_name" {
                    assert!(kind.new_record(2).get(&found[0]).is_some(), "{found:?}");
                    continue;
                }
                assert_eq!(found, [field], "{method} {}: {}", kind.name, answer.body);
            }
            let mut unknown = if method == "POST" {
                kind.new_record(2)
            } else {
                json!({})
            };
            unknown["nam"] = json!(1);
            let answer = admin.send(method, &path, &json!({ kind.name: unknown })).await;
            assert_field("unknown", &answer, &format!("{}.nam", kind.name));
        }
        assert_eq!(records(&app), before, "{}", kind.name);
    }
}
