//! What may be said of a secret.
use super::applications;
use crate::app::App;
use crate::management::admin::{Admin, assert_field, text};
use serde_json::json;

#[tokio::test]
async fn what_may_be_said_of_a_secret_is_checked() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let secrets = format!("{}/app-m/secrets", applications());
    let one = text(&admin.get(&secrets).await.json()["secrets"][0]["id"]);
    let one = format!("{secrets}/{one}");
    for (members, field) in [
        (json!({"expires_at": "tomorrow"}), "secret.expires_at"),
        (json!({"expires_at": "2027-01-15"}), "secret.expires_at"),
        (json!({"expires_at": "2037-02-15T00:00:00Z"}), "secret.expires_at"),
        (json!({"expires_at": 5}), "secret.expires_at"),
        (json!({"enabled": "no"}), "secret.enabled"),
        (json!({"name": "x"}), "secret.name"),
        (json!({"expire_others_after": "x"}), "secret.expire_others_after"),
    ] {
        for (method, path) in [("POST", &secrets), ("PATCH", &one)] {
            let answer = admin.send(method, path, &json!({"secret": members})).await;
            assert_field(&members.to_string(), &answer, field);
            assert!(!answer.body.contains("tomorrow"), "a secret's values are not quoted");
        }
    }
    for (method, path, seconds) in [
        ("POST", &secrets, -1),
        ("POST", &secrets, 315_360_001),
        ("PATCH", &one, 5),
    ] {
        let body = json!({"secret": {"expire_others_after": seconds}});
        let answer = admin.send(method, path, &body).await;
        assert_field("others", &answer, "secret.expire_others_after");
    }
    // The body may be left out; what stands in it beside the secret is refused.
    assert_eq!(admin.raw("POST", &secrets, &[], None).await.status, 200);
    let answer = admin.send("POST", &secrets, &json!({"secrets": {}})).await;
    assert_field("other name", &answer, "secret");
    let answer = admin.send("POST", &secrets, &json!({"secret": 1})).await;
    assert_field("no object", &answer, "secret");
    app.client("m").machine_token().await;
}
