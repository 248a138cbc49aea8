//! PKCE, asked for or disabled.
use super::{request, set};
use crate::app::{App, REALM};
use crate::management::admin::{Admin, client_of, text, web};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn pkce_is_asked_for_unless_it_is_disabled() {
    covers!("A-07", "A-08");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let bare = request(&made, "openid")
        .without("code_challenge")
        .without("code_challenge_method");
    let uri = "https://made.test/cb";
    let form = |code: &str| {
        vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".into(), code.into()),
            ("redirect_uri".into(), uri.into()),
        ]
    };
    let redeem = async |code: &str, verifier: Option<&str>| {
        let mut form = form(code);
        form.extend(verifier.map(|v| ("code_verifier".to_owned(), v.to_owned())));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        client.token(&form).await
    };
    // Asked for: challenge, method and verifier.
    let answer = app.authorize(&bare).await;
    answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
    for method in ["plain", "256", ""] {
        let answer = app
            .authorize(&request(&made, "openid").set("code_challenge_method", method))
            .await;
        answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
    }
    let code = app.browser().code_as(&request(&made, "openid"), "alice").await;
    redeem(&code, None).await.assert_json_error(400, "invalid_grant");
    let wrong = "x".repeat(43);
    redeem(&code, Some(&wrong))
        .await
        .assert_json_error(400, "invalid_grant");
    redeem(&code, Some(crate::app::VERIFIER)).await.assert_tokens();
    // Disabled: not needed; what is sent is enforced, and a verifier for nothing is none.
    set(&admin, &id, json!({"pkce": "disabled"})).await;
    let code = app.browser().code_as(&bare, "alice").await;
    redeem(&code, Some(crate::app::VERIFIER))
        .await
        .assert_json_error(400, "invalid_grant");
    let code = app.browser().code_as(&bare, "alice").await;
    redeem(&code, None).await.assert_tokens();
    let code = app.browser().code_as(&request(&made, "openid"), "alice").await;
    redeem(&code, None).await.assert_json_error(400, "invalid_grant");
    set(&admin, &id, json!({"pkce": null})).await;
    let answer = app.authorize(&bare).await;
    answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
}
