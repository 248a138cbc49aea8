//! The inactive answer: the same bytes whatever the reason, and not without end.
use crate::app::{App, ForgingKey, base64url, part_of, with};
use grantor_store::revocations::Revoked;
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn nothing_tells_one_useless_token_from_another() {
    covers!("O-169", "I-04");
    let app = App::start().await;
    let short = app
        .client("m")
        .token(&[("grant_type", "client_credentials"), ("expiration_time", "5")])
        .await;
    let expired = short.assert_tokens().member("access_token");
    let sealed = app.client("mref").machine_token().await;
    let revoked = app.client("m").machine_token().await;
    app.client("m").introspect(&revoked).await.assert_active();
    let jti = part_of(&revoked, 1)["jti"].as_str().unwrap().to_owned();
    app.revoke(Revoked::Token(jti)).await;
    app.advance_seconds(5);
    let fresh = app.client("m").machine_token().await;
    app.client("m").introspect(&fresh).await.assert_active();
    let user = app.tokens_for("a", "alice", "openid").await;
    let tokens = [
        ("expired", expired),
        ("revoked", revoked),
        ("another client's", sealed),
        ("another tenant's", app.other_client("m").machine_token().await),
        ("an ID token", user.member("id_token")),
        ("empty", String::new()),
        ("blank", " ".into()),
        ("unknown", base64url([7; 32])),
        ("malformed JWS", "a.b.c".into()),
        ("malformed JWE", "a..b.c.d".into()),
        ("cut", fresh[..fresh.len() - 1].into()),
        ("spaced", format!(" {fresh}")),
        ("not ASCII", "ä\u{fffd}".into()),
        ("long", "a".repeat(40_000)),
    ];
    let mut seen = None;
    for (name, token) in &tokens {
        let answer = app.client("m").introspect(token).await;
        answer.assert_inactive();
        let mut headers: Vec<_> = answer.headers.iter().filter(|(n, _)| *n != "date").collect();
        headers.sort_by_key(|(n, _)| n.as_str());
        let headers = format!("{headers:?}");
        assert_eq!(seen.get_or_insert(headers.clone()), &headers, "{name}");
        // The same for JSON.
        let basic = app.client("m").basic();
        let json = [("authorization", basic.as_str()), ("content-type", "application/json")];
        let body = json!({"token": token}).to_string();
        app.send("POST", "/introspect", &json, Some(&body))
            .await
            .assert_inactive();
    }
    let wanted = [("accept", "application/token-introspection+jwt")];
    let basic = app.client("m").basic();
    let headers = [wanted[0], ("authorization", &basic)];
    app.post("/introspect", &headers, &[("token", &tokens[1].1)])
        .await
        .assert_inactive();
}

#[tokio::test]
async fn a_forged_token_with_a_real_id_is_not_described() {
    covers!("O-170");
    let app = App::start().await;
    for client in ["m", "alone"] {
        let real = app.client(client).machine_token().await;
        app.client(client).introspect(&real).await.assert_active();
        let (header, claims) = (part_of(&real, 0), part_of(&real, 1));
        let parts: Vec<&str> = real.split('.').collect();
        let strange = ForgingKey::strange(header["kid"].as_str().unwrap());
        let more = with(&claims, "scope", json!("read write admin"));
        let unsigned = base64url(json!({"alg": "none", "typ": "at+jwt"}).to_string());
        for forged in [
            strange.sign(&claims),
            strange.sign(&more),
            strange.sign_bytes(&header, claims.to_string()),
            format!("{unsigned}.{}.", parts[1]),
            format!("{unsigned}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], base64url(more.to_string()), parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            claims["jti"].as_str().unwrap().to_owned(),
            claims.to_string(),
        ] {
            app.client(client).introspect(&forged).await.assert_inactive();
            app.resource_server("r1-api")
                .introspect(&forged)
                .await
                .assert_inactive();
        }
    }
}

#[tokio::test]
async fn nobody_scans_for_tokens_at_leisure() {
    covers!("O-174");
    // 6000 a minute as delivered; a lower figure here, so that the test ends.
    const LIMIT: u32 = 30;
    assert_eq!(
        App::start().await.settings.limits.inactive_introspections_per_minute,
        6000
    );
    let app = App::start_with(|s| s.limits.inactive_introspections_per_minute = LIMIT).await;
    let manager = app.management_token("tokens:introspect").await;
    let token = app.client("m").machine_token().await;
    let scanner = app.resource_server("r1-api");
    for _ in 0..3 * LIMIT {
        scanner.introspect(&token).await.assert_active();
    }
    for guess in 0..LIMIT {
        let guess = base64url(guess.to_be_bytes());
        scanner.introspect(&guess).await.assert_inactive();
    }
    let answer = scanner.introspect("guess").await;
    answer.assert_json_error(429, "temporarily_unavailable");
    let wait: i64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(!answer.body.contains("active"));
    // Whoever sends junk to an API must not switch it off for those with good tokens.
    scanner.introspect(&token).await.assert_active();
    // Everybody else goes on, those of the same name in the second tenant included.
    app.client("m").introspect(&token).await.assert_active();
    app.resource_server("r2-api").introspect(&token).await.assert_inactive();
    app.introspect_as_bearer("", &manager, &token).await.assert_active();
    app.other_client("r1-api").introspect("guess").await.assert_inactive();
    app.advance_seconds(60);
    scanner.introspect(&token).await.assert_active();
    scanner.introspect("guess").await.assert_inactive();
}
