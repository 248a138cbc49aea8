//! Tenants.
use super::{REALMS, machines, manager};
use crate::app::App;
use crate::management::admin::{Admin, client_of, text};
use grantor_tests::covers;
use serde_json::json;

#[tokio::test]
async fn a_tenant_comes_with_its_admins_and_goes_with_their_rights() {
    covers!("T-12", "O-134", "O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let operator = Admin::of(&app).await;
    let new = json!({"id": "acme", "display_name": "Acme"});
    let made = operator.create("/v1/tenants", "tenant", new.clone()).await;
    // Its first admin has no password yet, and nobody else can let them in.
    let link = text(&made["setup_link"]);
    let link = link.strip_prefix(&app.base).unwrap();
    assert!(link.starts_with("/v1/tenants/acme/realms/admin/setup/"), "{link}");
    assert_eq!(app.get(link).await.status, 200);
    assert!(
        operator
            .read("/v1/tenants/acme", "tenant")
            .await
            .get("setup_link")
            .is_none()
    );
    let (_, bearer) = manager(&app, "acme").await;
    beside.catch_up().await;
    let own = Admin {
        app: &app,
        bearer: bearer.clone(),
    };
    // What a first start makes (T-12), and nothing of it reaches beyond the tenant.
    let admin = "/v1/tenants/acme/realms/admin";
    for (path, member) in [
        ("/applications/management-api", "application"),
        ("/resource-servers/management", "resource_server"),
        ("/resource-servers/management/roles/super-administrators", "role"),
    ] {
        let read = own.read(&format!("{admin}{path}"), member).await;
        assert_eq!(
            (&read["is_managed"], &read["tenant_id"]),
            (&json!(true), &json!("acme"))
        );
    }
    let users = own.get(&format!("{admin}/identities")).await.json();
    assert_eq!(
        (
            &users["identities"][0]["username"],
            &users["identities"][0]["has_password"]
        ),
        (&json!("admin"), &json!(false))
    );
    assert_eq!(own.read("/v1/tenants/acme", "tenant").await["display_name"], "Acme");
    own.get("/v1/tenants/default")
        .await
        .assert_management_error(403, "forbidden");
    own.get(&format!("{REALMS}/main"))
        .await
        .assert_management_error(403, "forbidden");
    let realms = "/v1/tenants/acme/realms";
    own.create(realms, "realm", json!({"id": "shop", "display_name": "Shop"}))
        .await;
    let shop = format!("{realms}/shop");
    let (made, tokens) = machines(&app, &own, &shop).await;
    client_of(&app, &shop, &made)
        .introspect(&tokens[0])
        .await
        .assert_active();
    // Disabled: nobody of it is answered, the operator finds it.
    for enabled in [false, true] {
        let change = json!({ "enabled": enabled });
        operator.change("/v1/tenants/acme", "tenant", change).await;
        beside.catch_up().await;
        for app in [&app, &beside] {
            let answer = client_of(app, &shop, &made).introspect(&tokens[0]).await;
            assert_eq!(answer.status, if enabled { 200 } else { 404 });
            let answer = own.at(app).get(&format!("{shop}/applications")).await;
            assert_eq!(answer.status, if enabled { 200 } else { 401 }, "{}", answer.body);
            assert_eq!(operator.at(app).get("/v1/tenants/acme").await.status, 200);
        }
    }
    // Gone, with its admins' tokens; and a tenant of its name is not theirs.
    operator.remove("/v1/tenants/acme").await;
    beside.catch_up().await;
    for round in ["deleted", "made again"] {
        for app in [&app, &beside] {
            let own = own.at(app);
            for path in [
                admin.to_owned(),
                realms.to_owned(),
                "/v1/tenants/acme".into(),
                shop.clone(),
            ] {
                let answer = own.get(&path).await;
                let refused = matches!(answer.status, 401 | 403 | 404);
                assert!(refused, "{round} {path}: {} {}", answer.status, answer.body);
            }
            assert_eq!(app.get(&format!("{shop}/jwks")).await.status, 404);
        }
        if round == "deleted" {
            operator.create("/v1/tenants", "tenant", new.clone()).await;
            beside.catch_up().await;
        }
    }
    app.advance_seconds(1);
    let (client, fresh) = manager(&app, "acme").await;
    client.introspect(&fresh).await.assert_active();
    client.introspect(&bearer).await.assert_inactive();
    let fresh = Admin {
        app: &app,
        bearer: fresh,
    };
    let left = fresh.get(realms).await.json();
    assert_eq!(left["realms"].as_array().unwrap().len(), 1, "{left}");
}
