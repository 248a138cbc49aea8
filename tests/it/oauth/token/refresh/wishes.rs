//! What a client may ask of a renewed token: a shorter life, claims of its own, a target. Nothing of it is kept.
use super::{EACH, first, newest, refresh_with};
use crate::app::App;
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_renewed_token_is_made_as_it_was_asked_for() {
    covers!("T-16");
    let app = App::start().await;
    for (id, scope) in EACH {
        let client = app.client(id);
        let longest = if id == "spa" { 600 } else { 3600 };
        let mut token = first(&app, id, scope).await;
        let claims = json!({"a": "'; --", "n": 1, "l": ["x", null]});
        let text = claims.to_string();
        let none: &[(&str, &str)] = &[];
        for (more, life, carried) in [
            (none, longest, None),
            (
                &[("expiration_time", "60"), ("custom_claims", &text)],
                60,
                Some(&claims),
            ),
            (none, longest, None),
            // Sent without a value means omitted (RFC 6749 section 3.1).
            (
                &[
                    ("expiration_time", ""),
                    ("custom_claims", ""),
                    ("scope", ""),
                    ("resource", ""),
                ],
                longest,
                None,
            ),
            (
                &[("expiration_time", "600"), ("resource", "https://r1.test")],
                600,
                None,
            ),
        ] {
            app.advance_seconds(10);
            let answer = refresh_with(&client, &token, more).await;
            token = newest(&answer, &token);
            assert_eq!(answer.json()["expires_in"], life, "{id} {more:?}");
            let access = answer.member("access_token");
            let parts = if id == "strict" { 5 } else { 3 };
            assert_eq!(access.split('.').count(), parts, "{id}");
            let seen = app.resource_server("r1-api").introspect(&access).await;
            let seen = seen.assert_active().json();
            assert_eq!(seen["exp"], app.now_seconds() + life, "{id} {more:?}");
            assert_eq!(seen.get("custom_claims"), carried, "{id} {more:?}");
            assert_eq!((&seen["sub"], &seen["client_id"]), (&json!("u-alice"), &json!(id)));
            assert_eq!(seen["username"], "alice");
            assert_eq!(seen["aud"], json!(["https://r1.test", id]), "{id}");
        }
    }
}

#[tokio::test]
async fn a_token_that_ends_late_ends_with_its_family_all_the_same() {
    covers!("O-126");
    let app = App::start().await;
    let strict = app.client("strict");
    let old = first(&app, "strict", "read").await;
    let short = refresh_with(&strict, &old, &[("expiration_time", "5")]).await;
    let token = newest(&short, &old);
    app.advance_seconds(3000);
    let renewed = strict.refresh(&token).await;
    let (token, access) = (newest(&renewed, &token), renewed.member("access_token"));
    strict.refresh(&old).await.assert_json_error(400, "invalid_grant");
    strict.refresh(&token).await.assert_json_error(400, "invalid_grant");
    // The token that was made last ends 600 seconds after what was made first would have.
    app.advance_seconds(3599);
    strict.introspect(&access).await.assert_inactive();
    app.resource_server("r1-api")
        .introspect(&access)
        .await
        .assert_inactive();
}

#[tokio::test]
async fn the_subject_is_frozen_and_the_format_and_life_are_the_application_s_of_now() {
    covers!("T-23", "T-16");
    let app = App::start().await;
    let mut token = first(&app, "keep", "openid read").await;
    let set = async |format: &str, life: i64, subject: &str| {
        let mut document: toml::Table = include_str!("../../../fixtures/refresh.toml").parse().unwrap();
        let application = crate::app::entry(&mut document, "applications", "app-keep");
        let config = application["protocol_config"].as_table_mut().unwrap();
        config.insert("token_format".into(), format.into());
        let tokens = config["token_configuration"].as_table_mut().unwrap();
        tokens.insert("expires_after".into(), life.into());
        tokens.insert("subject_field".into(), subject.into());
        app.apply(&document.to_string()).await.unwrap();
    };
    for (format, parts, life, subject) in [
        ("referential", 5, 100, "username"),
        ("self_contained", 3, 7200, "email"),
        ("referential", 5, 3600, "id"),
    ] {
        set(format, life, subject).await;
        let answer = app.client("keep").refresh(&token).await;
        token = newest(&answer, &token);
        let access = answer.member("access_token");
        assert_eq!(access.split('.').count(), parts, "{format}");
        assert_eq!(answer.json()["expires_in"], life);
        let seen = app.client("keep").introspect(&access).await;
        assert_eq!(seen.assert_active().member("sub"), "u-alice", "{subject}");
        assert_eq!(
            crate::app::part_of(&answer.member("id_token"), 1)["sub"],
            "u-alice",
            "{subject}"
        );
        assert_eq!(
            app.client("keep").userinfo(&access).await.member("sub"),
            "u-alice",
            "{subject}"
        );
    }
}
