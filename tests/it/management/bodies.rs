//! What a body may be: JSON, wrapped, partial, strict; and that one that is refused changes nothing.
use super::admin::{Admin, assert_field, records, text};
use super::records::kinds;
use crate::app::{App, REALM};
use grantor_tests::covers;
use serde_json::{Value, json};

fn applications() -> String {
    format!("{REALM}/applications")
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_by_its_status() {
    covers!("O-199");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let good = json!({"group": {"display_name": "G"}}).to_string();
    let (path, before) = (format!("{REALM}/groups"), records(&app));
    // What a form of another site can send, with the cookies of whoever is signed in, is not read (O-199).
    for label in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-patch+json",
        "application/jsonp",
        "text/json",
        "",
        "json",
    ] {
        let cookies = ("cookie", "grantor-session.default.admin=x");
        for headers in [&[("content-type", label)][..], &[("content-type", label), cookies]] {
            let answer = admin.raw("POST", &path, headers, Some(&good)).await;
            answer.assert_management_error(415, "unsupported_media_type");
        }
        // Without a bearer a cookie opens nothing, whatever the label.
        for label in [label, "application/json"] {
            let answer = app
                .send("POST", &path, &[("content-type", label), cookies], Some(&good))
                .await;
            answer.assert_management_error(401, "unauthorized");
        }
    }
    let answer = admin.raw("POST", &path, &[], Some(&good)).await;
    answer.assert_management_error(415, "unsupported_media_type");
    let deep = format!("{{\"group\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let long = json!({"group": {"display_name": "x".repeat(70_000)}}).to_string();
    for (what, body, status, code) in [
        ("nothing", "", 400, "bad_request"),
        ("half", "{\"group\":", 400, "bad_request"),
        ("two", "{} {}", 400, "bad_request"),
        ("a form", "group=1", 400, "bad_request"),
        ("a list", "[]", 400, "bad_request"),
        ("null", "null", 400, "bad_request"),
        (
            "twice",
            r#"{"group":{"display_name":"A"},"group":{}}"#,
            400,
            "bad_request",
        ),
        (
            "twice inside",
            r#"{"group":{"display_name":"A","display_name":"B"}}"#,
            400,
            "bad_request",
        ),
        (
            "twice, spelled otherwise",
            r#"{"group":{"display_name":"A","display\u005fname":"B"}}"#,
            400,
            "bad_request",
        ),
        (
            "not UTF-8 text",
            "{\"group\":{\"display_name\":\"\\ud800\"}}",
            400,
            "bad_request",
        ),
        ("deep", &deep, 400, "bad_request"),
        ("long", &long, 413, "payload_too_large"),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = admin.raw("POST", &path, &headers, Some(body)).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        answer.assert_management_error(status, code);
    }
    assert_eq!(records(&app), before);
    let labelled = [("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(admin.raw("POST", &path, &labelled, Some(&good)).await.status, 200);
}

#[tokio::test]
async fn a_record_stands_alone_under_its_name() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for kind in kinds() {
        let made = admin.create(&kind.path, kind.name, kind.new_record(1)).await;
        let before = records(&app);
        for (method, path) in [("POST", kind.path.clone()), ("PATCH", kind.one(&text(&made["id"])))] {
            let mut beside = json!({ kind.name: kind.new_record(2) });
            beside["extra"] = json!(1);
            for (body, field) in [
                (json!({}), kind.name),
                (kind.new_record(2), "display_name"),
                (json!({ kind.name: null }), kind.name),
                (json!({ kind.name: [kind.new_record(2)] }), kind.name),
                (json!({ kind.name: "x" }), kind.name),
                (beside, "extra"),
            ] {
                let answer = admin.send(method, &path, &body).await;
                let found = super::admin::fields(&answer);
                // Of a record that is not wrapped any member may be the one that is named.
                if field == "display_name" {
                    assert!(kind.new_record(2).get(&found[0]).is_some(), "{found:?}");
                    continue;
                }
                assert_eq!(found, [field], "{method} {}: {}", kind.name, answer.body);
            }
            let mut unknown = if method == "POST" {
                kind.new_record(2)
            } else {
                json!({})
            };
            unknown["nam"] = json!(1);
            let answer = admin.send(method, &path, &json!({ kind.name: unknown })).await;
            assert_field("unknown", &answer, &format!("{}.nam", kind.name));
        }
        assert_eq!(records(&app), before, "{}", kind.name);
    }
}

#[tokio::test]
async fn every_word_of_an_application_is_checked_and_a_refused_one_changes_nothing() {
    covers!("A-02", "A-15", "A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let before = records(&app);
    let config = |name: &str, value: Value| json!({"protocol_config": { name: value }});
    let expires = |value: Value| config("token_configuration", json!({"expires_after": value}));
    let at = |field: &str| format!("application.protocol_config.{field}");
    let plain = |field: &str| format!("application.{field}");
    for (members, field) in [
        (json!({"display_name": 1}), plain("display_name")),
        (json!({"display_name": ""}), plain("display_name")),
        (json!({"display_name": " "}), plain("display_name")),
        (json!({"display_name": "x".repeat(101)}), plain("display_name")),
        (json!({"display_name": "a\u{0}b"}), plain("display_name")),
        (json!({"displayName": "A"}), plain("displayName")),
        (json!({"enabled": "yes"}), plain("enabled")),
        (json!({"enabled": 1}), plain("enabled")),
        (json!({"resource_server_id": "nothing"}), plain("resource_server_id")),
        (json!({"resource_server_id": 5}), plain("resource_server_id")),
        (
            json!({"resource_server_id": "r1", "resource_server": "r1"}),
            plain("resource_server"),
        ),
        (json!({"protocol_config": "x"}), plain("protocol_config")),
        (json!({"protocol_config": []}), plain("protocol_config")),
        (config("typ", json!("oidc")), at("typ")),
        (config("type", json!("saml")), at("type")),
        (config("type", json!("OIDC")), at("type")),
        (config("type", json!(2)), at("type")),
        (config("confidentiality", json!("secret")), at("confidentiality")),
        (config("application_type", json!("desktop")), at("application_type")),
        (config("pkce", json!("plain")), at("pkce")),
        (
            config("token_endpoint_auth_method", json!("private_key_jwt")),
            at("token_endpoint_auth_method"),
        ),
        (
            config("token_endpoint_auth_method", json!("none")),
            at("token_endpoint_auth_method"),
        ),
        (config("grant_type", json!("authorization_code")), at("grant_type")),
        (config("grant_type", json!([])), at("grant_type")),
        (config("grant_type", json!(["password"])), at("grant_type[0]")),
        (config("grant_type", json!(["implicit"])), at("grant_type[0]")),
        (
            config("grant_type", json!(["authorization_code", 1])),
            at("grant_type[1]"),
        ),
        (config("grant_type", json!(["refresh_token"])), at("grant_type")),
        (config("redirect_uris", json!("https://a.test/cb")), at("redirect_uris")),
        (config("redirect_uris", json!(["/cb"])), at("redirect_uris[0]")),
        (
            config("redirect_uris", json!(["javascript:alert(1)"])),
            at("redirect_uris[0]"),
        ),
        (
            config("redirect_uris", json!(["https://a.test/cb#x"])),
            at("redirect_uris[0]"),
        ),
        (
            config("post_logout_redirect_uris", json!(["x"])),
            at("post_logout_redirect_uris[0]"),
        ),
        (
            config("allowed_cors_origins", json!(["*"])),
            at("allowed_cors_origins[0]"),
        ),
        (
            config("allowed_cors_origins", json!(["https://a.test/x"])),
            at("allowed_cors_origins[0]"),
        ),
        (config("allowed_scopes", json!(["read"])), at("allowed_scopes")),
        (config("token_format", json!("opaque")), at("token_format")),
        (
            config("id_token_signed_response_alg", json!("none")),
            at("id_token_signed_response_alg"),
        ),
        (config("consent", json!("never")), at("consent")),
        (config("client_uri", json!("javascript:alert(1)")), at("client_uri")),
        (config("jwks", json!([])), at("jwks")),
        (expires(json!(0)), at("token_configuration.expires_after")),
        (expires(json!(-1)), at("token_configuration.expires_after")),
        (expires(json!(1.5)), at("token_configuration.expires_after")),
        (expires(json!("3600")), at("token_configuration.expires_after")),
        (expires(json!(true)), at("token_configuration.expires_after")),
        (expires(json!(315_360_001)), at("token_configuration.expires_after")),
        (expires(json!(u64::MAX)), at("token_configuration.expires_after")),
        (
            config("token_configuration", json!({"token_signing_algorithm": "none"})),
            at("token_configuration.token_signing_algorithm"),
        ),
        (
            config("token_configuration", json!({"subject_field": "name"})),
            at("token_configuration.subject_field"),
        ),
        (
            config("refresh_tokens", json!({"rotation": "never"})),
            at("refresh_tokens.rotation"),
        ),
        (
            config("refresh_tokens", json!({"enable": true})),
            at("refresh_tokens.enable"),
        ),
        (config("refresh_tokens", json!(true)), at("refresh_tokens")),
    ] {
        let mut new = json!({"display_name": "New", "protocol_config": {}});
        let mut config = json!({"redirect_uris": ["https://new.test/cb"]});
        for (name, value) in members.as_object().unwrap() {
            match (name.as_str(), value.as_object()) {
                ("protocol_config", Some(inner)) => config.as_object_mut().unwrap().extend(inner.clone()),
                _ => new[name] = value.clone(),
            }
        }
        if new["protocol_config"] == json!({}) {
            new["protocol_config"] = config;
        }
        let answer = admin.send("POST", &applications(), &json!({"application": new})).await;
        let found = super::admin::fields(&answer);
        assert!(
            found.iter().any(|f| f.starts_with(&field)),
            "{members}: {}",
            answer.body
        );
        // The record there is, laid under it, makes no difference; `app-p2` has no resource server.
        let path = format!("{}/app-exempt", applications());
        if !field.ends_with("allowed_scopes") {
            let answer = admin.send("PATCH", &path, &json!({"application": members})).await;
            let found = super::admin::fields(&answer);
            assert!(
                found.iter().any(|f| f.starts_with(&field)),
                "{members}: {}",
                answer.body
            );
        }
    }
    assert_eq!(records(&app), before);
}

#[tokio::test]
async fn a_change_names_what_changes_and_the_rest_stays() {
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let path = format!("{}/app-plain", applications());
    let before = admin.read(&path, "application").await;
    let check = async |members: Value, at: &str, expected: Value| {
        let changed = admin.change(&path, "application", members.clone()).await;
        assert_eq!(changed.pointer(at).unwrap_or(&Value::Null), &expected, "{members}");
        let mut rest = changed.clone();
        *rest.pointer_mut("/updated_at").unwrap() = before["updated_at"].clone();
        // Everything else is as it was.
        let back = |value: &Value| {
            let mut value = value.clone();
            let (parent, name) = at.rsplit_once('/').unwrap();
            if let Some(parent) = value.pointer_mut(parent).and_then(Value::as_object_mut) {
                parent.remove(name);
            }
            value
        };
        assert_eq!(back(&rest), back(&before), "{members}");
        // And back again, with the whole record as it was read: what the server made is ignored.
        let again = admin.change(&path, "application", before.clone()).await;
        assert_eq!(back(&again)["protocol_config"], back(&before)["protocol_config"]);
        let mut again = again;
        *again.pointer_mut("/updated_at").unwrap() = before["updated_at"].clone();
        assert_eq!(again, before, "{members}");
    };
    let config = |name: &str, value: Value| json!({"protocol_config": { name: value }});
    let of = |name: &str| format!("/protocol_config/{name}");
    check(json!({"display_name": "B"}), "/display_name", json!("B")).await;
    check(json!({"enabled": false}), "/enabled", json!(false)).await;
    // A list is replaced whole; `null` is the default, as is an empty text where there is a choice.
    let one = json!(["https://other.test/cb"]);
    check(config("redirect_uris", one.clone()), &of("redirect_uris"), one).await;
    check(config("allowed_scopes", json!(null)), &of("allowed_scopes"), json!([])).await;
    check(
        config("allowed_scopes", json!(["write"])),
        &of("allowed_scopes"),
        json!(["write"]),
    )
    .await;
    check(
        config("grant_types", json!(["client_credentials"])),
        &of("grant_type"),
        json!(["client_credentials"]),
    )
    .await;
    let life = config("token_configuration", json!({"expires_after": 60}));
    check(life, &of("token_configuration/expires_after"), json!(60)).await;
    let life = config("token_configuration", json!({"expires_after": null}));
    check(life, &of("token_configuration/expires_after"), json!(86_400)).await;
    check(
        config("client_uri", json!("https://plain.test")),
        &of("client_uri"),
        json!("https://plain.test"),
    )
    .await;
    check(config("client_uri", json!("")), &of("client_uri"), json!(null)).await;
    // What only the server writes is ignored, wherever it stands.
    let made_up = json!({
        "id": "other", "tenant_id": "t2", "realm_id": "admin", "is_managed": true, "managed_by": "x",
        "created_at": "2000-01-01T00:00:00Z", "updated_at": 5, "client_id": "other", "client_secret": "x",
        "protocol_config": {"client_id": "other", "client_secret": "own-secret-own-secret-own-secret-own"},
    });
    check(made_up, "/nothing", json!(null)).await;
    let secret = app.client("plain").with_secret("own-secret-own-secret-own-secret-own");
    secret
        .token(&[("grant_type", "client_credentials")])
        .await
        .assert_invalid_client();
}

#[tokio::test]
async fn a_new_record_has_its_defaults_whether_left_out_or_null() {
    covers!("A-17");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    let uris = json!(["https://x.test/cb"]);
    let mut seen = Vec::new();
    for config in [
        json!({"redirect_uris": uris}),
        json!({"redirect_uris": uris, "type": null, "confidentiality": null, "grant_type": null, "grant_types": null,
               "token_endpoint_auth_method": null, "pkce": null, "allowed_scopes": null, "client_uri": null,
               "token_configuration": null, "refresh_tokens": null, "token_format": null}),
    ] {
        let members =
            json!({"display_name": "D", "enabled": null, "resource_server_id": null, "protocol_config": config});
        let mut made = admin.create(&applications(), "application", members).await;
        let made = made["protocol_config"].as_object_mut().unwrap();
        made.remove("client_id");
        made.remove("client_secret");
        seen.push(Value::Object(made.clone()));
    }
    assert_eq!(seen[0], seen[1]);
    let expected = json!({
        "type": "oauth2", "confidentiality": "confidential", "application_type": "web", "pkce": "s256",
        "token_endpoint_auth_method": "client_secret_basic", "grant_type": ["authorization_code"],
        "redirect_uris": uris, "post_logout_redirect_uris": [], "allowed_cors_origins": [], "allowed_scopes": [],
        "token_format": "self_contained",
        "token_configuration": {"expires_after": 86400, "subject_field": "id", "token_signing_algorithm": "RS256"},
        "id_token_signed_response_alg": "RS256",
        "refresh_tokens": {"enabled": false, "rotation": "until_receipt", "expires_after": 2_592_000,
                           "idle_after": 1_209_600, "retry_window": 60},
        "consent": "ask", "client_uri": null,
    });
    assert_eq!(seen[0], expected);
    // In realm `admin` they are for machines; without a configuration at all as well.
    for members in [
        json!({"display_name": "D"}),
        json!({"display_name": "D", "protocol_config": null}),
    ] {
        let path = format!("{}/applications", crate::app::ADMIN);
        let made = admin.create(&path, "application", members).await;
        assert_eq!(made["protocol_config"]["grant_type"], json!(["client_credentials"]));
    }
}
