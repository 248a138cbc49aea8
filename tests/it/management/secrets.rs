//! Secrets and credentials: shown once, several at once, each with its own end.
use super::admin::{Admin, assert_field, client_of, machine, text, web};
use crate::app::{Answer, App, Client, REALM};
use grantor_tests::covers;
use serde_json::{Value, json};

fn applications() -> String {
    format!("{REALM}/applications")
}

async fn machine_answer(client: &Client<'_>) -> Answer {
    client.token(&[("grant_type", "client_credentials")]).await
}

/// Every text a reader of the API can see of a realm.
async fn everything(admin: &Admin<'_>, application: &str) -> String {
    let one = format!("{}/{application}", applications());
    let mut all = String::new();
    for path in [
        one.clone(),
        format!("{one}/secrets"),
        format!("{}?page_size=100", applications()),
        format!("{REALM}/events?page_size=100"),
    ] {
        let answer = admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        all.push_str(&answer.body);
    }
    let same = admin
        .send("PATCH", &one, &json!({"application": {"enabled": true}}))
        .await;
    all.push_str(&same.body);
    all
}

#[tokio::test]
async fn the_secret_of_a_confidential_application_is_shown_once_and_works_at_once() {
    covers!("A-01", "A-06");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", machine("Machine")).await;
    let secret = text(&made["protocol_config"]["client_secret"]);
    assert_eq!(secret.len(), 48);
    assert_eq!(text(&made["protocol_config"]["client_id"]).len(), 24);
    let client = client_of(&app, "", &made);
    machine_answer(&client).await.assert_tokens();
    let id = text(&made["id"]);
    let seen = everything(&admin, &id).await;
    assert!(!seen.contains(&secret) && !seen.contains("client_secret\""), "{seen}");
    // Where it is listed it goes by its id and its last characters.
    let listed = admin.get(&format!("{}/{id}/secrets", applications())).await.json();
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 1);
    let line = &listed["secrets"][0];
    assert_eq!(line["hint"], secret[44..]);
    assert_eq!(
        (&line["enabled"], &line["created_at"]),
        (&json!(true), &json!("2027-01-15T08:00:00Z"))
    );
    assert!(line.get("expires_at").is_none() && line.get("client_secret").is_none());
    // A public one has none, is given none, and none helps it.
    let mut public = web("Public");
    public["protocol_config"]["confidentiality"] = json!("public");
    let made = admin.create(&applications(), "application", public).await;
    assert!(made["protocol_config"].get("client_secret").is_none(), "{made}");
    assert_eq!(made["protocol_config"]["token_endpoint_auth_method"], "none");
    let path = format!("{}/{}/secrets", applications(), text(&made["id"]));
    assert_eq!(admin.get(&path).await.json(), json!({"secrets": []}));
    let answer = admin.send("POST", &path, &json!({})).await;
    answer.assert_management_error(409, "conflict");
    let named = text(&made["protocol_config"]["client_id"]);
    for secret in [named.as_str(), "", "x"] {
        let form = [("grant_type", "authorization_code"), ("code", "x")];
        let answer = Client::new(&app, "", &named, secret).token(&form).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}

#[tokio::test]
async fn an_application_that_becomes_public_loses_its_secrets_and_gets_a_new_one_with_confidence() {
    covers!("A-05", "A-06");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin.create(&applications(), "application", web("Web")).await;
    let path = format!("{}/{}", applications(), text(&made["id"]));
    let old = client_of(&app, "", &made);
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    old.token(&form).await.assert_json_error(400, "invalid_grant");
    let kind = |confidentiality: &str, method: &str| json!({"protocol_config": {"confidentiality": confidentiality, "token_endpoint_auth_method": method}});
    let changed = admin.change(&path, "application", kind("public", "none")).await;
    assert!(changed["protocol_config"].get("client_secret").is_none());
    assert_eq!(
        admin.get(&format!("{path}/secrets")).await.json(),
        json!({"secrets": []})
    );
    old.token(&form).await.assert_invalid_client();
    let back = kind("confidential", "client_secret_basic");
    let changed = admin.change(&path, "application", back.clone()).await;
    let new = text(&changed["protocol_config"]["client_secret"]);
    old.token(&form).await.assert_invalid_client();
    let new = old.with_secret(&new);
    new.token(&form).await.assert_json_error(400, "invalid_grant");
    let again = admin.change(&path, "application", back).await;
    assert!(again["protocol_config"].get("client_secret").is_none());
}

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

#[tokio::test]
async fn a_resource_server_introspects_with_what_is_made_for_it_until_it_is_deleted() {
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let credentials = format!("{REALM}/resource-servers/r1/credentials");
    let token = app.client("m").machine_token().await;
    let made = admin.raw("POST", &credentials, &[], None).await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "no-store"),
        "{}",
        made.body
    );
    let made = made.json()["credential"].clone();
    let (id, secret) = (text(&made["id"]), text(&made["secret"]));
    assert_eq!((id.len(), secret.len()), (24, 48));
    let api = Client::new(&app, "", &id, &secret);
    api.introspect(&token).await.assert_active();
    beside.catch_up().await;
    let there = Client::new(&beside, "", &id, &secret);
    there.introspect(&token).await.assert_active();
    // It sees its own audience only.
    let mut other = machine("Other");
    other["resource_server_id"] = json!("r2");
    other["protocol_config"]["allowed_scopes"] = json!(["other"]);
    let other = admin.create(&applications(), "application", other).await;
    let other = client_of(&app, "", &other).machine_token().await;
    api.introspect(&other).await.assert_inactive();
    let listed = admin.get(&credentials).await;
    assert!(listed.body.contains(&id) && !listed.body.contains(&secret));
    assert!(!admin.get(&format!("{REALM}/events")).await.body.contains(&secret));
    admin.remove(&format!("{credentials}/{id}")).await;
    api.introspect(&token).await.assert_invalid_client();
    beside.catch_up().await;
    there.introspect(&token).await.assert_invalid_client();
    app.resource_server("r1-api").introspect(&token).await.assert_active();
}
