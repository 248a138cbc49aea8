//! Several at once.
use super::{applications, machine_answer};
use crate::app::{App, Client};
use crate::management::admin::{Admin, client_of, machine, text};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn several_secrets_live_side_by_side_so_that_a_rotation_interrupts_nobody() {
    covers!("A-06");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", machine("Machine")).await;
    let secrets = format!("{}/{}/secrets", applications(), text(&made["id"]));
    let old = client_of(&app, "", &made);
    let first = text(&admin.get(&secrets).await.json()["secrets"][0]["id"]);
    // The old one has an hour left.
    let second = admin
        .create(&secrets, "secret", json!({"expire_others_after": 3600}))
        .await;
    let new = old.clone().with_secret(&text(&second["client_secret"]));
    let elsewhere = |secret: &Value| {
        let id = text(&made["protocol_config"]["client_id"]);
        Client::new(&beside, "", &id, &text(secret))
    };
    beside.catch_up().await;
    let (old_there, new_there) = (
        elsewhere(&made["protocol_config"]["client_secret"]),
        elsewhere(&second["client_secret"]),
    );
    for client in [&old, &new, &old_there, &new_there] {
        machine_answer(client).await.assert_tokens();
    }
    app.advance_seconds(3599);
    for client in [&old, &new, &old_there, &new_there] {
        machine_answer(client).await.assert_tokens();
    }
    app.advance_seconds(1);
    for (gone, stays) in [(&old, &new), (&old_there, &new_there)] {
        machine_answer(gone).await.assert_invalid_client();
        machine_answer(stays).await.assert_tokens();
    }
    // Off and on again, an end and none, and gone; at once here, and there as soon as it is heard.
    let one = format!("{secrets}/{}", text(&second["id"]));
    for (change, works) in [
        (json!({"enabled": false}), false),
        (json!({"enabled": true}), true),
        (json!({"expires_at": "2027-01-15T09:00:01Z"}), true),
        (json!({"expires_at": "2027-01-15T09:00:00Z"}), false),
        (json!({"expires_at": null}), true),
        (json!({"enabled": false, "expires_at": null}), false),
        (json!({"enabled": null}), true),
    ] {
        let changed = admin.change(&one, "secret", change.clone()).await;
        assert!(changed.get("client_secret").is_none());
        beside.catch_up().await;
        for client in [&new, &new_there] {
            let answer = machine_answer(client).await;
            assert_eq!(answer.status, if works { 200 } else { 401 }, "{change}");
        }
    }
    // An old one that ended can be let live again by whoever may.
    let path = format!("{secrets}/{first}");
    admin.change(&path, "secret", json!({"expires_at": null})).await;
    machine_answer(&old).await.assert_tokens();
    admin.remove(&one).await;
    admin.delete(&one).await.assert_management_error(404, "not_found");
    beside.catch_up().await;
    for (gone, stays) in [(&new, &old), (&new_there, &old_there)] {
        machine_answer(gone).await.assert_invalid_client();
        machine_answer(stays).await.assert_tokens();
    }
    // A secret of another application is not found here, and stays.
    let other = admin.get(&format!("{}/app-m/secrets", applications())).await.json();
    let other = format!("{secrets}/{}", text(&other["secrets"][0]["id"]));
    admin.delete(&other).await.assert_management_error(404, "not_found");
    app.client("m").machine_token().await;
}

#[tokio::test]
async fn every_end_of_a_secret_is_told_and_no_more_than_ten_live() {
    covers!("A-06");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", machine("Machine")).await;
    let one = format!("{}/{}", applications(), text(&made["id"]));
    let secrets = format!("{one}/secrets");
    let first = text(&admin.get(&secrets).await.json()["secrets"][0]["id"]);
    let told = async |kind: &str, secret: &str| {
        let path = format!(
            "{}/events?page_size=100&kind={kind}&application={}",
            crate::app::REALM,
            text(&made["id"])
        );
        let all = admin.get(&path).await.json();
        let of = |e: &&Value| e["detail"].as_str() == Some(&format!("secret {secret}"));
        all["events"]
            .as_array()
            .unwrap_or_else(|| panic!("{all}"))
            .iter()
            .filter(of)
            .count()
    };
    assert_eq!(told("application.secret_updated", &first).await, 0);
    admin
        .create(&secrets, "secret", json!({"expire_others_after": 0}))
        .await;
    assert_eq!(told("application.secret_updated", &first).await, 1);
    // It ended already: another one changes nothing about it.
    let second = admin
        .create(&secrets, "secret", json!({"expire_others_after": 0}))
        .await;
    assert_eq!(told("application.secret_updated", &first).await, 1);
    for _ in 0..9 {
        admin.create(&secrets, "secret", json!({})).await;
    }
    for change in [
        json!({"expires_at": null}),
        json!({"enabled": true, "expires_at": null}),
    ] {
        let path = format!("{secrets}/{first}");
        let answer = admin.send("PATCH", &path, &json!({ "secret": change })).await;
        answer.assert_management_error(409, "conflict");
    }
    let answer = admin.send("POST", &secrets, &json!({})).await;
    answer.assert_management_error(409, "conflict");
    let public = json!({"protocol_config": {"type": "oidc", "confidentiality": "public", "token_endpoint_auth_method": "none",
        "grant_type": ["authorization_code"], "redirect_uris": ["https://a.test/cb"]}});
    admin.change(&one, "application", public).await;
    for secret in [first, text(&second["id"])] {
        assert_eq!(told("application.secret_deleted", &secret).await, 1);
    }
}
