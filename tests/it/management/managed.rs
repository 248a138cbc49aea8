//! What the server made for itself, and the tokens that open the API.
use super::admin::{Admin, assert_field, client_of, records, text};
use crate::app::{ADMIN, App, Authorize, Client, OTHER, REALM};
use grantor_protocol::management::{RESERVED_IDENTIFIER, SCOPES};
use grantor_tests::covers;
use serde_json::{Value, json};

#[tokio::test]
async fn what_the_server_made_is_neither_changed_nor_deleted() {
    covers!("T-12");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = records(&app);
    let server = format!("{ADMIN}/resource-servers/management");
    let forbidden = async |method: &str, path: &str, body: Value| {
        let answer = admin.send(method, path, &body).await;
        answer.assert_management_error(403, "forbidden");
        assert_eq!(records(&app), before, "{method} {path}");
    };
    for (path, name, change) in [
        (
            format!("{ADMIN}/applications/management-api"),
            "application",
            json!({"display_name": "Mine"}),
        ),
        (server.clone(), "resource_server", json!({"scopes": []})),
        (
            format!("{server}/roles/super-administrators"),
            "role",
            json!({"scopes": []}),
        ),
        (
            format!("{server}/roles/read-only"),
            "role",
            json!({"display_name": "Mine"}),
        ),
    ] {
        assert_eq!(admin.read(&path, name).await["is_managed"], true);
        for members in [change, json!({})] {
            forbidden("PATCH", &path, json!({ name: members })).await;
        }
        forbidden("DELETE", &path, Value::Null).await;
    }
    let role = format!("{server}/roles/read-only");
    forbidden(
        "POST",
        &format!("{role}:addScopes"),
        json!({"scopes": ["roles:update"]}),
    )
    .await;
    forbidden(
        "POST",
        &format!("{role}:deleteScopes"),
        json!({"scopes": ["roles:read"]}),
    )
    .await;
    forbidden("POST", &format!("{server}/credentials"), json!({})).await;
    // The reserved identifier is nobody else's, in whatever realm.
    for prefix in [REALM, ADMIN] {
        let mine = json!({"display_name": "Mine", "identifier": RESERVED_IDENTIFIER});
        let path = format!("{prefix}/resource-servers");
        let answer = admin.send("POST", &path, &json!({"resource_server": mine})).await;
        let fields = super::admin::fields(&answer);
        assert!(fields.iter().all(|f| f == "resource_server.identifier"), "{fields:?}");
    }
    let body = json!({"resource_server": {"identifier": RESERVED_IDENTIFIER}});
    let answer = admin
        .send("PATCH", &format!("{REALM}/resource-servers/r1"), &body)
        .await;
    assert_field("r1", &answer, "resource_server.identifier");
    assert_eq!(records(&app), before);
    // A built-in role can be copied; the copy is like any other.
    let answer = admin.raw("POST", &format!("{role}:clone"), &[], None).await;
    let copy = answer.json()["role"].clone();
    assert_eq!(
        (&copy["display_name"], &copy["is_managed"]),
        (&json!("Copy of Read Only"), &json!(false)),
        "{}",
        answer.body
    );
    assert_eq!(copy["scopes"], admin.read(&role, "role").await["scopes"]);
    let named = json!({"role": {"display_name": "Auditors", "scopes": ["events:read"]}});
    let answer = admin.send("POST", &format!("{role}:clone"), &named).await;
    assert_eq!(
        answer.json()["role"]["scopes"],
        json!(["events:read"]),
        "{}",
        answer.body
    );
    let copy = format!("{server}/roles/{}", text(&copy["id"]));
    let changed = admin
        .change(&copy, "role", json!({"areas": {"applications": "edit"}}))
        .await;
    assert_eq!(
        (&changed["areas"]["applications"], &changed["areas"]["users"]),
        (&json!("edit"), &json!("view"))
    );
    admin.change(&copy, "role", json!({"scopes": []})).await;
    admin.remove(&copy).await;
}

#[tokio::test]
async fn the_management_application_is_read_and_its_secret_had_by_the_api() {
    covers!("T-12", "T-13", "T-14");
    let app = App::start().await;
    let path = format!("{ADMIN}/applications/management-api");
    let with = async |scope: &str| Admin {
        app: &app,
        bearer: app.management_token(scope).await,
    };
    let answer = with("tokens:read").await.get(&path).await;
    answer.assert_management_error(403, "forbidden");
    let admin = with("").await;
    let reader = with("applications:read").await;
    let read = reader.read(&path, "application").await;
    assert_eq!(
        (&read["id"], &read["protocol_config"]["client_id"], &read["is_managed"]),
        (&json!("management-api"), &json!("management-api"), &json!(true))
    );
    assert!(read["protocol_config"].get("client_secret").is_none());
    let all: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(read["protocol_config"]["allowed_scopes"], json!(all));
    let secrets = format!("{path}/secrets");
    let answer = reader.raw("POST", &secrets, &[], None).await;
    answer.assert_management_error(403, "forbidden");
    // Only who has everything the application has may have its secret.
    let partly = with("applications:read applications:update").await;
    let answer = partly.raw("POST", &secrets, &[], None).await;
    answer.assert_management_error(403, "forbidden");
    let made = admin.create(&secrets, "secret", json!({})).await;
    let secret = text(&made["client_secret"]);
    let client = Client::new(&app, ADMIN, "management-api", &secret);
    let answer = client.token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.assert_tokens().json()["expires_in"], 7_776_000);
    let bearer = answer.member("access_token");
    assert_eq!(Admin { app: &app, bearer }.get(&path).await.status, 200);
    assert!(!admin.get(&secrets).await.body.contains(&secret));
}

/// An application of the management API in realm `admin`, for machines.
async fn tool(admin: &Admin<'_>, format: &str, scopes: &[&str]) -> Value {
    let config = json!({
        "grant_type": ["client_credentials"],
        "allowed_scopes": scopes,
        "token_format": format,
        "token_configuration": {"token_signing_algorithm": "ES256"},
    });
    let new = json!({"display_name": "Tool", "resource_server_id": "management", "protocol_config": config});
    admin.create(&format!("{ADMIN}/applications"), "application", new).await
}

#[tokio::test]
async fn a_management_token_of_either_format_opens_the_api_until_it_ends() {
    covers!("T-15", "T-24", "O-161");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    for (format, parts) in [("self_contained", 3), ("referential", 5)] {
        let made = tool(&admin, format, &["applications:read", "tokens:delete"]).await;
        let id = text(&made["id"]);
        let client = client_of(&app, ADMIN, &made);
        let (first, second, third) = (
            client.machine_token().await,
            client.machine_token().await,
            client.machine_token().await,
        );
        assert_eq!(first.split('.').count(), parts);
        beside.catch_up().await;
        let list = format!("{REALM}/applications");
        let check = async |bearer: &str, lives: bool| {
            beside.catch_up().await;
            for app in [&app, &beside] {
                let tool = Admin {
                    app,
                    bearer: bearer.to_owned(),
                };
                let answer = tool.get(&list).await;
                if lives {
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    // Its scopes and its tenant bound it.
                    let answer = tool.get(&format!("{REALM}/events")).await;
                    answer.assert_management_error(403, "forbidden");
                    let answer = tool.get(&format!("{OTHER}/applications")).await;
                    assert!(matches!(answer.status, 401 | 403), "{}", answer.body);
                    continue;
                }
                answer.assert_management_error(401, "unauthorized");
                assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
            }
        };
        for token in [&first, &second, &third] {
            check(token, true).await;
        }
        // By itself, by its id, with its application, and by its end.
        client.revoke(&first).await.assert_revoked();
        check(&first, false).await;
        let jti = client.introspect(&second).await.assert_active().member("jti");
        admin.remove(&format!("{ADMIN}/applications/{id}/tokens/{jti}")).await;
        check(&second, false).await;
        check(&third, true).await;
        let path = format!("{ADMIN}/applications/{id}");
        admin.change(&path, "application", json!({"enabled": false})).await;
        check(&third, false).await;
        admin.change(&path, "application", json!({"enabled": true})).await;
        check(&third, false).await;
        app.advance_seconds(1);
        let fresh = client.machine_token().await;
        check(&fresh, true).await;
        admin.remove(&path).await;
        check(&fresh, false).await;
    }
}

#[tokio::test]
async fn the_tokens_of_an_application_are_listed_and_revoked_by_their_ids() {
    covers!("V-07");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = tool(&admin, "referential", &["applications:read"]).await;
    let client = client_of(&app, ADMIN, &made);
    let token = client.machine_token().await;
    let id = client.introspect(&token).await.assert_active().member("jti");
    let path = format!("{ADMIN}/applications/{}/tokens", text(&made["id"]));
    // Rows are written behind the answer, in order.
    let nothing = grantor_store::revocations::Revoked::Token("nothing".into());
    app.revoke(nothing).await;
    let listed = admin.get(&path).await;
    assert_eq!(listed.json()["tokens"][0]["id"], id, "{}", listed.body);
    assert!(!listed.body.contains(&token));
    for query in ["?principal_typ=application", "?page_siz=1", "?x"] {
        let answer = admin.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    admin.remove(&format!("{path}/{id}")).await;
    assert_eq!(admin.get(&path).await.json(), json!({"tokens": []}));
    super::admin::assert_missing(&admin.delete(&format!("{path}/{id}")).await, "token");
    let events = admin.events(ADMIN, &[("kind", "token.revoked")]).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["target"]["id"], &events[0]["actor"]["id"]),
        (&json!(id), &json!("management-api"))
    );
}

#[tokio::test]
async fn an_admin_who_is_demoted_disabled_or_deleted_loses_the_rights_of_their_tokens() {
    covers!("O-252", "T-15");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let server = format!("{ADMIN}/resource-servers/management");
    let carol = json!({"username": "carol", "password": "carol-password"});
    let carol = text(&admin.create(&format!("{ADMIN}/identities"), "identity", carol).await["id"]);
    let role = format!("{server}/roles/application-administrators");
    let member = json!({"identity_ids": [carol]});
    admin.perform(&format!("{role}:addMembers"), member.clone()).await;
    for format in ["self_contained", "referential"] {
        let config = json!({
            "grant_type": ["authorization_code"],
            "redirect_uris": ["https://made.test/cb"],
            "allowed_scopes": ["applications:read", "applications:update", "identities:read"],
            "consent": "skip",
            "token_format": format,
            "token_configuration": {"token_signing_algorithm": "ES256"},
        });
        let new = json!({"display_name": "Console", "resource_server_id": "management", "protocol_config": config});
        let made = admin.create(&format!("{ADMIN}/applications"), "application", new).await;
        let request = Authorize::of("made")
            .under(ADMIN)
            .set("client_id", &text(&made["protocol_config"]["client_id"]))
            .set("scope", "applications:read applications:update identities:read");
        let token = async || {
            let code = app.browser().code_as(&request, "carol").await;
            let answer = client_of(&app, ADMIN, &made)
                .redeem(&code, "https://made.test/cb")
                .await;
            answer.assert_tokens();
            answer
        };
        let first = token().await;
        // No more than her role holds.
        assert_eq!(first.member("scope"), "applications:read applications:update");
        let bearer = first.member("access_token");
        let check = async |bearer: &str, status: u16| {
            beside.catch_up().await;
            for app in [&app, &beside] {
                let carol = Admin {
                    app,
                    bearer: bearer.to_owned(),
                };
                let answer = carol.get(&format!("{REALM}/applications")).await;
                assert_eq!(answer.status, status, "{}", answer.body);
                let same = json!({"application": {"enabled": true}});
                let answer = carol.send("PATCH", &format!("{REALM}/applications/app-b"), &same).await;
                assert_eq!(answer.status, status, "{}", answer.body);
            }
        };
        check(&bearer, 200).await;
        admin.perform(&format!("{role}:deleteMembers"), member.clone()).await;
        check(&bearer, 403).await;
        admin.perform(&format!("{role}:addMembers"), member.clone()).await;
        check(&bearer, 200).await;
        let identity = format!("{ADMIN}/identities/{carol}");
        for enabled in [false, true] {
            let change = json!({ "enabled": enabled });
            admin.change(&identity, "identity", change).await;
            check(&bearer, 401).await;
        }
        app.advance_seconds(1);
        let fresh = token().await.member("access_token");
        check(&fresh, 200).await;
        // By a group it is the same right, and the same loss.
        admin.perform(&format!("{role}:deleteMembers"), member.clone()).await;
        let group = json!({"display_name": format!("Group {format}")});
        let group = text(&admin.create(&format!("{ADMIN}/groups"), "group", group).await["id"]);
        let groups = json!({"group_ids": [group]});
        let path = format!("{ADMIN}/groups/{group}");
        admin.perform(&format!("{role}:addMembers"), groups).await;
        admin.perform(&format!("{path}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
        admin.perform(&format!("{path}:deleteMembers"), member.clone()).await;
        check(&fresh, 403).await;
        admin.perform(&format!("{path}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
        admin.remove(&path).await;
        check(&fresh, 403).await;
        admin.perform(&format!("{role}:addMembers"), member.clone()).await;
        check(&fresh, 200).await;
    }
    let last = format!("{ADMIN}/identities/{carol}");
    admin.remove(&last).await;
}
