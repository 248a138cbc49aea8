//! Tenants and realms: what is made with them, what ends with them, and that a place of the same name is another place.
use super::admin::{Admin, assert_field, client_of, text};
use crate::app::{Answer, App, Client, part_of};
use grantor_protocol::issuer::RealmKey;
use grantor_tests::covers;
use serde_json::{Value, json};

const REALMS: &str = "/v1/tenants/default/realms";

/// An application for machines in a realm, and a token of each format.
async fn machines(app: &App, admin: &Admin<'_>, prefix: &str) -> (Value, Vec<String>) {
    let config = json!({
        "grant_type": ["client_credentials"],
        "token_configuration": {"token_signing_algorithm": "ES256"},
    });
    let new = json!({"display_name": "Machine", "protocol_config": config});
    let made = admin
        .create(&format!("{prefix}/applications"), "application", new)
        .await;
    let path = format!("{prefix}/applications/{}", text(&made["id"]));
    let mut tokens = Vec::new();
    for format in ["self_contained", "referential"] {
        let change = json!({"protocol_config": {"token_format": format}});
        admin.change(&path, "application", change).await;
        tokens.push(client_of(app, prefix, &made).machine_token().await);
    }
    (made, tokens)
}

async fn key_ids(app: &App, prefix: &str) -> Vec<String> {
    let keys = app.get(&format!("{prefix}/jwks")).await.json();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().map(|k| text(&k["kid"])).collect()
}

/// The same application, as a document may make it again.
fn again(realm: &str, made: &Value) -> String {
    let config = &made["protocol_config"];
    format!(
        "tenant = 'default'\nrealm = '{realm}'\n[[applications]]\nid = '{}'\nclient_id = '{}'\ndisplay_name = 'Again'\n\
         client_secrets = ['{}']\n[applications.protocol_config]\ngrant_types = ['client_credentials']\n\
         token_configuration = {{ token_signing_algorithm = 'ES256' }}",
        text(&made["id"]),
        text(&config["client_id"]),
        text(&config["client_secret"]),
    )
}

#[tokio::test]
async fn a_realm_that_is_deleted_takes_everything_with_it_and_one_of_its_name_revives_nothing() {
    covers!("O-161", "O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let prefix = format!("{REALMS}/second");
    let new = json!({"id": "second", "display_name": "Second"});
    admin.create(REALMS, "realm", new.clone()).await;
    let (made, tokens) = machines(&app, &admin, &prefix).await;
    let keys = key_ids(&app, &prefix).await;
    beside.catch_up().await;
    for app in [&app, &beside] {
        for token in &tokens {
            client_of(app, &prefix, &made).introspect(token).await.assert_active();
        }
    }
    admin.remove(&prefix).await;
    beside.catch_up().await;
    for app in [&app, &beside] {
        let client = client_of(app, &prefix, &made);
        let form = [("grant_type", "client_credentials")];
        for answer in [client.token(&form).await, client.introspect(&tokens[0]).await] {
            assert_eq!(answer.status, 404, "{}", answer.body);
        }
        for path in ["/jwks", "/.well-known/openid-configuration", "/authorize"] {
            assert_eq!(app.get(&format!("{prefix}{path}")).await.status, 404, "{path}");
        }
        let admin = admin.at(app);
        super::admin::assert_missing(&admin.get(&format!("{prefix}/applications")).await, "realm");
    }
    // Another realm of that name, with an application of the same names and secret.
    admin.create(REALMS, "realm", new).await;
    let list = admin.get(&format!("{prefix}/applications")).await;
    assert_eq!(list.json(), json!({"applications": []}));
    app.apply(&again("second", &made)).await.unwrap();
    app.advance_seconds(1);
    beside.catch_up().await;
    for app in [&app, &beside] {
        let client = client_of(app, &prefix, &made);
        for token in &tokens {
            client.introspect(token).await.assert_inactive();
            let path = format!("{prefix}/introspect");
            let form = [("token", token.as_str())];
            let bearer = format!("Bearer {}", admin.bearer);
            let answer = app.post(&path, &[("authorization", &bearer)], &form).await;
            answer.assert_inactive();
        }
        let fresh = client.machine_token().await;
        client.introspect(&fresh).await.assert_active();
        let kid = text(&part_of(&fresh, 0)["kid"]);
        assert!(!keys.contains(&kid), "signed with a key of the old realm");
        assert!(key_ids(app, &prefix).await.contains(&kid));
    }
    for kid in key_ids(&app, &prefix).await {
        assert!(!keys.contains(&kid));
    }
}

#[tokio::test]
async fn a_realm_that_is_disabled_answers_nobody_but_its_admins() {
    covers!("O-134");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let main = format!("{REALMS}/main");
    let keep = app.tokens_for("keep", "alice", "openid offline_access read").await;
    let refresh = keep.assert_tokens().member("refresh_token");
    for enabled in [false, true] {
        admin.change(&main, "realm", json!({ "enabled": enabled })).await;
        beside.catch_up().await;
        for app in [&app, &beside] {
            for prefix in ["", main.as_str()] {
                let discovery = app.get(&format!("{prefix}/.well-known/openid-configuration")).await;
                assert_eq!(discovery.status, if enabled { 200 } else { 404 }, "{prefix}");
            }
            let refused = |answer: &Answer| (400..500).contains(&answer.status);
            let answer = app.client("m").token(&[("grant_type", "client_credentials")]).await;
            assert_eq!(refused(&answer), !enabled, "{} {}", answer.status, answer.body);
            if !enabled {
                assert!(refused(&app.client("keep").refresh(&refresh).await));
            }
            let admin = admin.at(app);
            let read = admin.read(&format!("{main}/applications/app-a"), "application").await;
            assert_eq!(read["id"], "app-a");
        }
    }
    app.client("keep").refresh(&refresh).await.assert_tokens();
}

/// A secret of a tenant's management application, as the command line gives it.
async fn manager<'a>(app: &'a App, tenant: &str) -> (Client<'a>, String) {
    let key = RealmKey::new(tenant, "admin");
    let by = grantor_flows::management::Requester::operator();
    let rotated = grantor_flows::client_secret::rotate(&app.deps, &key, "management-api", (Some(0), &by)).await;
    let prefix = format!("/v1/tenants/{tenant}/realms/admin");
    let client = Client::new(app, &prefix, "management-api", &rotated.unwrap());
    let token = client.machine_token().await;
    (client, token)
}

#[tokio::test]
async fn a_tenant_comes_with_its_admins_and_goes_with_their_rights() {
    covers!("T-12", "O-134", "O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let operator = Admin::of(&app).await;
    let new = json!({"id": "acme", "display_name": "Acme"});
    operator.create("/v1/tenants", "tenant", new.clone()).await;
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

#[tokio::test]
async fn the_id_of_a_place_stands_in_its_issuer_and_is_checked() {
    covers!("O-340");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for (list, name, taken) in [(REALMS, "realm", "main"), ("/v1/tenants", "tenant", "t2")] {
        let long = "x".repeat(41);
        for id in [
            "",
            "-a",
            "a-",
            "A",
            "a b",
            "a/b",
            "..",
            "a.b",
            "ä",
            "%41",
            "a\u{0}",
            taken,
            long.as_str(),
        ] {
            let body = json!({ name: {"id": id, "display_name": "X"} });
            let answer = admin.send("POST", list, &body).await;
            assert_field(id, &answer, &format!("{name}.id"));
        }
        for (members, field) in [
            (json!({"id": 5, "display_name": "X"}), "id"),
            (json!({"id": "x", "display_name": ""}), "display_name"),
            (json!({"id": "x", "display_name": "X", "serves": true}), "serves"),
        ] {
            let answer = admin.send("POST", list, &json!({ name: members })).await;
            assert_field(name, &answer, &format!("{name}.{field}"));
        }
        // Without one it is made; it does not change afterwards, nor does what `/` serves.
        let made = admin.create(list, name, json!({"display_name": "Made"})).await;
        let id = text(&made["id"]);
        assert_eq!(id.len(), 24);
        let path = format!("{list}/{id}");
        let same = json!({"id": "other", "serves_root": true, "display_name": "Same"});
        let changed = admin.change(&path, name, same).await;
        assert_eq!(
            (&changed["id"], &changed["display_name"]),
            (&made["id"], &json!("Same"))
        );
        if name == "realm" {
            assert_eq!(changed["serves_root"], false);
        }
    }
}
