//! A user grants what their roles hold, directly or by a group, and nothing else, of a resource server that says so (T-06).
use super::servers::{APPLIED, through_the_api};
use crate::app::{Answer, App, PASSWORD, Portal, REALM, config, form_of, query_of, target_of};
use grantor_tests::covers;
use serde_json::json;

/// Signs in at the portal until the consent page, or past it.
async fn until_consent<'a>(
    app: &'a App,
    portal: &Portal<'_>,
    name: &str,
    scope: &str,
) -> (crate::app::Browser<'a>, Answer) {
    let mut browser = app.browser();
    let page = browser
        .open(&portal.request(scope).set("prompt", "consent").url())
        .await;
    let form = form_of(&page).set("username", name).set("password", PASSWORD);
    let page = browser.submit(&form).await;
    (browser, page)
}

#[tokio::test]
async fn roles_bound_consent_page_code_flow_refresh_and_introspection() {
    covers!("T-06", "T-03");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    app.apply(APPLIED).await.unwrap();
    let applied = ["applied", "applied-reader", "applied-writer", "applied-group"].map(str::to_owned);
    for [server, reader, _, group] in [through_the_api(&app, &bearer).await, applied] {
        let mut asking = config(&json!(["read", "write", "tokens:delete"]));
        asking["consent"] = json!("ask");
        let portal = Portal::of(&app, &bearer, (REALM, &server), &asking).await;
        let (both, one, none) = (
            format!("both-{server}"),
            format!("one-{server}"),
            format!("none-{server}"),
        );
        let id = portal.user(&bearer, &both, &[&reader]).await;
        let path = format!("{REALM}/groups/{group}:addMembers");
        app.done(&bearer, "POST", &path, &json!({"identity_ids": [id]})).await;
        portal.user(&bearer, &one, &[&reader]).await;
        portal.user(&bearer, &none, &[]).await;
        for (name, asked, shown, granted) in [
            (&both, "", &["Read", "Write"][..], "read write"),
            (
                &both,
                "openid read write tokens:delete",
                &["Read", "Write"],
                "openid read write",
            ),
            (&both, "openid write", &["Write"], "openid write"),
            (&one, "", &["Read"], "read"),
            (&one, "read write", &["Read"], "read"),
            (&one, "openid write", &[], "openid"),
            (&none, "openid read write tokens:delete token:delete", &[], "openid"),
        ] {
            let (mut browser, page) = until_consent(&app, &portal, name, asked).await;
            for word in ["Read", "Write", "End"] {
                let there = page.body.contains(&format!("{word} them all"));
                assert_eq!(there, shown.contains(&word), "{name} {asked}: {word}: {}", page.body);
            }
            let page = browser.submit(&form_of(&page).set("decision", "allow")).await;
            let target = target_of(&page).unwrap();
            let code = query_of(&target).into_iter().find(|(n, _)| n == "code").unwrap().1;
            let answer = portal.client().redeem(&code, "https://portal.test/cb").await;
            assert_eq!(answer.assert_tokens().member("scope"), granted, "{name} {asked}");
            let token = answer.member("access_token");
            let active = portal.client().introspect(&token).await;
            assert_eq!(active.assert_active().member("scope"), granted);
            let refreshed = portal.client().refresh(&answer.member("refresh_token")).await;
            assert_eq!(refreshed.assert_tokens().member("scope"), granted);
            let told = portal.client().introspect(&refreshed.member("refresh_token")).await;
            assert_eq!(told.assert_active().member("scope"), granted);
            if granted.starts_with("openid") {
                assert_eq!(portal.client().userinfo(&token).await.status, 200);
            }
        }
        for (name, asked) in [
            (&none, ""),
            (&none, "read"),
            (&one, "write tokens:delete"),
            (&one, "token:delete"),
        ] {
            let (_, page) = until_consent(&app, &portal, name, asked).await;
            let target = target_of(&page).unwrap();
            let query = query_of(&target);
            let value = |wanted: &str| query.iter().find(|(n, _)| n == wanted).map(|(_, v)| v.as_str());
            assert_eq!(value("error"), Some("access_denied"), "{name} {asked}: {target}");
            assert_eq!(value("code"), None);
        }
    }
}
