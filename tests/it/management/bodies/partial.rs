//! Changes that name what changes.
use super::applications;
use crate::app::App;
use crate::management::admin::Admin;
use serde_json::{Value, json};

#[tokio::test]
async fn a_change_names_what_changes_and_the_rest_stays() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let path = format!("{}/app-plain", applications());
    let before = admin.read(&path, "application").await;
    let check = async |members: Value, at: &str, expected: Value| {
        let changed = admin.change(&path, "application", members.clone()).await;
        assert_eq!(changed.pointer(at).unwrap_or(&Value::Null), &expected, "{members}");
        let mut rest = changed.clone();
        *rest.pointer_mut("/updated_at").unwrap() = before["updated_at"].clone();
        // Everything else is as it was.
        let back = |value: &Value| {
            let mut value = value.clone();
            let (parent, name) = at.rsplit_once('/').unwrap();
            if let Some(parent) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
                parent.remove(name);
            }
            value
        };
        assert_eq!(back(&rest), back(&before), "{members}");
        // And back again, with the whole record as it was read: what the server made is ignored.
        let again = admin.change(&path, "application", before.clone()).await;
        assert_eq!(back(&again)["protocol_config"], back(&before)["protocol_config"]);
        let mut again = again;
        *again.pointer_mut("/updated_at").unwrap() = before["updated_at"].clone();
        assert_eq!(again, before, "{members}");
    };
    let config = |name: &str, value: Value| json!({"protocol_config": { name: value }});
    let of = |name: &str| format!("/protocol_config/{name}");
    check(json!({"display_name": "B"}), "/display_name", json!("B")).await;
    check(json!({"enabled": false}), "/enabled", json!(false)).await;
    // A list is replaced whole; `null` is the default, as is an empty text where there is a choice.
    let one = json!(["https://other.test/cb"]);
    check(config("redirect_uris", one.clone()), &of("redirect_uris"), one).await;
    check(config("allowed_scopes", json!(null)), &of("allowed_scopes"), json!([])).await;
    check(
        config("allowed_scopes", json!(["write"])),
        &of("allowed_scopes"),
        json!(["write"]),
    )
    .await;
    check(
        config("grant_types", json!(["client_credentials"])),
        &of("grant_type"),
        json!(["client_credentials"]),
    )
    .await;
    let life = config("token_configuration", json!({"expires_after": 60}));
    check(life, &of("token_configuration/expires_after"), json!(60)).await;
    let life = config("token_configuration", json!({"expires_after": null}));
    check(life, &of("token_configuration/expires_after"), json!(86_400)).await;
    check(
        config("client_uri", json!("https://plain.test")),
        &of("client_uri"),
        json!("https://plain.test"),
    )
    .await;
    check(config("client_uri", json!("")), &of("client_uri"), json!(null)).await;
    // What only the server writes is ignored, wherever it stands.
    let made_up = json!({
        "id": "other", "tenant_id": "t2", "realm_id": "admin", "is_managed": true, "managed_by": "x",
        "created_at": "2000-01-01T00:00:00Z", "updated_at": 5, "client_id": "other", "client_secret": "x",
        "protocol_config": {"client_id": "other", "client_secret": "own-secret-own-secret-own-secret-own"},
    });
    check(made_up, "/nothing", json!(null)).await;
    let secret = app.client("plain").with_secret("own-secret-own-secret-own-secret-own");
    secret
        .token(&[("grant_type", "client_credentials")])
        .await
        .assert_invalid_client();
}
