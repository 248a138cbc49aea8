//! Which origins may read which answers (Fetch, section 3.2): a client's own at token and userinfo, all at published documents.
use crate::app::{Answer, App, Authorize, REALM, VERIFIER, encode};
use grantor_tests::covers;

const FOREIGN: [&str; 10] = [
    "null",
    "https://evil.test",
    "https://p.test.evil.test",
    "https://evilp.test",
    "http://p.test",
    "https://p.test:444",
    "https://p.test:443",
    "https://P.test",
    "https://p.test/",
    "https://",
];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// No answer of ours lets cookies be used from elsewhere.
#[track_caller]
fn check_allows(answer: &Answer, origin: &str, allowed: bool) {
    let expected = if allowed { vec![origin] } else { vec![] };
    assert_eq!(
        answer.header_all("access-control-allow-origin"),
        expected,
        "{origin} {}",
        answer.body
    );
    assert_eq!(answer.header("access-control-allow-credentials"), "", "{origin}");
    let varies = answer.header_all("vary").join(",").to_lowercase().contains("origin");
    assert!(varies || !allowed, "{origin}");
}

/// A code for `p` under a prefix, in the body that redeems it there.
async fn redemption(app: &App, prefix: &str) -> String {
    let code = app.browser().code_as(&Authorize::of("p").under(prefix), "alice").await;
    encode(&[
        ("grant_type", "authorization_code"),
        ("client_id", "p"),
        ("code", &code),
        ("redirect_uri", "https://p.test/cb"),
        ("code_verifier", VERIFIER),
    ])
}

#[tokio::test]
async fn a_single_page_application_can_use_token_and_userinfo_from_its_own_origin() {
    covers!("O-195");
    let app = App::start().await;
    let own = ("origin", "https://p.test");
    for prefix in ["", REALM] {
        let path = format!("{prefix}/token");
        let body = redemption(&app, prefix).await;
        let tokens = app.send("POST", &path, &[own, FORM], Some(&body)).await;
        tokens.assert_tokens();
        check_allows(&tokens, own.1, true);
        // It can read why it was refused, too.
        let again = app.send("POST", &path, &[own, FORM], Some(&body)).await;
        again.assert_json_error(400, "invalid_grant");
        check_allows(&again, own.1, true);

        let path = format!("{prefix}/userinfo");
        let token = app.tokens_for("p", "alice", "openid").await.member("access_token");
        let bearer = format!("Bearer {token}");
        let answer = app.send("GET", &path, &[own, ("authorization", &bearer)], None).await;
        assert_eq!(answer.status, 200);
        check_allows(&answer, own.1, true);
        // It can give the token up when its user leaves.
        let path = format!("{prefix}/revoke");
        let form = encode(&[("client_id", "p"), ("token", &token)]);
        let answer = app.send("POST", &path, &[own, FORM], Some(&form)).await;
        check_allows(answer.assert_revoked(), own.1, true);
        let path = format!("{prefix}/userinfo");
        for bearer in ["Bearer expired", ""] {
            let answer = app.send("GET", &path, &[own, ("authorization", bearer)], None).await;
            assert_eq!(answer.status, 401);
            check_allows(&answer, own.1, true);
            assert!(
                answer
                    .header("access-control-expose-headers")
                    .contains("WWW-Authenticate")
            );
        }
        for path in ["token", "userinfo", "revoke"] {
            let asked = [
                own,
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "authorization"),
            ];
            let answer = app.send("OPTIONS", &format!("{prefix}/{path}"), &asked, None).await;
            assert_eq!(answer.status, 204);
            check_allows(&answer, own.1, true);
            assert_eq!(answer.header("access-control-allow-methods"), "GET, POST");
            assert_eq!(
                answer.header("access-control-allow-headers"),
                "Authorization, Content-Type"
            );
        }
    }
}

#[tokio::test]
async fn no_foreign_origin_reads_an_answer_about_a_client() {
    covers!("O-193", "O-188");
    let app = App::start().await;
    let token = app.tokens_for("p", "alice", "openid").await.member("access_token");
    let bearer = format!("Bearer {token}");
    for origin in FOREIGN {
        let header = ("origin", origin);
        for form in [
            [("client_id", "p"), ("token", "garbage")],
            [("client_id", "p2"), ("token", &token)],
        ] {
            let answer = app.send("POST", "/revoke", &[header, FORM], Some(&encode(&form))).await;
            assert!(matches!(answer.status, 200 | 400));
            check_allows(&answer, origin, false);
        }
        let answer = app
            .send("POST", "/token", &[header, FORM], Some(&redemption(&app, "").await))
            .await;
        answer.assert_tokens();
        check_allows(&answer, origin, false);
        for authorization in [bearer.as_str(), "Bearer expired", "Basic YTpi"] {
            let headers = [header, ("authorization", authorization)];
            let answer = app.send("GET", "/userinfo", &headers, None).await;
            check_allows(&answer, origin, false);
        }
        for (method, path) in [
            ("OPTIONS", "/token"),
            ("OPTIONS", "/userinfo"),
            ("OPTIONS", "/introspect"),
            ("POST", "/introspect"),
            ("POST", "/revoke"),
            ("OPTIONS", "/revoke"),
            ("GET", "/authorize"),
            ("POST", "/authorize"),
            ("GET", "/login"),
            ("GET", "/v1/tenants/default/realms/main/applications"),
            ("OPTIONS", "/v1/tenants/default/realms/main/applications"),
            ("DELETE", "/v1/tenants/default/realms/main/applications/app-a"),
        ] {
            let wanted = [header, ("access-control-request-method", "POST")];
            check_allows(&app.send(method, path, &wanted, None).await, origin, false);
        }
    }
}

#[tokio::test]
async fn the_origin_of_one_client_opens_nothing_of_another() {
    covers!("O-193", "O-188");
    let app = App::start().await;
    let token = app.tokens_for("p", "alice", "openid").await.member("access_token");
    let bearer = format!("Bearer {token}");
    // A registered origin of the realm; a preflight names no client, the answers do.
    let other = ("origin", "https://p2.test");
    check_allows(&app.send("OPTIONS", "/token", &[other], None).await, other.1, true);
    let answer = app
        .send("POST", "/token", &[other, FORM], Some(&redemption(&app, "").await))
        .await;
    answer.assert_tokens();
    check_allows(&answer, other.1, false);
    let answer = app
        .send("GET", "/userinfo", &[other, ("authorization", &bearer)], None)
        .await;
    assert_eq!(answer.status, 200);
    check_allows(&answer, other.1, false);
    let form = encode(&[("client_id", "p"), ("token", "garbage")]);
    let answer = app.send("POST", "/revoke", &[other, FORM], Some(&form)).await;
    check_allows(answer.assert_revoked(), other.1, false);
    // Endpoints that no browser calls have no origins at all.
    let own = ("origin", "https://m.test");
    for origin in [own, ("origin", "https://a.test"), other] {
        let form = encode(&[("token", token.as_str())]);
        let basic = app.client("a").basic();
        let headers = [origin, FORM, ("authorization", &basic)];
        let answer = app.send("POST", "/introspect", &headers, Some(&form)).await;
        answer.assert_inactive();
        check_allows(&answer, origin.1, false);
    }
    // Nor does the realm of another tenant know this origin.
    let path = format!("{}/token", crate::app::OTHER);
    check_allows(
        &app.send("OPTIONS", &path, &[("origin", "https://p.test")], None).await,
        "https://p.test",
        false,
    );
}

#[tokio::test]
async fn origins_can_be_listed_apart_from_redirect_uris() {
    covers!("O-195");
    let app = App::start().await;
    app.edit(|d| {
        let config = crate::app::entry(d, "applications", "app-p")["protocol_config"]
            .as_table_mut()
            .unwrap();
        let origins: toml::Value = vec!["https://spa.test", "http://localhost:5173"].into();
        config.insert("allowed_cors_origins".into(), origins);
    })
    .await
    .unwrap();
    for (origin, allowed) in [
        ("https://spa.test", true),
        ("http://localhost:5173", true),
        ("https://p.test", false),
        ("http://localhost:5174", false),
    ] {
        let header = ("origin", origin);
        let answer = app
            .send("POST", "/token", &[header, FORM], Some(&redemption(&app, "").await))
            .await;
        check_allows(answer.assert_tokens(), origin, allowed);
        check_allows(&app.send("OPTIONS", "/token", &[header], None).await, origin, allowed);
    }
}

#[tokio::test]
async fn published_documents_are_for_everybody_and_know_nobody() {
    covers!("O-193");
    let app = App::start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/jwks",
    ] {
        for origin in ["https://evil.test", "null", "https://p.test"] {
            for method in ["GET", "OPTIONS"] {
                let answer = app.send(method, path, &[("origin", origin)], None).await;
                assert_eq!(
                    answer.header_all("access-control-allow-origin"),
                    ["*"],
                    "{method} {path}"
                );
                assert_eq!(answer.header("access-control-allow-credentials"), "");
                assert!(answer.header_all("set-cookie").is_empty());
            }
        }
    }
}
