//! Resource servers bound what applications may be allowed, when a record is saved and when a token is issued.
use super::assert_refused;
use crate::app::{App, Authorize, OTHER, entry};
use grantor_tests::covers;
use toml::{Table, Value};

fn scopes(id: &'static str, scopes: &[&str]) -> impl FnOnce(&mut Table) + use<> {
    let scopes = Value::Array(scopes.iter().map(|s| Value::from(*s)).collect());
    move |d| {
        let config = entry(d, "applications", id)["protocol_config"].as_table_mut().unwrap();
        config.insert("allowed_scopes".into(), scopes);
    }
}

fn link(id: &'static str, server: Option<&'static str>) -> impl FnOnce(&mut Table) {
    move |d| match server {
        Some(server) => _ = entry(d, "applications", id).insert("resource_server".into(), server.into()),
        None => _ = entry(d, "applications", id).insert("resource_server".into(), "".into()),
    }
}

/// A document of one resource server that defines these scopes; the applications stay as they are stored.
fn server(id: &str, scopes: &str) -> String {
    format!(
        "tenant = 'default'\nrealm = 'main'\n[[resource_servers]]\nid = '{id}'\nidentifier = 'https://{id}.test'\ndisplay_name = 'API'\nscopes = [{scopes}]"
    )
}

async fn granted(app: &App, client: &str, scope: Option<&str>) -> Result<String, String> {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(scope.map(|scope| ("scope", scope)));
    let answer = app.client(client).token(&form).await;
    match answer.status {
        200 => Ok(answer.member("scope")),
        _ => Err(answer.assert_json_error(400, "invalid_scope").member("error")),
    }
}

#[tokio::test]
async fn an_application_is_allowed_scopes_of_its_resource_server_only() {
    covers!("A-13");
    let app = App::start().await;
    let field = "applications[8].protocol_config.allowed_scopes";
    for wrong in [
        &["other"][..],
        &["read", "other"],
        &["read", "delete"],
        &["Read"],
        &["openid"],
        &[""],
    ] {
        assert_refused(&app, &format!("{wrong:?}"), field, scopes("app-m", wrong)).await;
    }
    assert_refused(&app, "the scopes of the old server", field, link("app-m", Some("r2"))).await;
    let unknown = "applications[8].resource_server";
    assert_refused(&app, "no such server", unknown, link("app-m", Some("r3"))).await;
    // One of another realm does not exist here either.
    let admin = link("app-m", Some("management"));
    assert_refused(&app, "of the admin realm", unknown, admin).await;
    app.edit(|d| {
        link("app-m", Some("r2"))(d);
        scopes("app-m", &["other"])(d);
    })
    .await
    .unwrap();
    assert_eq!(granted(&app, "m", None).await, Ok("other".into()));
    assert!(granted(&app, "m", Some("read")).await.is_err());
}

#[tokio::test]
async fn a_scope_its_resource_server_lost_is_no_longer_granted() {
    covers!("A-13");
    let app = App::start().await;
    assert_eq!(granted(&app, "m", None).await, Ok("read write".into()));
    let request = Authorize::of("a").set("scope", "openid read write");
    let mut browser = app.browser();
    let code = browser.code_as(&request, "alice").await;
    let narrowed = browser.code_as(&request, "alice").await;
    app.apply(&server("r1", "{ name = 'read' }, { name = 'admin' }"))
        .await
        .unwrap();
    assert_eq!(granted(&app, "m", None).await, Ok("read".into()));
    assert!(granted(&app, "m", Some("write")).await.is_err());
    assert!(granted(&app, "m", Some("read write")).await.is_err());
    // What the user allowed before does not bring it back.
    let answer = app.client("a").redeem(&code, "https://a.test/cb").await;
    assert_eq!(answer.assert_tokens().member("scope"), "openid read");
    let token = answer.member("access_token");
    assert_eq!(
        app.client("a").introspect(&token).await.assert_active().member("scope"),
        "openid read"
    );
    let form = [
        ("grant_type", "authorization_code"),
        ("code", narrowed.as_str()),
        ("redirect_uri", "https://a.test/cb"),
        ("code_verifier", crate::app::VERIFIER),
        ("scope", "write"),
    ];
    assert_eq!(
        app.client("a").token(&form).await.assert_tokens().member("scope"),
        "openid"
    );
    let again = browser.code_as(&request, "alice").await;
    let answer = app.client("a").redeem(&again, "https://a.test/cb").await;
    assert_eq!(answer.assert_tokens().member("scope"), "openid read");
    // A document that lists it for an application is refused by now.
    let mut lost = app.apply(&server("r1", "{ name = 'read' }")).await;
    assert_eq!(lost, Ok(()));
    lost = app.edit(|d| _ = d.remove("resource_servers")).await;
    assert!(
        lost.unwrap_err()
            .contains("applications[0].protocol_config.allowed_scopes")
    );
}

#[tokio::test]
async fn a_code_grants_nothing_its_application_lost_before_it_was_redeemed() {
    covers!("A-13");
    let app = App::start().await;
    let request = Authorize::of("a").set("scope", "openid read write");
    let code = app.browser().code_as(&request, "alice").await;
    app.edit(|d| {
        scopes("app-a", &["write"])(d);
        let config = entry(d, "applications", "app-a")["protocol_config"]
            .as_table_mut()
            .unwrap();
        config.insert("type".into(), "oauth2".into());
    })
    .await
    .unwrap();
    let answer = app.client("a").redeem(&code, "https://a.test/cb").await;
    assert_eq!(answer.assert_tokens().member("scope"), "write");
    assert!(answer.json().get("id_token").is_none(), "{}", answer.body);
    app.client("a")
        .userinfo(&answer.member("access_token"))
        .await
        .assert_bearer_error(403, "insufficient_scope");
}

#[tokio::test]
async fn without_a_resource_server_there_are_no_scopes_to_allow() {
    covers!("A-14");
    let app = App::start().await;
    let field = "applications[10].protocol_config.allowed_scopes";
    assert_refused(&app, "scopes without a server", field, scopes("app-alone", &["read"])).await;
    assert_eq!(granted(&app, "alone", None).await, Ok(String::new()));
    assert!(granted(&app, "alone", Some("read")).await.is_err());
    let token = app.client("alone").machine_token().await;
    let seen = app.client("alone").introspect(&token).await.assert_active().json();
    assert_eq!(
        (seen["scope"].as_str().unwrap_or_default(), &seen["aud"]),
        ("", &"alone".into())
    );
    for (scope, expected) in [
        ("openid", "openid"),
        ("openid read", "openid"),
        ("openid zzz", "openid"),
    ] {
        let request = Authorize::of("p2").set("scope", scope);
        let answer = app.browser().get(&request.url()).await;
        if scope == "openid read" {
            // Known in the realm, but not allowed here.
            answer.assert_redirect_error("https://p2.test/cb", "invalid_scope", Some("st4te"));
            continue;
        }
        let code = app.browser().code_as(&request, "bob").await;
        let tokens = app.client("p2").redeem(&code, "https://p2.test/cb").await;
        assert_eq!(tokens.assert_tokens().member("scope"), expected, "{scope}");
    }
}

#[tokio::test]
async fn unlinking_a_resource_server_clears_what_was_allowed() {
    covers!("A-14");
    let app = App::start().await;
    let field = "applications[8].protocol_config.allowed_scopes";
    assert_refused(&app, "unlinked with scopes", field, link("app-m", None)).await;
    assert_eq!(granted(&app, "m", None).await, Ok("read write".into()));
    app.edit(|d| {
        link("app-m", None)(d);
        scopes("app-m", &[])(d);
    })
    .await
    .unwrap();
    assert_eq!(granted(&app, "m", None).await, Ok(String::new()));
    assert!(granted(&app, "m", Some("read")).await.is_err());
    // Linked again it starts from nothing.
    app.edit(scopes("app-m", &[])).await.unwrap();
    assert_eq!(granted(&app, "m", None).await, Ok(String::new()));
    assert!(granted(&app, "m", Some("read")).await.is_err());
    app.edit(|_| {}).await.unwrap();
    assert_eq!(granted(&app, "m", Some("read")).await, Ok("read".into()));
}

#[tokio::test]
async fn allowed_scopes_limit_what_can_be_requested() {
    covers!("A-16");
    let app = App::start().await;
    for (asked, expected) in [
        (None, Some("read write")),
        (Some("read"), Some("read")),
        (Some("write read"), Some("write read")),
        (Some("admin"), None),
        (Some("read admin"), None),
        (Some("other"), None),
        (Some("zzz"), None),
        (Some("READ"), None),
    ] {
        let got = granted(&app, "m", asked).await.ok();
        assert_eq!(got.as_deref(), expected, "{asked:?}");
    }
    for (asked, refused) in [
        ("openid read", false),
        ("openid read admin", true),
        ("openid other", true),
    ] {
        let request = Authorize::of("a").set("scope", asked);
        let answer = app.browser().open(&request.url()).await;
        match refused {
            true => _ = answer.assert_redirect_error("https://a.test/cb", "invalid_scope", Some("st4te")),
            false => _ = answer.assert_page(200),
        }
    }
    app.edit(scopes("app-m", &["write"])).await.unwrap();
    assert_eq!(granted(&app, "m", None).await, Ok("write".into()));
    assert!(granted(&app, "m", Some("read")).await.is_err());
    // The same names in another tenant are other scopes.
    let form = [("grant_type", "client_credentials"), ("scope", "write")];
    app.other_client("m")
        .under(OTHER)
        .token(&form)
        .await
        .assert_json_error(400, "invalid_scope");
}
