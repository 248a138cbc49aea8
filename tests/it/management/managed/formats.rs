//! Management tokens of either format.
use super::tool;
use crate::app::{ADMIN, App, OTHER, REALM};
use crate::management::admin::{Admin, client_of, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_management_token_of_either_format_opens_the_api_until_it_ends() {
    covers!("T-15", "T-24", "O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    for (format, parts) in [("self_contained", 3), ("referential", 5)] {
        let made = tool(&admin, format, &["applications:read", "tokens:delete"]).await;
        let id = text(&made["id"]);
        let client = client_of(&app, ADMIN, &made);
        let (first, second, third) = (
            client.machine_token().await,
            client.machine_token().await,
            client.machine_token().await,
        );
        assert_eq!(first.split('.').count(), parts);
        beside.catch_up().await;
        let list = format!("{REALM}/applications");
        let check = async |bearer: &str, lives: bool| {
            beside.catch_up().await;
            for app in [&app, &beside] {
                let tool = Admin {
                    app,
                    bearer: bearer.to_owned(),
                };
                let answer = tool.get(&list).await;
                if lives {
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    // Its scopes and its tenant bound it.
                    let answer = tool.get(&format!("{REALM}/events")).await;
                    answer.assert_management_error(403, "forbidden");
                    let answer = tool.get(&format!("{OTHER}/applications")).await;
                    assert!(matches!(answer.status, 401 | 403), "{}", answer.body);
                    continue;
                }
                answer.assert_management_error(401, "unauthorized");
                assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
            }
        };
        for token in [&first, &second, &third] {
            check(token, true).await;
        }
        // By itself, by its id, with its application, and by its end.
        client.revoke(&first).await.assert_revoked();
        check(&first, false).await;
        let jti = client.introspect(&second).await.assert_active().member("jti");
        admin.remove(&format!("{ADMIN}/applications/{id}/tokens/{jti}")).await;
        check(&second, false).await;
        check(&third, true).await;
        let path = format!("{ADMIN}/applications/{id}");
        admin.change(&path, "application", json!({"enabled": false})).await;
        check(&third, false).await;
        admin.change(&path, "application", json!({"enabled": true})).await;
        check(&third, false).await;
        app.advance_seconds(1);
        let fresh = client.machine_token().await;
        check(&fresh, true).await;
        admin.remove(&path).await;
        check(&fresh, false).await;
    }
}

#[tokio::test]
async fn the_tokens_of_an_application_are_listed_and_revoked_by_their_ids() {
    covers!("V-07");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = tool(&admin, "referential", &["applications:read"]).await;
    let client = client_of(&app, ADMIN, &made);
    let token = client.machine_token().await;
    let id = client.introspect(&token).await.assert_active().member("jti");
    let path = format!("{ADMIN}/applications/{}/tokens", text(&made["id"]));
    // Rows are written behind the answer, in order.
    let nothing = grantor_store::revocations::Revoked::Token("nothing".into());
    app.revoke(nothing).await;
    let listed = admin.get(&path).await;
    assert_eq!(listed.json()["tokens"][0]["id"], id, "{}", listed.body);
    assert!(!listed.body.contains(&token));
    for query in ["?principal_typ=application", "?page_siz=1", "?x"] {
        let answer = admin.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    admin.remove(&format!("{path}/{id}")).await;
    assert_eq!(admin.get(&path).await.json(), json!({"tokens": []}));
    crate::management::admin::assert_missing(&admin.delete(&format!("{path}/{id}")).await, "token");
    let events = admin.events(ADMIN, &[("kind", "token.revoked")]).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["target"]["id"], &events[0]["actor"]["id"]),
        (&json!(id), &json!("management-api"))
    );
}
