//! What a token says, signed with the realm's own key: nothing but a whole, current access token of ours for here passes.
use super::{Bearers, Source, check_invalid};
use crate::app::{Authorize, ForgingKey, OTHER, base64url, target_of, with};
use grantor_tests::covers;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// Writes a text differently.
type Change = fn(&str) -> String;

/// The claims with `name` written as this JSON, which need not be JSON any `Value` can hold.
fn with_text(claims: &Value, name: &str, json: &str) -> String {
    let rest = with(claims, name, Value::Null).to_string();
    format!("{{\"{name}\":{json},{}", &rest[1..])
}

#[tokio::test]
async fn a_token_without_a_sound_expiry_in_the_future_is_refused() {
    covers!("O-150", "A-17");
    let all = Bearers::start().await;
    let (now, skew) = (all.app.now_seconds(), all.app.settings.tokens.clock_skew_seconds);
    for exp in [
        (now - skew - 1).to_string().as_str(),
        (now - 1).to_string().as_str(),
        now.to_string().as_str(),
        "\"9999999999\"",
        "1e400",
        "9999999999.5",
        "99999999999999999999999",
        "-1",
        "-9223372036854775808",
        "0",
        "null",
        "true",
        "[9999999999]",
        "{\"a\":9999999999}",
    ] {
        all.check_refused(exp, |s| s.key.sign_bytes(&s.header, with_text(&s.claims, "exp", exp)))
            .await;
    }
    all.check_refused("missing", |s| s.key.sign(&with(&s.claims, "exp", Value::Null)))
        .await;
    // The control: one second is enough, and then it is over.
    let last = |s: &Source| s.key.sign(&with(&s.claims, "exp", json!(now + 1)));
    all.check_accepted(&last(&all.user), &last(&all.manager)).await;
    all.app.advance_seconds(1);
    all.check_refused("over", last).await;
}

#[tokio::test]
async fn a_token_from_the_future_is_refused() {
    covers!("O-151");
    let all = Bearers::start().await;
    let (now, skew) = (all.app.now_seconds(), all.app.settings.tokens.clock_skew_seconds);
    for name in ["nbf", "iat"] {
        for value in [
            (now + DAY).to_string().as_str(),
            (now + skew + 1).to_string().as_str(),
            &format!("\"{now}\""),
            "9223372036854775807",
            "1e400",
            "1.5",
            "null",
        ] {
            let forge = |s: &Source| s.key.sign_bytes(&s.header, with_text(&s.claims, name, value));
            all.check_refused(&format!("{name} {value}"), forge).await;
        }
        all.check_refused(name, |s| s.key.sign(&with(&s.claims, name, Value::Null)))
            .await;
        let within = |s: &Source| s.key.sign(&with(&s.claims, name, json!(now + skew)));
        all.check_accepted(&within(&all.user), &within(&all.manager)).await;
    }
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    covers!("O-152");
    let all = Bearers::start().await;
    for aud in [
        json!("https://r1.test"),
        json!("https://other.test"),
        json!(["https://r1.test", "b"]),
        json!(["https://r1.test"]),
        json!("A"),
        json!("a "),
        json!("urn:grantor:management:x"),
        json!(""),
        json!([]),
    ] {
        let forge = |s: &Source| s.key.sign(&with(&s.claims, "aud", aud.clone()));
        all.check_refused_as_bearer(&aud.to_string(), forge).await;
    }
    for aud in ["null", "1", "[[\"a\"]]", "{\"a\":\"a\"}", "[\"a\",1]", "true"] {
        all.check_refused(aud, |s| s.key.sign_bytes(&s.header, with_text(&s.claims, "aud", aud)))
            .await;
    }
    all.check_refused("missing", |s| s.key.sign(&with(&s.claims, "aud", Value::Null)))
        .await;
    // A token of the realm whose audience and scope are called like the management API's opens nothing.
    let claims = with(&all.user.claims, "aud", json!("urn:grantor:management"));
    let posing = all.user.key.sign(&with(&claims, "scope", json!("tokens:introspect")));
    let answer = all.app.introspect_as_bearer("", &posing, &all.user.token).await;
    check_invalid("posing as the management API", &answer);
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    covers!("O-153");
    let all = Bearers::start().await;
    let app = &all.app;
    let iss = |s: &Source| s.claims["iss"].as_str().unwrap().to_owned();
    let changes: [(&str, Change); 7] = [
        ("trailing slash", |i| format!("{i}/")),
        ("other case", str::to_uppercase),
        ("other case of a part", |i| i.replacen("http", "HTTP", 1)),
        ("query", |i| format!("{i}?")),
        ("fragment", |i| format!("{i}#")),
        ("dots", |i| format!("{i}/.")),
        ("empty", |_| String::new()),
    ];
    for (name, change) in changes {
        let forge = |s: &Source| s.key.sign(&with(&s.claims, "iss", json!(change(&iss(s)))));
        all.check_refused(name, forge).await;
    }
    let base = app.issuer();
    for path in [
        OTHER,
        "/v1/tenants/default/realms/main/applications/app-b",
        "/v1/tenants/default/realms/none",
    ] {
        let forge = |s: &Source| s.key.sign(&with(&s.claims, "iss", json!(format!("{base}{path}"))));
        all.check_refused(path, forge).await;
    }
    all.check_refused("missing", |s| s.key.sign(&with(&s.claims, "iss", Value::Null)))
        .await;
    // A real token of the second tenant, where the same client ids exist, and ours over there.
    let second = app.other_client("m").machine_token().await;
    app.other_client("m").introspect(&second).await.assert_active();
    all.check_refused("a real token of the second tenant", |_| second.clone())
        .await;
    let key = ForgingKey::of_realm(app, "t2", "main", "ES256");
    let claims = |s: &Source| with(&s.claims, "iss", json!(format!("{base}{OTHER}")));
    all.check_refused("made in the second tenant", |s| key.sign(&claims(s)))
        .await;
    let own = app.other_client("a").userinfo(&all.user.token).await;
    check_invalid("ours in the second tenant", &own);
    app.other_client("a")
        .introspect(&all.user.token)
        .await
        .assert_inactive();
}

#[tokio::test]
async fn only_an_access_token_is_an_access_token() {
    covers!("O-154", "A-19");
    let all = Bearers::start().await;
    let tokens = all.app.tokens_for("a", "alice", "openid").await;
    let id_token = tokens.member("id_token");
    assert!(!id_token.is_empty());
    all.check_refused("a real ID token", |_| id_token.clone()).await;
    for typ in [
        "JWT",
        "jwt",
        "logout+jwt",
        "dpop+jwt",
        "client-authentication+jwt",
        "oauth-authz-req+jwt",
        "AT+JWT",
        "at+jwt ",
        "",
    ] {
        let forge = |s: &Source| {
            s.key
                .sign_bytes(&with(&s.header, "typ", json!(typ)), s.claims.to_string())
        };
        all.check_refused(&format!("typ {typ}"), forge).await;
    }
    all.check_refused("no typ", |s| {
        s.key
            .sign_bytes(&with(&s.header, "typ", Value::Null), s.claims.to_string())
    })
    .await;
    // Other kinds of tokens that call themselves access tokens still do not say what one says.
    for (name, change) in [
        ("an ID token", json!({"nonce": "n", "at_hash": "x", "amr": ["pwd"]})),
        (
            "a logout token",
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
        ),
        ("a DPoP proof", json!({"htm": "GET", "htu": "https://rs.test"})),
    ] {
        let claims = |s: &Source| {
            let mut claims = s.claims.clone();
            claims
                .as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            claims
        };
        all.check_refused(name, |s| s.key.sign(&claims(s))).await;
    }
}

#[tokio::test]
async fn an_access_token_is_nothing_else_either() {
    covers!("O-155", "A-19");
    let all = Bearers::start().await;
    let app = &all.app;
    let mut browser = app.browser();
    let request = Authorize::of("a");
    let code = browser.code_as(&request, "alice").await;
    let tokens = app.client("a").redeem(&code, "https://a.test/cb").await;
    let (id_token, token) = (tokens.member("id_token"), tokens.member("access_token"));
    let hinted = |hint: &str| request.clone().set("prompt", "none").set("id_token_hint", hint).url();
    let good = browser.open(&hinted(&id_token)).await;
    assert!(
        target_of(&good).is_some_and(|t| t.contains("code=")),
        "{}",
        good.header("location")
    );
    let answer = browser.open(&hinted(&token)).await;
    answer.assert_redirect_error("https://a.test/cb", "invalid_request", Some("st4te"));

    for kind in ["jwt-bearer", "saml2-bearer"] {
        let kind = format!("urn:ietf:params:oauth:client-assertion-type:{kind}");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "m"),
            ("client_assertion_type", &kind),
            ("client_assertion", &token),
        ];
        app.post("/token", &[], &form).await.assert_invalid_client();
        app.post("/introspect", &[], &[&form[1..], &[("token", token.as_str())]].concat())
            .await
            .assert_invalid_client();
    }
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
    ];
    let answer = app.client("a").token(&exchange).await;
    answer.assert_json_error(400, "unsupported_grant_type");
}

#[tokio::test]
async fn a_payload_that_two_readers_may_read_differently_is_refused() {
    covers!("O-159");
    let all = Bearers::start().await;
    let doubled = |s: &Source, member: &str| format!("{{{member},{}", &s.claims.to_string()[1..]);
    for member in [
        "\"sub\":\"u-bob\"",
        "\"exp\":9999999999",
        "\"aud\":\"a\"",
        "\"\\u0073ub\":\"u-bob\"",
        "\"custom_claims\":{\"a\":1,\"a\":2}",
    ] {
        all.check_refused(member, |s| s.key.sign_bytes(&s.header, doubled(s, member)))
            .await;
    }
    let nested = |depth: usize| format!("\"custom_claims\":{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for depth in [40, 3_000] {
        all.check_refused("nested arrays", |s| {
            s.key.sign_bytes(&s.header, doubled(s, &nested(depth)))
        })
        .await;
    }
    let deep = "[".repeat(10_000);
    for payload in ["[]", "null", "1", "\"x\"", "", "{}", "{", "{}{}", "\u{feff}{}", &deep] {
        let name = &payload[..payload.len().min(20)];
        all.check_refused(name, |s| s.key.sign_bytes(&s.header, payload)).await;
    }
    all.check_refused("an object in an array", |s| {
        s.key.sign_bytes(&s.header, format!("[{}]", s.claims))
    })
    .await;
    all.check_refused("two objects", |s| {
        s.key.sign_bytes(&s.header, format!("{0}{0}", s.claims))
    })
    .await;
    all.check_refused("not UTF-8", |s| {
        let mut payload = s.claims.to_string().into_bytes();
        let at = payload.iter().position(|b| *b == b'm').unwrap();
        payload[at] = 0xff;
        s.key.sign_bytes(&s.header, payload)
    })
    .await;
    // The same in the header, where a key is chosen.
    all.check_refused("alg twice", |s| {
        let header = format!("{{\"alg\":\"none\",{}", &s.header.to_string()[1..]);
        s.key.sign_text(format!("{}.{}", base64url(header), s.part(1)))
    })
    .await;
}
