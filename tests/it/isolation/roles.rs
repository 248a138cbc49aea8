//! A role's token does exactly the operations whose scope the role holds; one that only reads changes nothing.
use super::cast::Cast;
use crate::app::{ADMIN, App, Portal};
use crate::apply::{assert_unsaved, saved};
use crate::management::Tried;
use grantor_protocol::management::SUPER_ADMINISTRATORS_ID;
use grantor_protocol::management::areas::BUILT_IN_ROLES;
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_tests::covers;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every role that is there from the start.
pub(super) const BUILT_IN: [&str; 5] = [
    SUPER_ADMINISTRATORS_ID,
    "security-administrators",
    "application-administrators",
    "user-administrators",
    "read-only",
];

async fn scopes_of(app: &App, bearer: &str, role: &str) -> BTreeSet<String> {
    let path = format!("{ADMIN}/resource-servers/management/roles/{role}");
    let role = app.done(bearer, "GET", &path, &Value::Null).await;
    let scopes = role["role"]["scopes"].as_array().unwrap().iter();
    scopes.map(|s| s.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_roles_token_does_what_the_role_holds_and_nothing_else() {
    covers!("T-15", "C-05", "O-245");
    let names: Vec<&str> = BUILT_IN_ROLES.iter().map(|r| r.id).collect();
    assert_eq!(names, BUILT_IN[1..]);
    let app = App::start().await;
    let bearer = app.management_token("").await;
    let portal = Portal::open(&app, "default", &bearer).await;
    let mut cells = 0;
    let mut holders: Vec<(String, BTreeSet<String>)> = Vec::new();
    for role in BUILT_IN {
        portal.user(&bearer, role, &[role]).await;
        let answer = portal.sign_in(role, "").await;
        let scopes = scopes_of(&app, &bearer, role).await;
        let granted: BTreeSet<String> = answer.member("scope").split(' ').map(str::to_owned).collect();
        assert_eq!(granted, scopes, "{role}");
        holders.push((answer.member("access_token"), scopes));
    }
    // Whoever has no role gets no scope, whatever is asked.
    portal.user(&bearer, "nobody", &[]).await;
    let nobody = portal
        .sign_in("nobody", "openid applications:read tokens:delete token:delete *")
        .await;
    assert_eq!(nobody.member("scope"), "openid");
    holders.push((nobody.member("access_token"), BTreeSet::new()));
    for realm in ["main", "admin"] {
        for operation in Operation::ALL {
            let tried = Tried::of(*operation, "default", realm);
            for (token, scopes) in &holders {
                if scopes.contains(tried.scope) {
                    tried.assert_let_in(&app, token).await;
                } else {
                    let answer = tried.with(&app, token).await;
                    answer.assert_management_error(403, "forbidden");
                    let challenge = answer.header("www-authenticate").to_owned();
                    assert!(
                        challenge.contains("error=\"insufficient_scope\""),
                        "{operation:?}: {challenge}"
                    );
                }
                cells += 1;
            }
        }
    }
    println!("cells: {cells}");
}

#[tokio::test]
async fn whoever_only_reads_changes_nothing() {
    covers!("O-246", "C-05");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let (portal, bearer) = (&cast.portals[0], &cast.bearers[0]);
    portal.user(bearer, "reader", &["read-only"]).await;
    let reader = portal.token("reader", "").await;
    app.settle().await;
    let before = saved(&app);
    let mut cells = 0;
    let own = |tenant: &str| tenant == "default";
    for at in cast.realms.iter().filter(|at| own(&at.tenant)) {
        for operation in Operation::ALL.iter().copied() {
            let line = operation.line();
            let path = at.path(operation, at);
            let answer = app.ask(&reader, line.method, &path, &at.body(operation)).await;
            match line.only_reads() {
                true => assert_eq!(answer.status, 200, "{path}: {}", answer.body),
                false => {
                    answer.assert_management_error(403, "forbidden");
                    assert!(
                        answer.header("www-authenticate").contains("insufficient_scope"),
                        "{path}"
                    );
                }
            }
            cells += 1;
        }
    }
    assert_unsaved(&app, &before, "the read-only role");
    // The same requests would have done something: those who may are told that they did.
    let at = &cast.realms[0];
    let harmless =
        |o: &&Operation| !o.line().only_reads() && o.line().reach == Reach::Realm && o.line().method != "DELETE";
    for operation in Operation::ALL.iter().filter(harmless) {
        let (method, path) = (operation.line().method, at.path(*operation, at));
        let answer = app.ask(bearer, method, &path, &at.body(*operation)).await;
        assert!(
            matches!(answer.status, 200 | 204),
            "{operation:?}: {} {}",
            answer.status,
            answer.body
        );
    }
    println!("cells: {cells}");
}

#[tokio::test]
async fn another_tenants_admin_without_the_scope_is_told_so() {
    covers!("C-05");
    let app = App::start().await;
    let cast = Cast::of(&app).await;
    let (portal, bearer) = (&cast.portals[1], &cast.bearers[1]);
    portal.user(bearer, "reader", &["read-only"]).await;
    let reader = portal.token("reader", "").await;
    let body = serde_json::json!({"realm": {"id": "x", "display_name": "X"}});
    for (method, path) in [("POST", "/v1/tenants/t2/realms"), ("PATCH", "/v1/tenants/t2")] {
        let answer = app.ask(&reader, method, path, &body).await;
        answer.assert_management_error(403, "forbidden");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("insufficient_scope"), "{method} {path}: {challenge}");
    }
}
