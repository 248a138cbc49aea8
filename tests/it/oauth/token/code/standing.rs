//! Between /authorize and /token: the user, the consent, the grant type and the application may go.
use super::{grants, redeem};
use crate::app::{App, Authorize, entry};
use grantor_tests::covers;

#[tokio::test]
async fn what_the_code_rests_on_must_still_stand() {
    covers!("O-089", "O-090", "O-091");
    let app = App::start().await;
    let check = async |client: &str, scope: &str, change: &str, expected: Option<(u16, &str)>| {
        let request = Authorize::of(client).set("scope", scope);
        let code = app.browser().code_as(&request, "alice").await;
        withdraw(&app, change).await;
        let before = grants(&app);
        let changes = [("redirect_uri", Some(request.value("redirect_uri")))];
        let answer = redeem(&app.client(client), &code, &changes).await;
        match expected {
            None => answer.assert_tokens(),
            Some((401, _)) => answer.assert_invalid_client(),
            Some((status, error)) => answer.assert_json_error(status, error),
        };
        let made = i64::from(expected.is_none());
        assert_eq!(grants(&app), (before.0 + made, before.1 + made), "{change}");
        // As it was, for the next.
        app.edit(|_| ()).await.unwrap();
    };
    let refused = Some((400, "invalid_grant"));
    check("a", "openid read", "nothing", None).await;
    check("a", "openid read", "disable", refused).await;
    check("first", "openid", "disable", refused).await;
    check("a", "openid read", "consent", refused).await;
    check("a", "openid read", "narrow", refused).await;
    // Needs no consent, so none can be missing.
    check("first", "openid", "consent", None).await;
    check("plain", "read", "grant type", Some((400, "unauthorized_client"))).await;
    check("plain", "read", "application", Some((401, "invalid_client"))).await;
    check("a", "openid read", "delete", refused).await;
}

/// Takes away one thing that codes rest on. Deleting people and withdrawing consent have no door yet: their rows go.
async fn withdraw(app: &App, what: &str) {
    let disable = |list: &'static str, id: &'static str| {
        move |document: &mut toml::Table| {
            entry(document, list, id).insert("enabled".into(), false.into());
        }
    };
    let no_code_grant = |document: &mut toml::Table| {
        let application = entry(document, "applications", "app-plain");
        let config = application["protocol_config"].as_table_mut().unwrap();
        config.insert("grant_types".into(), vec!["client_credentials"].into());
    };
    match what {
        "disable" => app.edit(disable("users", "u-alice")).await.unwrap(),
        "application" => app.edit(disable("applications", "app-plain")).await.unwrap(),
        "grant type" => app.edit(no_code_grant).await.unwrap(),
        "consent" => app.sql(|on| on.execute_batch("DELETE FROM consent")),
        "narrow" => app.sql(|on| on.execute_batch("UPDATE consent SET scope = 'openid'")),
        "delete" => {
            let rows = "DELETE FROM user WHERE id = 'u-alice' AND tenant = 'default';
                 INSERT INTO change (tenant, realm, kind, subject, at) VALUES ('default', 'main', 'user', 'u-alice', 0)";
            app.sql(|on| on.execute_batch(rows));
            grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
        }
        _ => {}
    }
}
