//! A key is published, signs, is followed, and leaves when its last token has ended.
use super::{LIFE, WAITS, jwks, kid, kids, look_after, rotate, start, states, token, words};
use crate::app::{Authorize, verify_offline};
use grantor_protocol::words::SigningAlgorithm::{ES256, EdDSA, RS256};
use grantor_tests::covers;

#[tokio::test]
async fn a_verifier_with_a_cached_key_set_never_notices_a_rotation() {
    covers!("O-191", "O-350");
    let app = start().await;
    let answer = app.get("/jwks").await;
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let metadata = app.get("/.well-known/openid-configuration").await;
    assert_eq!(metadata.header("cache-control"), "public, max-age=300");
    let first = kids(&answer.body, ES256).remove(0);
    // Five verifiers that fetch at different seconds of the minute, and a rotation every half minute for ten minutes.
    let mut caches: Vec<(i64, String)> = (0..5).map(|n| (n * 12 - 60, answer.body.clone())).collect();
    let (mut signed_by, mut verified) = (vec![first.clone()], 0);
    for second in (0..600).step_by(3) {
        if second % 30 == 0 {
            rotate(&app, ES256, false).await;
            rotate(&app, EdDSA, false).await;
        }
        for (fetched, set) in &mut caches {
            if second - *fetched >= 60 {
                (*fetched, *set) = (second, jwks(&app).await);
            }
        }
        let fresh = token(&app).await;
        for (_, set) in &caches {
            let claims = verify_offline(set, &fresh).unwrap_or_else(|e| panic!("second {second}: {e}"));
            assert_eq!(claims["client_id"], "m");
            verified += 1;
        }
        if *signed_by.last().unwrap() != kid(&fresh) {
            signed_by.push(kid(&fresh));
        }
        look_after(&app).await;
        app.advance_seconds(3);
    }
    assert_eq!(verified, 1000);
    assert!(signed_by.len() >= 18, "{} keys signed", signed_by.len());
    let mut unique = kids(&jwks(&app).await, ES256);
    // Each is published to the end: its tokens live. Those that signed for nobody left in their turn.
    assert!(signed_by.iter().all(|kid| unique.contains(kid)));
    let unused = kids(&jwks(&app).await, EdDSA).len();
    assert!((2..=7).contains(&unused), "{unused}");
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), kids(&jwks(&app).await, ES256).len());
}

#[tokio::test]
async fn a_next_key_waits_signs_in_its_time_and_the_former_one_leaves_with_its_last_token() {
    covers!("O-191", "O-350");
    let app = start().await;
    let before = token(&app).await;
    let first = kid(&before);
    let next = rotate(&app, ES256, false).await;
    assert_eq!(
        states(&app, ES256).await,
        [(first.clone(), "active"), (next.clone(), "next")]
    );
    assert_eq!(kids(&jwks(&app).await, ES256), [first.clone(), next.clone()]);
    app.advance_seconds(WAITS - 1);
    let last = token(&app).await;
    assert_eq!(kid(&last), first);
    app.advance_seconds(1);
    let after = token(&app).await;
    assert_eq!(kid(&after), next);
    assert_eq!(words(&app).await, ["retiring", "active"]);
    for token in [&before, &last, &after] {
        app.client("m").introspect(token).await.assert_active();
        assert!(verify_offline(&jwks(&app).await, token).is_ok());
    }
    // One second before the last token ends it is still there, and however often the job looks.
    app.advance_seconds(LIFE - 2);
    look_after(&app).await;
    app.client("m").introspect(&last).await.assert_active();
    assert!(verify_offline(&jwks(&app).await, &last).is_ok());
    // The row answers an eighth longer than it has to.
    app.advance_seconds(LIFE / 8 + 2);
    look_after(&app).await;
    assert_eq!(
        states(&app, ES256).await,
        [(first.clone(), "retired"), (next.clone(), "active")]
    );
    assert_eq!(kids(&jwks(&app).await, ES256), [next]);
    let length = "SELECT length(sealed) FROM signing_key WHERE kid = ?1";
    let left: i64 = app.sql(|on| on.query_row(length, [&first], |row| row.get(0)));
    assert_eq!(left, 0, "the private half is gone");
    // Other algorithms go on.
    assert_eq!(states(&app, RS256).await.len(), 1);
    let again = app.client("alone").machine_token().await;
    app.client("alone").introspect(&again).await.assert_active();
}

#[tokio::test]
async fn a_row_answers_for_every_token_and_is_rarely_written() {
    let app = start().await;
    token(&app).await;
    let end =
        "SELECT tokens_end_at FROM signing_key WHERE tenant = 'default' AND realm = 'main' AND algorithm = 'ES256'";
    let writes = app.deps.store.writes();
    for _ in 0..100 {
        app.advance_seconds(9);
        let exp = crate::app::part_of(&token(&app).await, 1)["exp"].as_i64().unwrap();
        let end: i64 = app.sql(|on| on.query_row(end, [], |row| row.get(0)));
        assert!(end >= exp * 1000, "{end} {exp}");
    }
    // 900 seconds are two eighths of an hour.
    let written = app.deps.store.writes() - writes;
    assert!((1..=3).contains(&written), "{written} writes");
}

#[tokio::test]
async fn an_id_token_hint_outlives_the_key_that_signed_it_but_not_a_revoked_one() {
    let app = start().await;
    let mut alice = app.browser();
    let request = Authorize::of("a").set("scope", "openid");
    let code = alice.code_as(&request, "alice").await;
    let answer = app.client("a").redeem(&code, "https://a.test/cb").await;
    let hint = answer.member("id_token");
    // Applications sign ID tokens in RS256 unless they say otherwise.
    let signed_by = kid(&hint);
    rotate(&app, RS256, true).await;
    app.advance_seconds(2 * LIFE);
    look_after(&app).await;
    assert!(!kids(&jwks(&app).await, RS256).contains(&signed_by), "retired");
    let silent = request.set("prompt", "none").set("id_token_hint", &hint);
    let control = alice.get(&silent.url()).await;
    assert!(
        control.header("location").contains("?code="),
        "{}",
        control.header("location")
    );
    let other = app.second_process().await;
    grantor_flows::signing_keys::revoke(
        &other,
        &super::main_realm(),
        &signed_by,
        &grantor_store::events::By::default(),
    )
    .await
    .unwrap();
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    let refused = alice.get(&silent.url()).await;
    assert!(
        refused.header("location").contains("error=invalid_request"),
        "{}",
        refused.header("location")
    );
}
