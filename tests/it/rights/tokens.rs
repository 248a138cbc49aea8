//! A token asks for no more than its user and its application have, and makes none.
use super::holder;
use crate::app::{ADMIN, App, Portal};
use grantor_tests::covers;

#[tokio::test]
async fn a_token_asks_for_no_more_than_its_user_and_application_have() {
    covers!("O-250", "O-251", "O-247");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let token = holder(
        &app,
        (&portal, &bearer),
        "lower",
        &["tokens:delete", "applications:read"],
    )
    .await;
    for (asked, granted) in [
        ("", "applications:read tokens:delete"),
        ("*", ""),
        ("admin", ""),
        ("openid admin *", "openid"),
        (
            "applications:read applications:update roles:update",
            "applications:read",
        ),
        ("token:delete", "token:delete"),
        ("openid tokens:delete", "openid tokens:delete"),
        ("roles:update", ""),
    ] {
        let target = portal.come_back("lower", asked).await;
        let query = crate::app::query_of(&target);
        let code = query.iter().find(|(n, _)| n == "code");
        match (code, granted) {
            (None, "") => assert!(
                query.iter().any(|(n, v)| n == "error" && v == "access_denied"),
                "{asked}: {target}"
            ),
            (Some((_, code)), granted) => {
                let answer = portal.client().redeem(code, "https://portal.test/cb").await;
                let scope = answer.assert_tokens().member("scope");
                let sorted = |text: &str| -> std::collections::BTreeSet<String> {
                    text.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect()
                };
                assert_eq!(sorted(&scope), sorted(granted), "{asked}");
            }
            (None, _) => panic!("{asked}: {target}"),
        }
    }
    // It makes no tokens, widens none, and is nothing at the doors of people.
    for form in [
        [("grant_type", "client_credentials"), ("scope", "")],
        [("grant_type", "refresh_token"), ("refresh_token", token.as_str())],
        [("grant_type", "authorization_code"), ("code", token.as_str())],
    ] {
        let authorization = format!("Bearer {token}");
        let answer = app
            .post(&format!("{ADMIN}/token"), &[("authorization", &authorization)], &form)
            .await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        let answer = portal.client().token(&form).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
}
