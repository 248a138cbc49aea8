//! Scopes at refresh: narrowed for one token, never widened, and bounded by what the application may have now.
use super::{EACH, first, newest, refresh_with};
use crate::app::{Answer, App, entry};
use grantor_tests::covers;

/// The scope of the answer, of the token itself and of its description, which agree.
async fn scope_of(app: &App, answer: &Answer) -> String {
    let (said, token) = (answer.assert_tokens().member("scope"), answer.member("access_token"));
    let seen = app.resource_server("r1-api").introspect(&token).await;
    assert_eq!(seen.assert_active().member("scope"), said);
    said
}

#[tokio::test]
async fn a_narrow_token_narrows_nothing_but_itself() {
    covers!("O-129", "O-130", "T-16");
    let app = App::start().await;
    for (id, all) in EACH {
        let client = app.client(id);
        let mut token = first(&app, id, all).await;
        for (asked, expected) in [
            (None, all),
            (Some("read"), "read"),
            (None, all),
            (Some("  read   read "), "read"),
            (Some(""), all),
            (Some(all), all),
            (Some("read"), "read"),
            (Some(all), all),
        ] {
            let more: Vec<_> = asked.map(|asked| ("scope", asked)).into_iter().collect();
            let answer = refresh_with(&client, &token, &more).await;
            token = newest(&answer, &token);
            assert_eq!(scope_of(&app, &answer).await, expected, "{id} {asked:?}");
            let has_id_token = answer.json().get("id_token").is_some();
            assert_eq!(has_id_token, expected.contains("openid"), "{id} {asked:?}");
        }
        // What the user did not grant is not to be had, though the application may ask the user for it.
        for beyond in ["write", "read write", "openid email read", "admin", "other"] {
            let answer = refresh_with(&client, &token, &[("scope", beyond)]).await;
            answer.assert_json_error(400, "invalid_scope");
        }
        assert_eq!(scope_of(&app, &client.refresh(&token).await).await, all, "{id}");
    }
}

#[tokio::test]
async fn a_code_redeemed_for_less_is_no_smaller_grant() {
    covers!("O-130", "T-10");
    let app = App::start().await;
    let request = crate::app::Authorize::of("keep").set("scope", "openid read write");
    let code = app.browser().code_as(&request, "alice").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", request.value("redirect_uri")),
        ("code_verifier", crate::app::VERIFIER),
        ("scope", "read"),
    ];
    let answer = app.client("keep").token(&form).await;
    assert_eq!(scope_of(&app, &answer).await, "openid read");
    let answer = app.client("keep").refresh(&answer.member("refresh_token")).await;
    assert_eq!(scope_of(&app, &answer).await, "openid read write");
}

async fn allow(app: &App, scopes: &[&str]) {
    let mut document: toml::Table = include_str!("../../../fixtures/refresh.toml").parse().unwrap();
    let application = entry(&mut document, "applications", "app-keep");
    let config = application["protocol_config"].as_table_mut().unwrap();
    config.insert("allowed_scopes".into(), scopes.to_vec().into());
    app.apply(&document.to_string()).await.unwrap();
}

/// The scopes that the resource server defines, as another process would change them.
async fn define(app: &App, scopes: &[&str]) {
    let scopes: Vec<String> = scopes.iter().map(|name| format!(r#"{{ name = "{name}" }}"#)).collect();
    let text = format!(
        "tenant = 'default'\nrealm = 'main'\n[[resource_servers]]\nid = 'r1'\nidentifier = 'https://r1.test'\n\
         display_name = 'First API'\nscopes = [{}]",
        scopes.join(", ")
    );
    app.apply(&text).await.unwrap();
}

#[tokio::test]
async fn what_the_application_lost_is_not_in_the_next_token() {
    covers!("O-140", "A-13");
    let app = App::start().await;
    let keep = app.client("keep");
    let tokens = app.tokens_for("keep", "alice", "openid read write").await;
    assert_eq!(scope_of(&app, &tokens).await, "openid read write");
    let mut token = tokens.member("refresh_token");
    for (allowed, defined, expected) in [
        (&["read"][..], &["read", "write", "admin"][..], "openid read"),
        (&["read", "write"], &["read", "write", "admin"], "openid read write"),
        (&["read", "write"], &["write", "admin"], "openid write"),
        (&["read", "write"], &["read", "write", "admin"], "openid read write"),
        (&[], &["read", "write", "admin"], "openid"),
        // What the application gained was never granted by the user.
        (
            &["read", "write", "admin"],
            &["read", "write", "admin"],
            "openid read write",
        ),
    ] {
        define(&app, &["read", "write", "admin"]).await;
        allow(&app, allowed).await;
        define(&app, defined).await;
        let answer = keep.refresh(&token).await;
        token = newest(&answer, &token);
        assert_eq!(scope_of(&app, &answer).await, expected, "{allowed:?} {defined:?}");
    }
    // Asked for by name, it is dropped as well, and the answer says so.
    allow(&app, &["read"]).await;
    let answer = refresh_with(&keep, &token, &[("scope", "read write")]).await;
    assert_eq!(scope_of(&app, &answer).await, "read");
}
