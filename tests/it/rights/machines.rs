//! Other spellings are held with the scope; machines hold what they are allowed, whatever people hold.
use super::servers::through_the_api;
use crate::app::{App, Portal, REALM, config};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn an_alias_is_held_by_whoever_holds_the_scope() {
    covers!("T-06", "V-03");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let ender = super::holder(&app, (&portal, &bearer), "ender", &["tokens:delete"]).await;
    let victim = app.client("mref").machine_token().await;
    for (asked, granted) in [("tokens:delete", "tokens:delete"), ("token:delete", "token:delete")] {
        let answer = portal.sign_in("ender", asked).await;
        assert_eq!(answer.assert_tokens().member("scope"), granted);
        let other = app.client("m").machine_token().await;
        app.revoke_as_bearer("", &answer.member("access_token"), &other)
            .await
            .assert_revoked();
        app.client("m").introspect(&other).await.assert_inactive();
    }
    app.client("mref").introspect(&victim).await.assert_active();
    app.revoke_as_bearer("", &ender, &victim).await.assert_revoked();
    app.client("mref").introspect(&victim).await.assert_inactive();
}

#[tokio::test]
async fn machines_are_bounded_by_nobodys_roles() {
    covers!("T-06");
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let [server, reader, writer, group] = through_the_api(&app, &bearer).await;
    let mut machine = config(&json!(["read", "write"]));
    machine["type"] = json!("oauth2");
    machine["grant_type"] = json!(["client_credentials"]);
    machine["refresh_tokens"] = Value::Null;
    for format in ["self_contained", "referential"] {
        machine["token_format"] = json!(format);
        let portal = Portal::of(&app, &bearer, (REALM, &server), &machine).await;
        let answer = portal.client().token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.assert_tokens().member("scope"), "read write");
        let token = answer.member("access_token");
        assert_eq!(portal.client().introspect(&token).await.member("scope"), "read write");
    }
    for role in [&reader, &writer] {
        let path = format!("{REALM}/resource-servers/{server}/roles/{role}");
        app.done(
            &bearer,
            "POST",
            &format!("{path}:deleteMembers"),
            &json!({"group_ids": [group]}),
        )
        .await;
        app.done(&bearer, "PATCH", &path, &json!({"role": {"scopes": []}}))
            .await;
        app.done(&bearer, "DELETE", &path, &Value::Null).await;
    }
    let portal = Portal::of(&app, &bearer, (REALM, &server), &machine).await;
    let answer = portal
        .client()
        .token(&[("grant_type", "client_credentials"), ("scope", "write")])
        .await;
    assert_eq!(answer.assert_tokens().member("scope"), "write");
    let token = answer.member("access_token");
    assert_eq!(portal.client().introspect(&token).await.member("scope"), "write");
}
