//! How a secret comes, and which grants are allowed.
use super::{path, set};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, client_of, machine, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_secret_comes_the_way_that_is_set_and_no_other() {
    covers!("A-10", "A-11");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", machine("Machine"))
        .await;
    let config = &made["protocol_config"];
    let (id, secret) = (text(&config["client_id"]), text(&config["client_secret"]));
    let basic = client_of(&app, "", &made).basic();
    let grant = ("grant_type", "client_credentials");
    let in_body = [grant, ("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let header = [("authorization", basic.as_str())];
    for (method, by_header, by_body) in [
        ("client_secret_basic", 200, 401),
        ("client_secret_post", 401, 200),
        ("client_secret_basic", 200, 401),
    ] {
        set(
            &admin,
            &text(&made["id"]),
            json!({"token_endpoint_auth_method": method}),
        )
        .await;
        let answer = app.post("/token", &header, &[grant]).await;
        assert_eq!(answer.status, by_header, "{method}: {}", answer.body);
        let answer = app.post("/token", &[], &in_body).await;
        assert_eq!(answer.status, by_body, "{method}: {}", answer.body);
        let both = app.post("/token", &header, &in_body).await;
        both.assert_json_error(400, "invalid_request");
        let query = format!("/token?{}", crate::app::encode(&in_body[1..]));
        let answer = app.post(&query, &[], &[grant]).await;
        assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_grants_that_are_set_decide_requests_and_discovery_at_once() {
    covers!("A-12");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut new = web("Web");
    new["protocol_config"]["type"] = json!("oauth2");
    let made = admin.create(&format!("{REALM}/applications"), "application", new).await;
    let id = text(&made["id"]);
    let document = format!("{}/.well-known/openid-configuration", path(&id));
    for grants in [
        &["authorization_code"][..],
        &["client_credentials"],
        &["authorization_code", "client_credentials"],
    ] {
        let refresh = grants.contains(&"authorization_code");
        let change = json!({"grant_type": grants, "refresh_tokens": {"enabled": refresh}});
        set(&admin, &id, change).await;
        beside.catch_up().await;
        for app in [&app, &beside] {
            let answer = app.get(&document).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let shown = answer.json();
            let mut expected = grants.to_vec();
            expected.extend(refresh.then_some("refresh_token"));
            assert_eq!(shown["grant_types_supported"], json!(expected));
            assert_eq!(shown.get("authorization_endpoint").is_some(), refresh, "{grants:?}");
            let client = client_of(app, "", &made);
            for (grant, error) in [
                ("authorization_code", "invalid_grant"),
                ("client_credentials", ""),
                ("refresh_token", "invalid_grant"),
            ] {
                let form = [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
                let answer = client.token(&form).await;
                match (expected.contains(&grant), error) {
                    (true, "") => assert_eq!(answer.status, 200, "{}", answer.body),
                    (true, error) => drop(answer.assert_json_error(400, error)),
                    (false, _) => drop(answer.assert_json_error(400, "unauthorized_client")),
                }
            }
        }
    }
    let client = client_of(&app, "", &made);
    client
        .token(&[("grant_type", "password")])
        .await
        .assert_json_error(400, "unsupported_grant_type");
    client.token(&[]).await.assert_json_error(400, "invalid_request");
}
