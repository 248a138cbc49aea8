//! A refresh token is described to its own client and to managers, while the token endpoint would take it (I-04).
use crate::app::{ADMIN, App, Authorize, Client, OTHER, REALM, entry};
use grantor_tests::covers;
use serde_json::json;

async fn refresh_token(app: &App, id: &str, scope: &str) -> String {
    let tokens = app.tokens_for(id, "alice", scope).await;
    tokens.assert_tokens().member("refresh_token")
}

#[tokio::test]
async fn a_refresh_token_is_described_to_its_own_client_and_to_managers() {
    covers!("I-04", "O-136", "O-167", "O-168");
    let app = App::start().await;
    let manager = app.management_token("tokens:introspect").await;
    for id in ["keep", "strict", "still", "spa"] {
        let token = refresh_token(&app, id, "read").await;
        let life = if id == "spa" { 3600 } else { 100_000 };
        let expected = |seen: &serde_json::Value| {
            json!({
                "active": true,
                "token_type": "refresh_token",
                "client_id": id,
                "username": "alice",
                "sub": "u-alice",
                "scope": "read",
                "iss": app.issuer(),
                "exp": app.now_seconds() + life,
                "auth_time": app.now_seconds(),
                "gid": seen["gid"],
                "sid": seen["sid"],
            })
        };
        // Every prefix of the realm, for the manager the one of the application included.
        for prefix in ["", REALM, &format!("{REALM}/applications/app-{id}")] {
            let seen = app.introspect_as_bearer(prefix, &manager, &token).await;
            let seen = seen.assert_active().json();
            // No audience, and never Bearer: nothing that guards an API can take it for an access token.
            assert_eq!(seen, expected(&seen), "{prefix}");
            assert!(seen["gid"].is_string() && seen["sid"].is_string());
            let own = app.client(id).under(prefix).introspect(&token).await;
            match id {
                "spa" => drop(own.assert_invalid_client()),
                _ => assert_eq!(own.json(), seen, "{prefix}"),
            }
        }
        for stranger in ["keep", "strict", "still", "a", "m"].into_iter().filter(|s| *s != id) {
            app.client(stranger).introspect(&token).await.assert_inactive();
        }
        for server in ["r1-api", "r2-api"] {
            app.resource_server(server).introspect(&token).await.assert_inactive();
        }
        app.other_client("m").introspect(&token).await.assert_inactive();
        app.introspect_as_bearer(ADMIN, &manager, &token)
            .await
            .assert_inactive();
        let powerless = app.management_token("tokens:delete").await;
        let answer = app.introspect_as_bearer("", &powerless, &token).await;
        answer.assert_bearer_error(403, "insufficient_scope");
        // Looking is no use of it.
        app.client(id).refresh(&token).await.assert_tokens();
    }
    let answer = app.introspect_as_bearer(OTHER, &manager, "grt_x").await;
    assert_ne!(answer.status, 200);
}

#[tokio::test]
async fn a_refresh_token_is_active_exactly_while_it_would_be_taken() {
    covers!("I-04", "T-16");
    let app = App::start().await;
    let end = |answer: &crate::app::Answer| answer.assert_active().json()["exp"].as_i64().unwrap() - app.now_seconds();
    for (id, repeats) in [("keep", true), ("strict", false)] {
        let client = app.client(id);
        let old = refresh_token(&app, id, "read").await;
        let token = client.refresh(&old).await.assert_tokens().member("refresh_token");
        assert_eq!(end(&client.introspect(&token).await), 100_000);
        match repeats {
            // The predecessor, whose answer may have been lost, until the window closes.
            true => assert_eq!(end(&client.introspect(&old).await), 60),
            false => drop(client.introspect(&old).await.assert_inactive()),
        }
        app.advance_seconds(60);
        client.introspect(&old).await.assert_inactive();
        assert_eq!(end(&client.introspect(&token).await), 99_940);
        // Asking about a token that was replayed ends nothing: only using it does.
        client.refresh(&token).await.assert_tokens();
        for _ in 0..3 {
            client.introspect(&old).await.assert_inactive();
        }
        let newest = client.refresh(&token).await;
        assert_eq!(newest.status == 200, repeats, "{}", newest.body);
    }
    // The end that comes first: of the family, or of not being used.
    let keep = app.client("keep");
    let mut token = refresh_token(&app, "keep", "read").await;
    for _ in 0..10 {
        app.advance_seconds(90_001);
        let answer = keep.refresh(&token).await;
        token = answer.assert_tokens().member("refresh_token");
    }
    assert_eq!(end(&keep.introspect(&token).await), 1_000_000 - 900_010);
    app.advance_seconds(99_989);
    keep.introspect(&token).await.assert_active();
    app.advance_seconds(1);
    keep.introspect(&token).await.assert_inactive();
}

#[tokio::test]
async fn what_ends_a_refresh_token_ends_its_description() {
    covers!("I-04", "O-175");
    const APPLICATION: &str = include_str!("../../fixtures/refresh.toml");
    for end in ["consent", "user", "application", "switch", "name", "grant"] {
        let app = App::start().await;
        let manager = app.management_token("tokens:introspect").await;
        let keep = app.client("keep");
        let tokens = app.tokens_for("keep", "alice", "openid read").await;
        let token = tokens.assert_tokens().member("refresh_token");
        keep.introspect(&token).await.assert_active();
        let mut document: toml::Table = APPLICATION.parse().unwrap();
        let application = entry(&mut document, "applications", "app-keep");
        match end {
            "consent" => app.sql(|db| db.execute_batch("DELETE FROM consent")),
            "user" => {
                let disable =
                    |d: &mut toml::Table| drop(entry(d, "users", "u-alice").insert("enabled".into(), false.into()));
                app.edit(disable).await.unwrap();
            }
            "grant" => {
                let second = keep.refresh(&token).await.member("refresh_token");
                keep.refresh(&second).await.assert_tokens();
                keep.refresh(&token).await.assert_json_error(400, "invalid_grant");
            }
            "application" => drop(application.insert("enabled".into(), false.into())),
            "name" => drop(application.insert("client_id".into(), "renamed".into())),
            _ => {
                let config = application["protocol_config"].as_table_mut().unwrap();
                config["refresh_tokens"]
                    .as_table_mut()
                    .unwrap()
                    .insert("enabled".into(), false.into());
            }
        }
        if matches!(end, "application" | "name" | "switch") {
            app.apply(&document.to_string()).await.unwrap();
        }
        let seen = app.introspect_as_bearer("", &manager, &token).await;
        if end == "name" {
            // The application is the same, and the token still good for it.
            assert_eq!(seen.assert_active().member("client_id"), "renamed");
            let secret = "keep-secret-keep-secret-keep-secret-";
            Client::new(&app, "", "renamed", secret)
                .refresh(&token)
                .await
                .assert_tokens();
        } else {
            seen.assert_inactive();
        }
    }
}

#[tokio::test]
async fn nothing_but_a_refresh_token_of_ours_is_described_as_one() {
    covers!("I-04", "O-169");
    let app = App::start().await;
    let keep = app.client("keep");
    let token = refresh_token(&app, "keep", "openid read").await;
    keep.introspect(&token).await.assert_active();
    for hint in ["refresh_token", "access_token", "nonsense"] {
        let form = [("token", token.as_str()), ("token_type_hint", hint)];
        keep.post("/introspect", &form).await.assert_active();
    }
    let body = &token["grt_".len()..];
    for other in [
        &token[..token.len() - 1],
        &token[..token.len() - 4],
        body,
        "grt_",
        &format!("{token}A"),
        &format!(" {token}"),
        &format!("GRT_{body}"),
        &format!("grt_{}", "A".repeat(body.len())),
        &format!("grt_{}", "A".repeat(40_000)),
        "grt_' OR '1'='1",
    ] {
        keep.introspect(other).await.assert_inactive();
    }
    // Under the application's prefix the token of that prefix, and the manager reads the issuer it is good under.
    let prefix = format!("{REALM}/applications/app-keep");
    let request = Authorize::of("keep").under(&prefix);
    let code = app.browser().code_as(&request, "alice").await;
    let tokens = keep.clone().under(&prefix).redeem(&code, "https://keep.test/cb").await;
    let seen = keep.introspect(&tokens.assert_tokens().member("refresh_token")).await;
    assert_eq!(seen.assert_active().member("iss"), format!("{}{prefix}", app.issuer()));
}
