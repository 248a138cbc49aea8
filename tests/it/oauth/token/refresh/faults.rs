//! What the server cannot do costs the client nothing: the keys are there before the token is used up.
use super::{families, first};
use crate::app::{App, Authorize, entry};
use grantor_tests::covers;

/// The signing keys gone from the database or back again, and forgotten by the server.
async fn keys(app: &App, gone: bool) {
    let (from, to) = if gone {
        ("signing_key", "lost_key")
    } else {
        ("lost_key", "signing_key")
    };
    let told =
        "INSERT INTO change (tenant, realm, kind, subject, at) VALUES ('default', 'main', 'signing_key', 'x', 0)";
    app.sql(|db| {
        db.rename(from, to)?;
        db.execute(told, [])
    });
    // Without the table it may say so; it has forgotten the keys in any case.
    drop(grantor_flows::jobs::catch_up(&app.deps).await);
}

/// In this mode a token whose answer is lost cannot be used again, so that the order matters.
async fn signed_and_strict(app: &App) {
    let mut document: toml::Table = include_str!("../../../fixtures/refresh.toml").parse().unwrap();
    let config = entry(&mut document, "applications", "app-keep")["protocol_config"]
        .as_table_mut()
        .unwrap();
    config["refresh_tokens"]
        .as_table_mut()
        .unwrap()
        .insert("rotation".into(), "strict".into());
    app.apply(&document.to_string()).await.unwrap();
}

#[tokio::test]
async fn a_token_that_cannot_be_signed_uses_nothing_up() {
    covers!("T-16");
    let app = App::start().await;
    signed_and_strict(&app).await;
    for id in ["keep", "strict"] {
        let client = app.client(id);
        let token = first(&app, id, "read").await;
        let request = Authorize::of(id).set("scope", "read");
        let code = app.browser().code_as(&request, "alice").await;
        let before = families(&app);
        keys(&app, true).await;
        for _ in 0..2 {
            let refused = client.refresh(&token).await;
            assert!(matches!(refused.status, 500 | 503), "{id}: {}", refused.body);
            let refused = client.redeem(&code, request.value("redirect_uri")).await;
            assert!(matches!(refused.status, 500 | 503), "{id}: {}", refused.body);
        }
        assert_eq!(families(&app), before, "{id}");
        keys(&app, false).await;
        client.refresh(&token).await.assert_tokens();
        client
            .redeem(&code, request.value("redirect_uri"))
            .await
            .assert_tokens();
    }
}
