//! Who may ask (T-15): a management token of the tenant with the scope of the operation, in the header.
use super::Tried;
use crate::app::{ADMIN, App};
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_tests::covers;

/// The operations of the table on a realm of `tenant`, with the path at which each is tried: on nothing that is there.
fn operations(tenant: &str, realm: &str) -> Vec<Tried> {
    Operation::ALL.iter().map(|o| Tried::of(*o, tenant, realm)).collect()
}

#[tokio::test]
async fn every_operation_needs_a_management_token_with_its_scope() {
    covers!("T-15", "V-07");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 1000).await;
    let all = app.management_token("").await;
    let user = app.tokens_for("a", "alice", "openid read").await;
    let revoked = app.management_token("").await;
    app.revoke_as_bearer(ADMIN, &revoked, &revoked).await.assert_revoked();
    for tried in operations("default", "main") {
        let Tried {
            method, path, scope, ..
        } = &tried;
        let right = app.management_token(scope).await;
        for bearer in [&right, &all] {
            tried.assert_let_in(&app, bearer).await;
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
            for path in [path, &format!("{path}?access_token={right}")] {
                let answer = app.send(method, path, headers, None).await;
                answer.assert_management_error(401, "unauthorized");
                assert_eq!(answer.header_all("www-authenticate"), ["Bearer realm=\"grantor\""]);
            }
        }
        let lower = format!("bearer {right}");
        assert!(!matches!(tried.send(&app, &lower).await.status, 401 | 403));
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
            let answer = app.manage(method, path, bearer).await;
            answer.assert_management_error(401, "unauthorized");
            assert!(
                answer.header("www-authenticate").contains("error=\"invalid_token\""),
                "{name}"
            );
        }
        let lacking = if *scope == "tokens:read" {
            "applications:read"
        } else {
            "tokens:read"
        };
        let lacking = app.management_token(lacking).await;
        let answer = app.manage(method, path, &lacking).await;
        answer.assert_management_error(403, "forbidden");
        assert!(
            answer
                .header("www-authenticate")
                .contains("error=\"insufficient_scope\"")
        );
    }
    app.advance_seconds(7_776_000);
    for tried in operations("default", "main") {
        let answer = app.manage(tried.method, &tried.path, &all).await;
        answer.assert_management_error(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_token_reaches_every_realm_of_its_tenant_and_no_other_tenant() {
    covers!("T-15", "V-07");
    let app = App::start().await;
    let (own, other) = (app.management_token("").await, app.other_management_token("").await);
    let of_realm = |o: &Tried| o.reach == Reach::Realm;
    for tried in operations("t2", "main") {
        match tried.reach {
            Reach::Realm => {
                let answer = tried.with(&app, &own).await;
                answer.assert_management_error(403, "forbidden");
                tried.assert_let_in(&app, &other).await;
            }
            // The operator's tokens reach tenants, not what is in them.
            Reach::Tenant => {
                tried.assert_let_in(&app, &own).await;
                tried.assert_let_in(&app, &other).await;
            }
            Reach::Installation => {
                tried.assert_let_in(&app, &own).await;
                let answer = tried.with(&app, &other).await;
                answer.assert_management_error(403, "forbidden");
            }
        }
    }
    for realm in ["main", "admin"] {
        for tried in operations("default", realm) {
            let answer = tried.with(&app, &other).await;
            answer.assert_management_error(403, "forbidden");
            tried.assert_let_in(&app, &own).await;
        }
    }
    // What does not exist is missing for whoever may ask, and asks for a token first.
    for (tenant, realm) in [("default", "nowhere"), ("nobody", "main"), ("nobody", "admin")] {
        for tried in operations(tenant, realm).into_iter().filter(of_realm) {
            let details = tried.with(&app, &own).await.assert_management_error(404, "not_found");
            assert_eq!(details[0]["resource_type"], "realm");
            app.send(tried.method, &tried.path, &[], None)
                .await
                .assert_management_error(401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn a_path_has_its_methods_and_no_others() {
    covers!("V-07", "O-193", "O-194");
    let app = App::start().await;
    let all = app.management_token("").await;
    let tried = operations("default", "main");
    let mut paths: Vec<&str> = tried.iter().map(|t| t.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let allowed: Vec<&str> = tried.iter().filter(|t| t.path == path).map(|t| t.method).collect();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = app.manage(method, path, &all).await;
            let allow = allowed.join(", ");
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, allow.as_str()),
                "{method} {path}"
            );
            if method != "HEAD" {
                answer.assert_management_error(405, "method_not_allowed");
            }
        }
        // No page of another origin reads it.
        for origin in ["https://a.test", "https://m.test", "https://evil.test", "null"] {
            for method in ["OPTIONS", "GET"] {
                let authorization = format!("Bearer {all}");
                let headers = [
                    ("origin", origin),
                    ("authorization", authorization.as_str()),
                    ("access-control-request-headers", "authorization, x-anything"),
                ];
                let answer = app.send(method, path, &headers, None).await;
                assert!(answer.header_all("access-control-allow-origin").is_empty(), "{origin}");
                assert_eq!(answer.header("access-control-allow-credentials"), "");
            }
        }
    }
}
