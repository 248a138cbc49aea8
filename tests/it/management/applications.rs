//! The properties of an application (behaviours.md 3.1), set through the API.
use super::admin::{Admin, assert_field, assert_missing, client_of, machine, text, web};
use crate::app::{Answer, App, Authorize, OTHER, REALM, part_of};
use grantor_tests::covers;
use serde_json::{Value, json};

fn path(id: &str) -> String {
    format!("{REALM}/applications/{id}")
}

/// Changes members of an application's `protocol_config`.
async fn set(admin: &Admin<'_>, id: &str, config: Value) -> Value {
    let members = json!({"protocol_config": config});
    admin.change(&path(id), "application", members).await
}

/// The change is refused, by this field.
async fn refused(admin: &Admin<'_>, id: &str, config: Value, field: &str) {
    let before = super::admin::records(admin.app);
    let body = json!({"application": {"protocol_config": config}});
    let answer = admin.send("PATCH", &path(id), &body).await;
    let found = super::admin::fields(&answer);
    let field = format!("application.protocol_config.{field}");
    assert!(found.contains(&field), "{body}: {}", answer.body);
    assert_eq!(super::admin::records(admin.app), before, "{body}");
}

/// An authorization request of an application that was made here.
fn request(made: &Value, scope: &str) -> Authorize {
    Authorize::of("made")
        .set("client_id", &text(&made["protocol_config"]["client_id"]))
        .set("scope", scope)
}

/// Signs alice in at an application that was made here; the token answer.
async fn tokens(app: &App, made: &Value, scope: &str) -> Answer {
    let code = app.browser().code_as(&request(made, scope), "alice").await;
    let client = client_of(app, "", made);
    client.redeem(&code, "https://made.test/cb").await
}

#[tokio::test]
async fn an_application_exists_in_its_tenant_and_realm_alone() {
    covers!("A-01");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let new = json!({"application": machine("Machine")});
    for (tenant, realm) in [("none", "main"), ("default", "none")] {
        let path = format!("/v1/tenants/{tenant}/realms/{realm}/applications");
        assert_missing(&admin.send("POST", &path, &new).await, "realm");
    }
    let answer = admin.send("POST", &format!("{OTHER}/applications"), &new).await;
    answer.assert_management_error(403, "forbidden");
    let list = format!("{REALM}/applications");
    let headers = [("content-type", "application/json")];
    let answer = app.send("POST", &list, &headers, Some(&new.to_string())).await;
    answer.assert_management_error(401, "unauthorized");
    let reader = app.management_token("applications:read").await;
    let reader = Admin {
        app: &app,
        bearer: reader,
    };
    let answer = reader.send("POST", &list, &new).await;
    answer.assert_management_error(403, "forbidden");
    let made = admin.create(&list, "application", machine("Machine")).await;
    let client = client_of(&app, "", &made);
    client.machine_token().await;
    client.clone().under(REALM).machine_token().await;
    let own = path(&text(&made["id"]));
    client.clone().under(&own).machine_token().await;
    let form = [("grant_type", "client_credentials")];
    client.clone().under(OTHER).token(&form).await.assert_invalid_client();
    client
        .under("/v1/tenants/default/realms/admin")
        .token(&form)
        .await
        .assert_invalid_client();
}

#[tokio::test]
async fn protocol_and_grants_go_together() {
    covers!("A-02", "A-03", "A-04");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    refused(&admin, "app-a", json!({"type": "saml"}), "type").await;
    for grants in [
        &["client_credentials"][..],
        &["authorization_code", "client_credentials"],
    ] {
        refused(&admin, "app-a", json!({"grant_type": grants}), "grant_type").await;
    }
    // Judged anew when the protocol changes.
    refused(&admin, "app-plain", json!({"type": "oidc"}), "grant_type").await;
    refused(&admin, "app-m", json!({"type": "oidc"}), "grant_type").await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    for (protocol, granted, id_token) in [("oidc", "openid read", true), ("oauth2", "read", false)] {
        let saved = set(&admin, &id, json!({"type": protocol})).await;
        assert_eq!(saved["protocol_config"]["type"], protocol);
        let answer = tokens(&app, &made, "openid read").await;
        let body = answer.assert_tokens().json();
        assert_eq!(
            (body["scope"].as_str(), body["id_token"].is_string()),
            (Some(granted), id_token)
        );
        if id_token {
            let jwks = app.get("/jwks").await.body;
            let claims = crate::app::verify_offline(&jwks, &answer.member("id_token")).unwrap();
            assert_eq!(claims["nonce"], "n0nce");
            let audience = &claims["aud"];
            let client_id = &made["protocol_config"]["client_id"];
            assert!(audience == client_id || audience[0] == *client_id, "{claims}");
            assert!(claims["at_hash"].is_string());
        }
    }
    // Either grant works on an oauth2 application.
    set(
        &admin,
        &id,
        json!({"grant_type": ["authorization_code", "client_credentials"]}),
    )
    .await;
    let token = client_of(&app, "", &made).machine_token().await;
    assert_eq!(part_of(&token, 1)["scope"], "read");
    tokens(&app, &made, "read").await.assert_tokens();
}

#[tokio::test]
async fn either_protocol_is_confidential_or_public_and_a_public_one_needs_pkce_and_no_secret() {
    covers!("A-05", "A-06", "A-09");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let list = format!("{REALM}/applications");
    for protocol in ["oauth2", "oidc"] {
        for confidentiality in ["confidential", "public"] {
            let mut new = web("Combined");
            new["protocol_config"]["type"] = json!(protocol);
            new["protocol_config"]["confidentiality"] = json!(confidentiality);
            let made = admin.create(&list, "application", new).await;
            let read = admin.read(&path(&text(&made["id"])), "application").await;
            let config = &read["protocol_config"];
            assert_eq!(
                (&config["type"], &config["confidentiality"]),
                (&json!(protocol), &json!(confidentiality))
            );
            let public = confidentiality == "public";
            let secret = &made["protocol_config"].get("client_secret");
            assert_eq!(secret.is_none(), public);
        }
    }
    let machine = json!({"type": "oauth2", "grant_type": ["client_credentials"]});
    refused(&admin, "app-p", machine, "grant_type").await;
    refused(&admin, "app-p", json!({"pkce": "disabled"}), "pkce").await;
    let basic = json!({"token_endpoint_auth_method": "client_secret_basic"});
    refused(&admin, "app-p", basic, "token_endpoint_auth_method").await;
    refused(
        &admin,
        "app-a",
        json!({"confidentiality": "public"}),
        "token_endpoint_auth_method",
    )
    .await;
    let off = json!({"refresh_tokens": {"enabled": true, "rotation": "off"}});
    refused(&admin, "app-p", off, "refresh_tokens.rotation").await;
    let mut new = web("Public");
    new["protocol_config"]["confidentiality"] = json!("public");
    new["protocol_config"]["pkce"] = json!("disabled");
    let answer = admin.send("POST", &list, &json!({"application": new})).await;
    assert_field("public", &answer, "application.protocol_config.pkce");
    let document = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
}

#[tokio::test]
async fn pkce_is_asked_for_unless_it_is_disabled() {
    covers!("A-07", "A-08");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let bare = request(&made, "openid")
        .without("code_challenge")
        .without("code_challenge_method");
    let uri = "https://made.test/cb";
    let form = |code: &str| {
        vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".into(), code.into()),
            ("redirect_uri".into(), uri.into()),
        ]
    };
    let redeem = async |code: &str, verifier: Option<&str>| {
        let mut form = form(code);
        form.extend(verifier.map(|v| ("code_verifier".to_owned(), v.to_owned())));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        client.token(&form).await
    };
    // Asked for: challenge, method and verifier.
    let answer = app.authorize(&bare).await;
    answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
    for method in ["plain", "256", ""] {
        let answer = app
            .authorize(&request(&made, "openid").set("code_challenge_method", method))
            .await;
        answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
    }
    let code = app.browser().code_as(&request(&made, "openid"), "alice").await;
    redeem(&code, None).await.assert_json_error(400, "invalid_grant");
    let wrong = "x".repeat(43);
    redeem(&code, Some(&wrong))
        .await
        .assert_json_error(400, "invalid_grant");
    redeem(&code, Some(crate::app::VERIFIER)).await.assert_tokens();
    // Disabled: not needed; what is sent is enforced, and a verifier for nothing is none.
    set(&admin, &id, json!({"pkce": "disabled"})).await;
    let code = app.browser().code_as(&bare, "alice").await;
    redeem(&code, Some(crate::app::VERIFIER))
        .await
        .assert_json_error(400, "invalid_grant");
    let code = app.browser().code_as(&bare, "alice").await;
    redeem(&code, None).await.assert_tokens();
    let code = app.browser().code_as(&request(&made, "openid"), "alice").await;
    redeem(&code, None).await.assert_json_error(400, "invalid_grant");
    set(&admin, &id, json!({"pkce": null})).await;
    let answer = app.authorize(&bare).await;
    answer.assert_redirect_error(uri, "invalid_request", Some("st4te"));
}

#[tokio::test]
async fn a_secret_comes_the_way_that_is_set_and_no_other() {
    covers!("A-10", "A-11");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", machine("Machine"))
        .await;
    let config = &made["protocol_config"];
    let (id, secret) = (text(&config["client_id"]), text(&config["client_secret"]));
    let basic = client_of(&app, "", &made).basic();
    let grant = ("grant_type", "client_credentials");
    let in_body = [grant, ("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let header = [("authorization", basic.as_str())];
    for (method, by_header, by_body) in [
        ("client_secret_basic", 200, 401),
        ("client_secret_post", 401, 200),
        ("client_secret_basic", 200, 401),
    ] {
        set(
            &admin,
            &text(&made["id"]),
            json!({"token_endpoint_auth_method": method}),
        )
        .await;
        let answer = app.post("/token", &header, &[grant]).await;
        assert_eq!(answer.status, by_header, "{method}: {}", answer.body);
        let answer = app.post("/token", &[], &in_body).await;
        assert_eq!(answer.status, by_body, "{method}: {}", answer.body);
        let both = app.post("/token", &header, &in_body).await;
        both.assert_json_error(400, "invalid_request");
        let query = format!("/token?{}", crate::app::encode(&in_body[1..]));
        let answer = app.post(&query, &[], &[grant]).await;
        assert!(matches!(answer.status, 400 | 401), "{}", answer.body);
    }
}

#[tokio::test]
async fn the_grants_that_are_set_decide_requests_and_discovery_at_once() {
    covers!("A-12");
    let app = App::start().await;
    let beside = App::start_beside(&app).await;
    let admin = Admin::of(&app).await;
    let mut new = web("Web");
    new["protocol_config"]["type"] = json!("oauth2");
    let made = admin.create(&format!("{REALM}/applications"), "application", new).await;
    let id = text(&made["id"]);
    let document = format!("{}/.well-known/openid-configuration", path(&id));
    for grants in [
        &["authorization_code"][..],
        &["client_credentials"],
        &["authorization_code", "client_credentials"],
    ] {
        let refresh = grants.contains(&"authorization_code");
        let change = json!({"grant_type": grants, "refresh_tokens": {"enabled": refresh}});
        set(&admin, &id, change).await;
        beside.catch_up().await;
        for app in [&app, &beside] {
            let answer = app.get(&document).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let shown = answer.json();
            let mut expected = grants.to_vec();
            expected.extend(refresh.then_some("refresh_token"));
            assert_eq!(shown["grant_types_supported"], json!(expected));
            assert_eq!(shown.get("authorization_endpoint").is_some(), refresh, "{grants:?}");
            let client = client_of(app, "", &made);
            for (grant, error) in [
                ("authorization_code", "invalid_grant"),
                ("client_credentials", ""),
                ("refresh_token", "invalid_grant"),
            ] {
                let form = [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
                let answer = client.token(&form).await;
                match (expected.contains(&grant), error) {
                    (true, "") => assert_eq!(answer.status, 200, "{}", answer.body),
                    (true, error) => drop(answer.assert_json_error(400, error)),
                    (false, _) => drop(answer.assert_json_error(400, "unauthorized_client")),
                }
            }
        }
    }
    let client = client_of(&app, "", &made);
    client
        .token(&[("grant_type", "password")])
        .await
        .assert_json_error(400, "unsupported_grant_type");
    client.token(&[]).await.assert_json_error(400, "invalid_request");
}

#[tokio::test]
async fn the_resource_server_bounds_what_an_application_may_be_allowed() {
    covers!("A-13", "A-14", "A-16");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let server = json!({"display_name": "S", "identifier": "https://s.test", "scopes": ["one", "two"]});
    let server = admin
        .create(&format!("{REALM}/resource-servers"), "resource_server", server)
        .await;
    let server_path = format!("{REALM}/resource-servers/{}", text(&server["id"]));
    for wrong in [&["other"][..], &["read", "other"], &["Read"], &["openid"], &[""]] {
        refused(&admin, "app-m", json!({"allowed_scopes": wrong}), "allowed_scopes").await;
    }
    let list = format!("{REALM}/applications");
    let mut new = machine("Machine");
    new["resource_server_id"] = server["id"].clone();
    // Scopes of another server, and scopes without a server.
    let answer = admin.send("POST", &list, &json!({"application": new})).await;
    assert_field("read", &answer, "application.protocol_config.allowed_scopes");
    new["protocol_config"]["allowed_scopes"] = json!(["one", "two"]);
    let mut alone = new.clone();
    alone["resource_server_id"] = json!(null);
    let answer = admin.send("POST", &list, &json!({"application": alone})).await;
    assert_field("alone", &answer, "application.protocol_config.allowed_scopes");
    let made = admin.create(&list, "application", new).await;
    let client = client_of(&app, "", &made);
    let granted = async |scope: &str| {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend((!scope.is_empty()).then_some(("scope", scope)));
        let answer = client.token(&form).await;
        match answer.status {
            200 => Ok(answer.member("scope")),
            _ => Err(answer.member("error")),
        }
    };
    assert_eq!(granted("").await, Ok("one two".into()));
    assert_eq!(granted("two").await, Ok("two".into()));
    for strange in ["read", "one read", "three"] {
        assert_eq!(granted(strange).await, Err("invalid_scope".into()), "{strange}");
    }
    // What the server loses is granted no more, and its roles lose it.
    let roles = format!("{server_path}/roles");
    let role = json!({"display_name": "R", "scopes": ["one", "two"]});
    let role = admin.create(&roles, "role", role).await;
    let role = format!("{roles}/{}", text(&role["id"]));
    admin
        .change(&server_path, "resource_server", json!({"scopes": ["one"]}))
        .await;
    assert_eq!(granted("").await, Ok("one".into()));
    assert_eq!(granted("two").await, Err("invalid_scope".into()));
    assert_eq!(admin.read(&role, "role").await["scopes"], json!(["one"]));
    // Unlinked, nothing is allowed, and no scope is everything there is.
    let id = text(&made["id"]);
    for member in ["resource_server_id", "resource_server"] {
        let unlinked = admin.change(&path(&id), "application", json!({ member: null })).await;
        assert!(unlinked.get("resource_server_id").is_none());
        assert_eq!(unlinked["protocol_config"]["allowed_scopes"], json!([]));
        assert_eq!(granted("").await, Ok(String::new()));
        assert!(granted("one").await.is_err());
        let scopes = json!({"allowed_scopes": ["one"]});
        refused(&admin, &id, scopes.clone(), "allowed_scopes").await;
        let linked = json!({"resource_server_id": server["id"], "protocol_config": scopes});
        admin.change(&path(&id), "application", linked).await;
        assert_eq!(granted("").await, Ok("one".into()));
    }
}

#[tokio::test]
async fn format_and_life_count_for_new_tokens() {
    covers!("A-15", "A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", machine("Machine"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let mut old = Vec::new();
    for (format, parts) in [("self_contained", 3), ("referential", 5), ("self_contained", 3)] {
        set(&admin, &id, json!({"token_format": format})).await;
        let token = client.machine_token().await;
        assert_eq!(token.split('.').count(), parts, "{format}");
        old.push(token);
        for token in &old {
            client.introspect(token).await.assert_active();
        }
    }
    for seconds in [315_360_000_i64, 60, 1] {
        set(&admin, &id, json!({"token_configuration": {"expires_after": seconds}})).await;
        let answer = client.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.assert_tokens().json()["expires_in"], seconds);
        let seen = client.introspect(&answer.member("access_token")).await.json();
        let life = seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap();
        assert_eq!(life, seconds);
        old.push(answer.member("access_token"));
    }
    app.advance_seconds(1);
    let last = old.pop().unwrap();
    client.introspect(&last).await.assert_inactive();
    for token in &old {
        client.introspect(token).await.assert_active();
    }
}

#[tokio::test]
async fn refresh_tokens_are_given_while_they_are_enabled() {
    covers!("A-18");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let made = admin
        .create(&format!("{REALM}/applications"), "application", web("Web"))
        .await;
    let id = text(&made["id"]);
    let client = client_of(&app, "", &made);
    let first = tokens(&app, &made, "openid offline_access read").await;
    let refresh = first.assert_tokens().member("refresh_token");
    assert!(!refresh.is_empty());
    let refresh = client.refresh(&refresh).await.assert_tokens().member("refresh_token");
    set(&admin, &id, json!({"refresh_tokens": {"enabled": false}})).await;
    client
        .refresh(&refresh)
        .await
        .assert_json_error(400, "unauthorized_client");
    let without = tokens(&app, &made, "openid offline_access read").await;
    assert!(without.assert_tokens().json().get("refresh_token").is_none());
    // Never for machines.
    refused(
        &admin,
        "app-m",
        json!({"refresh_tokens": {"enabled": true}}),
        "refresh_tokens.enabled",
    )
    .await;
    refused(
        &admin,
        &id,
        json!({"type": "oauth2", "grant_type": ["client_credentials"], "refresh_tokens": {"enabled": true}}),
        "refresh_tokens.enabled",
    )
    .await;
}
