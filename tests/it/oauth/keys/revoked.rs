//! A key that is taken back: gone from the key set, its tokens inactive, another one signs.
use super::{NOBODY, WAITS, jwks, kid, kids, main_realm, rotate, start, states, token, words};
use crate::app::App;
use grantor_flows::jobs::catch_up;
use grantor_flows::signing_keys::{RevokedKey, revoke};
use grantor_protocol::events::EventKind;
use grantor_protocol::words::SigningAlgorithm::ES256;
use grantor_tests::covers;
use std::time::Duration;
use tokio::time::timeout;

/// As `grantor keys revoke` does, in another process.
async fn revoke_elsewhere(app: &App, kid: &str) -> RevokedKey {
    app.advance_seconds(1);
    let revoked = revoke(&app.second_process().await, &main_realm(), kid, &NOBODY)
        .await
        .unwrap();
    catch_up(&app.deps).await.unwrap();
    revoked
}

#[tokio::test]
async fn a_revoked_key_takes_its_tokens_with_it_and_a_new_one_signs() {
    covers!("O-161", "O-191");
    let app = start().await;
    let user = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let machine = token(&app).await;
    let other_algorithm = app.client("alone").machine_token().await;
    let first = kid(&machine);
    assert_eq!(
        (kid(&user), app.client("a").userinfo(&user).await.status),
        (first.clone(), 200)
    );
    let revoked = revoke_elsewhere(&app, &first).await;
    let replacement = revoked.replacement.unwrap();
    assert_eq!(
        states(&app, ES256).await,
        [(first.clone(), "revoked"), (replacement.clone(), "active")]
    );
    assert_eq!(kids(&jwks(&app).await, ES256), [&*replacement]);
    app.client("m").introspect(&machine).await.assert_inactive();
    app.resource_server("r1-api")
        .introspect(&machine)
        .await
        .assert_inactive();
    assert_eq!(app.client("a").userinfo(&user).await.status, 401);
    let fresh = token(&app).await;
    assert_eq!(kid(&fresh), replacement);
    app.client("m").introspect(&fresh).await.assert_active();
    app.client("alone").introspect(&other_algorithm).await.assert_active();
    // It happened once; a second time there is nothing to take back.
    let again = revoke(&app.deps, &main_realm(), &first, &NOBODY).await.unwrap_err();
    assert!(format!("{again:?}").contains("revoked already"), "{again:?}");
    let unknown = revoke(&app.deps, &main_realm(), "nobody", &NOBODY).await.unwrap_err();
    assert!(format!("{unknown:?}").contains("no signing key nobody"), "{unknown:?}");
    let told = app.deps.store.list_events(&main_realm(), 2).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|e| (e.kind, e.detail)).collect();
    let expected = [
        (EventKind::SigningKeyCreated, replacement),
        (EventKind::SigningKeyRevoked, first),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_key_that_waits_and_is_known_takes_the_place_of_a_revoked_one() {
    covers!("O-161");
    let app = start().await;
    let first = kid(&token(&app).await);
    let next = rotate(&app, ES256, false).await;
    app.advance_seconds(1);
    let later = rotate(&app, ES256, false).await;
    let revoked = revoke_elsewhere(&app, &first).await;
    assert_eq!(revoked.replacement.as_deref(), Some(&*next));
    assert_eq!(kid(&token(&app).await), next);
    assert_eq!(words(&app).await, ["revoked", "active", "next"]);
    // Revoking what does not sign replaces nothing.
    assert_eq!(revoke_elsewhere(&app, &later).await.replacement, None);
    app.advance_seconds(WAITS);
    assert_eq!(kid(&token(&app).await), next);
    let newest = rotate(&app, ES256, false).await;
    app.advance_seconds(WAITS);
    assert_eq!(kid(&token(&app).await), newest);
    assert_eq!(revoke_elsewhere(&app, &next).await.replacement, None);
    assert_eq!(words(&app).await, ["revoked", "revoked", "revoked", "active"]);
}

#[tokio::test]
async fn a_process_that_is_behind_the_feed_believes_no_key_of_its_memory() {
    covers!("O-161");
    let app = start().await;
    // Nobody reads the feed there.
    let behind = app.second_process().await;
    let machine = token(&app).await;
    let open = async || {
        let opened = grantor_flows::access_token::open(&behind, &main_realm(), &machine).await;
        opened.unwrap().is_some()
    };
    assert!(open().await && open().await);
    app.advance_seconds(1);
    let replacement = revoke(&app.deps, &main_realm(), &kid(&machine), &NOBODY)
        .await
        .unwrap()
        .replacement;
    assert!(!open().await);
    let now = behind.clock.now();
    let signs = grantor_flows::keys::signing(&behind, &main_realm(), ES256, now.seconds() + 60, now).await;
    assert_eq!(Some(signs.unwrap().kid()), replacement.as_deref());
}

#[tokio::test]
async fn a_gap_in_the_feed_reads_keys_again() {
    let app = start().await;
    let machine = token(&app).await;
    app.client("m").introspect(&machine).await.assert_active();
    // What happened was deleted before this process read it: all it sees is a later change of something else.
    app.sql(|on| {
        let revoke = "UPDATE signing_key SET revoked = true, retired_at = 1 WHERE kid = ?1";
        on.execute_batch("BEGIN IMMEDIATE")?;
        on.execute(revoke, [&kid(&machine)])?;
        on.cut_feed()?;
        on.execute_batch("COMMIT")
    });
    for _ in 0..200 {
        if app.client("m").introspect(&machine).await.json()["active"] == false {
            return;
        }
        let _ = timeout(Duration::from_millis(50), app.deps.store.bell().notified()).await;
    }
    panic!("the revoked key was never seen");
}
