//! Who may ask (T-15): a management token of the tenant with the scope of the operation, in the header.
use crate::app::{ADMIN, App, OTHER, REALM};
use grantor_protocol::management::operations::Operation;
use grantor_tests::covers;

/// Every operation of the table with the path at which it is tried, on application `app-m` and a token that is not there.
fn operations(realm: &str) -> Vec<(&'static str, String, &'static str)> {
    let place = |o: &Operation| {
        let line = o.line();
        let path = line
            .path
            .replace("{application}", "app-m")
            .replace("{token}", "nothing");
        (line.method, format!("{realm}{path}"), line.scope)
    };
    Operation::ALL.iter().map(place).collect()
}

#[tokio::test]
async fn every_operation_needs_a_management_token_with_its_scope() {
    covers!("T-15", "V-07");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 1000).await;
    let all = app.management_token("").await;
    let user = app.tokens_for("a", "alice", "openid read").await;
    let revoked = app.management_token("").await;
    app.revoke_as_bearer(ADMIN, &revoked, &revoked).await.assert_revoked();
    for (method, path, scope) in operations(REALM) {
        let right = app.management_token(scope).await;
        for bearer in [&right, &all] {
            let answer = app.manage(method, &path, bearer).await;
            assert!(matches!(answer.status, 200 | 404), "{method} {path}: {}", answer.body);
        }
        // Without a token no error is named (RFC 6750 section 3.1), whatever else is sent.
        let basic = app.client("m").basic();
        for headers in [
            &[][..],
            &[("authorization", basic.as_str())],
            &[("authorization", "")],
            &[("x-api-key", right.as_str())],
            &[("cookie", &format!("access_token={right}"))],
        ] {
            for path in [&path, &format!("{path}?access_token={right}")] {
                let answer = app.send(method, path, headers, None).await;
                answer.assert_management_error(401, "unauthorized");
                assert_eq!(answer.header_all("www-authenticate"), ["Bearer realm=\"grantor\""]);
            }
        }
        let lower = format!("bearer {right}");
        let answer = app.send(method, &path, &[("authorization", &lower)], None).await;
        assert!(matches!(answer.status, 200 | 404));
        for (name, bearer) in [
            ("garbage", "garbage"),
            ("malformed", "a b"),
            ("empty", ""),
            ("revoked", &revoked),
            ("of this realm", &app.client("m").machine_token().await),
            ("a user's", &user.member("access_token")),
            ("an ID token", &user.member("id_token")),
            ("of the second tenant", &app.other_client("m").machine_token().await),
        ] {
            let answer = app.manage(method, &path, bearer).await;
            answer.assert_management_error(401, "unauthorized");
            assert!(
                answer.header("www-authenticate").contains("error=\"invalid_token\""),
                "{name}"
            );
        }
        let lacking = app
            .management_token("applications:read tokens:introspect tokens:create")
            .await;
        let answer = app.manage(method, &path, &lacking).await;
        answer.assert_management_error(403, "forbidden");
        assert!(
            answer
                .header("www-authenticate")
                .contains("error=\"insufficient_scope\"")
        );
    }
    app.advance_seconds(7_776_000);
    for (method, path, _) in operations(REALM) {
        let answer = app.manage(method, &path, &all).await;
        answer.assert_management_error(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_token_reaches_every_realm_of_its_tenant_and_no_other_tenant() {
    covers!("T-15", "V-07");
    let app = App::start().await;
    let (own, other) = (app.management_token("").await, app.other_management_token("").await);
    for (method, path, _) in operations(OTHER) {
        app.manage(method, &path, &own)
            .await
            .assert_management_error(403, "forbidden");
        let answer = app.manage(method, &path, &other).await;
        assert!(matches!(answer.status, 200 | 404), "{}", answer.body);
    }
    for realm in [REALM, ADMIN] {
        for (method, path, _) in operations(realm) {
            app.manage(method, &path, &other)
                .await
                .assert_management_error(403, "forbidden");
            let answer = app.manage(method, &path, &own).await;
            assert!(matches!(answer.status, 200 | 404), "{}", answer.body);
        }
    }
    // What does not exist is missing for whoever may ask, and asks for a token first.
    for realm in [
        "/v1/tenants/default/realms/nowhere",
        "/v1/tenants/nobody/realms/main",
        "/v1/tenants/nobody/realms/admin",
    ] {
        for (method, path, _) in operations(realm) {
            let details = app
                .manage(method, &path, &own)
                .await
                .assert_management_error(404, "not_found");
            assert_eq!(details[0]["resource_type"], "realm");
            app.send(method, &path, &[], None)
                .await
                .assert_management_error(401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn a_path_has_its_methods_and_no_others() {
    covers!("V-07", "O-193");
    let app = App::start().await;
    let all = app.management_token("").await;
    for (path, allowed) in [("tokens", "GET"), ("tokens/nothing", "DELETE")] {
        let path = format!("{REALM}/applications/app-m/{path}");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = app.manage(method, &path, &all).await;
            if method == allowed {
                assert!(matches!(answer.status, 200 | 404), "{method} {path}");
                continue;
            }
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, allowed),
                "{method} {path}"
            );
            if method != "HEAD" {
                answer.assert_management_error(405, "method_not_allowed");
            }
        }
        // No page of another origin reads it.
        for origin in ["https://a.test", "https://m.test", "https://evil.test", "null"] {
            for method in ["OPTIONS", allowed] {
                let authorization = format!("Bearer {all}");
                let headers = [("origin", origin), ("authorization", authorization.as_str())];
                let answer = app.send(method, &path, &headers, None).await;
                assert!(answer.header_all("access-control-allow-origin").is_empty(), "{origin}");
                assert_eq!(answer.header("access-control-allow-credentials"), "");
            }
        }
    }
}
