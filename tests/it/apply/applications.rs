//! Applications as records: what may be saved, where they exist, and what saving them changes.
use super::assert_refused;
use crate::app::{App, Authorize, OTHER, REALM, entry};
use grantor_tests::covers;
use toml::{Table, Value};

const TEN_YEARS: i64 = 10 * 365 * 24 * 3600;

/// Sets a member of an application's `protocol_config`.
fn config(id: &'static str, field: &'static str, value: impl Into<Value>) -> impl FnOnce(&mut Table) {
    let value = value.into();
    move |d| {
        let config = entry(d, "applications", id)["protocol_config"].as_table_mut().unwrap();
        config.insert(field.into(), value);
    }
}

fn list(values: &[&str]) -> Value {
    Value::Array(values.iter().map(|v| Value::from(*v)).collect())
}

/// `app-a` as public or confidential, of either type, with a method that fits.
fn combination(protocol: &'static str, confidentiality: &'static str) -> impl FnOnce(&mut Table) {
    move |d| {
        let public = confidentiality == "public";
        let method = if public { "none" } else { "client_secret_basic" };
        config("app-a", "type", protocol)(d);
        config("app-a", "confidentiality", confidentiality)(d);
        config("app-a", "token_endpoint_auth_method", method)(d);
        if public {
            entry(d, "applications", "app-a").remove("client_secrets");
        }
    }
}

#[tokio::test]
async fn an_application_exists_in_its_tenant_and_realm_alone() {
    covers!("A-01");
    let app = App::start().await;
    for (tenant, realm) in [("none", "main"), ("default", "none"), ("t2", "admin"), ("", "")] {
        assert_refused(&app, "a realm that is not there", "realm", |d| {
            d.insert("tenant".into(), tenant.into());
            d.insert("realm".into(), realm.into());
        })
        .await;
    }
    app.client("m").machine_token().await;
    app.other_client("m").machine_token().await;
    let form = [("grant_type", "client_credentials")];
    app.client("m").under(OTHER).token(&form).await.assert_invalid_client();
    app.client("mref")
        .under(OTHER)
        .token(&form)
        .await
        .assert_invalid_client();
    app.other_client("m")
        .under(REALM)
        .token(&form)
        .await
        .assert_invalid_client();
    for (prefix, status) in [
        (format!("{REALM}/applications/app-mref"), 200),
        (format!("{OTHER}/applications/app-mref"), 404),
        (format!("{REALM}/applications/nobody"), 404),
        ("/v1/tenants/default/realms/admin/applications/app-mref".into(), 404),
        ("/v1/tenants/default/realms/none".into(), 404),
        ("/v1/tenants/none/realms/main".into(), 404),
    ] {
        let document = app.get(&format!("{prefix}/.well-known/openid-configuration")).await;
        assert_eq!(document.status, status, "{prefix}");
        let token = app.client("mref").under(&prefix).token(&form).await;
        assert_eq!(token.status, status, "{prefix}: {}", token.body);
    }
}

#[tokio::test]
async fn an_application_speaks_oauth2_or_oidc_and_is_judged_anew_when_that_changes() {
    covers!("A-02");
    let app = App::start().await;
    for wrong in ["saml", "OIDC", "", "oauth", "oidc "] {
        assert_refused(&app, wrong, "`oauth2` or `oidc`", config("app-a", "type", wrong)).await;
    }
    assert_refused(&app, "a number", "", config("app-a", "type", 2)).await;
    let field = "applications[6].protocol_config.grant_type";
    assert_refused(&app, "both grants", field, config("app-plain", "type", "oidc")).await;
    for (protocol, id_token) in [("oidc", true), ("oauth2", false)] {
        app.edit(config("app-a", "type", protocol)).await.unwrap();
        let request = Authorize::of("a").set("scope", "openid read");
        let code = app.browser().code_as(&request, "alice").await;
        let answer = app.client("a").redeem(&code, "https://a.test/cb").await;
        assert_eq!(
            answer.assert_tokens().json()["id_token"].is_string(),
            id_token,
            "{protocol}"
        );
    }
}

#[tokio::test]
async fn either_protocol_may_be_confidential_or_public_but_a_public_one_has_no_client_credentials() {
    covers!("A-05");
    let app = App::start().await;
    for protocol in ["oauth2", "oidc"] {
        for confidentiality in ["confidential", "public"] {
            let saved = app.edit(combination(protocol, confidentiality)).await;
            assert_eq!(saved, Ok(()), "{protocol} {confidentiality}");
            let stored = app.sql(|on| {
                let sql = "SELECT config FROM client WHERE tenant = 'default' AND id = 'app-a'";
                on.query_row(sql, [], |r| r.get::<String>(0))
            });
            let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
            assert_eq!(
                (&stored["type"], &stored["confidentiality"]),
                (&protocol.into(), &confidentiality.into())
            );
        }
    }
    let at = |field: &str| format!("applications[0].protocol_config.{field}");
    for grants in [
        &["client_credentials"][..],
        &["authorization_code", "client_credentials"],
    ] {
        assert_refused(&app, "public", &at("grant_type"), |d| {
            combination("oauth2", "public")(d);
            config("app-a", "grant_types", list(grants))(d);
        })
        .await;
    }
    let method = at("token_endpoint_auth_method");
    assert_refused(&app, "public with a secret", "applications[0].client_secrets", |d| {
        combination("oidc", "public")(d);
        entry(d, "applications", "app-a").insert("client_secrets".into(), list(&["x".repeat(32).as_str()]));
    })
    .await;
    assert_refused(&app, "public with Basic", &method, |d| {
        combination("oidc", "public")(d);
        config("app-a", "token_endpoint_auth_method", "client_secret_basic")(d);
    })
    .await;
    assert_refused(
        &app,
        "other word",
        "confidential",
        config("app-a", "confidentiality", "secret"),
    )
    .await;
}

#[tokio::test]
async fn secrets_are_stored_as_macs_and_a_public_application_has_none() {
    covers!("A-06");
    let app = App::start().await;
    let secrets = |id: &str| {
        let sql = "SELECT count(*) FROM client_secret WHERE tenant = 'default' AND client = ?1 AND length(mac) = 32";
        app.sql(|on| on.query_row(sql, [id], |r| r.get::<i64>(0)))
    };
    assert_eq!((secrets("app-a"), secrets("app-p")), (1, 0));
    let bytes = app.stored();
    for secret in ["a-secret-a-secret-a", "r1-introspection-secret", "alice-password"] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
    }
    let form = [("grant_type", "authorization_code"), ("code", "x")];
    let with_secret = [form[0], form[1], ("client_id", "p"), ("client_secret", "p")];
    app.post("/token", &[], &with_secret).await.assert_invalid_client();
    let basic = app.client("p").with_secret("p").basic();
    app.post("/token", &[("authorization", &basic)], &form)
        .await
        .assert_invalid_client();
    // A secret does not outlive becoming public.
    app.client("a")
        .token(&form)
        .await
        .assert_json_error(400, "invalid_grant");
    app.edit(combination("oidc", "public")).await.unwrap();
    assert_eq!(secrets("app-a"), 0);
    app.client("a").token(&form).await.assert_invalid_client();
    app.edit(|d| _ = entry(d, "applications", "app-a").remove("client_secrets"))
        .await
        .unwrap();
    app.client("a").token(&form).await.assert_invalid_client();
}

#[tokio::test]
async fn the_grants_of_an_application_decide_its_requests_and_its_discovery() {
    covers!("A-12");
    let app = App::start().await;
    let metadata = async |prefix: &str| {
        app.get(&format!("{prefix}/.well-known/openid-configuration"))
            .await
            .json()
    };
    let of = |id: &str| format!("{REALM}/applications/{id}");
    let (code, machine, refresh) = ("authorization_code", "client_credentials", "refresh_token");
    for (prefix, grants) in [
        (String::new(), vec![code, machine, refresh]),
        (REALM.into(), vec![code, machine, refresh]),
        (of("app-plain"), vec![code, machine]),
        (of("app-a"), vec![code]),
        (of("app-keep"), vec![code, refresh]),
        (of("app-m"), vec![machine]),
    ] {
        let document = metadata(&prefix).await;
        assert_eq!(document["grant_types_supported"], serde_json::json!(grants), "{prefix}");
        let endpoint = grants
            .contains(&code)
            .then(|| format!("{}{prefix}/authorize", app.issuer()));
        assert_eq!(
            document.get("authorization_endpoint").and_then(|e| e.as_str()),
            endpoint.as_deref(),
            "{prefix}"
        );
    }
    let request = Authorize::of("m")
        .under(&of("app-m"))
        .set("redirect_uri", "https://m.test/cb");
    app.browser().get(&request.url()).await.assert_page(400);
    for (client, grant, error) in [
        ("a", machine, "unauthorized_client"),
        ("m", code, "unauthorized_client"),
        ("m", "password", "unsupported_grant_type"),
        ("m", "", "invalid_request"),
    ] {
        let form = [("grant_type", grant), ("code", "x")];
        app.client(client).token(&form).await.assert_json_error(400, error);
    }
    app.client("m")
        .token(&[("scope", "read")])
        .await
        .assert_json_error(400, "invalid_request");
    // Another grant is another document, at once.
    app.edit(|d| {
        config("app-m", "grant_types", list(&[code, machine]))(d);
        config("app-m", "redirect_uris", list(&["https://m.test/cb"]))(d);
    })
    .await
    .unwrap();
    assert!(metadata(&of("app-m")).await["authorization_endpoint"].is_string());
    app.client("m")
        .token(&[("grant_type", code), ("code", "x")])
        .await
        .assert_json_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_token_lives_as_long_as_its_application_says() {
    covers!("A-17");
    let app = App::start().await;
    let expires = |value: Value| {
        config(
            "app-m",
            "token_configuration",
            Value::Table([("expires_after".to_owned(), value)].into_iter().collect()),
        )
    };
    let field = "applications[8].protocol_config.token_configuration.expires_after";
    for wrong in [0, -1, TEN_YEARS + 1, i64::MAX, i64::MIN] {
        assert_refused(&app, &wrong.to_string(), field, expires(wrong.into())).await;
    }
    for wrong in [Value::from(1.5), "3600".into(), true.into()] {
        assert_refused(
            &app,
            &wrong.to_string(),
            "expected a whole number",
            expires(wrong.clone()),
        )
        .await;
    }
    let life = async |client: &str| {
        let answer = app.client(client).token(&[("grant_type", "client_credentials")]).await;
        let token = answer.assert_tokens().member("access_token");
        let seen = app.client(client).introspect(&token).await.json();
        let life = seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap();
        assert_eq!(answer.json()["expires_in"], life);
        (token, life)
    };
    assert_eq!(life("mref").await.1, 86_400, "the default");
    let (old, before) = life("m").await;
    assert_eq!(before, 3600);
    for seconds in [TEN_YEARS, 60, 1] {
        app.edit(expires(seconds.into())).await.unwrap();
        assert_eq!(life("m").await.1, seconds);
    }
    let (new, _) = life("m").await;
    app.client("m").introspect(&new).await.assert_active();
    app.advance_seconds(1);
    app.client("m").introspect(&new).await.assert_inactive();
    app.client("m").introspect(&old).await.assert_active();
    app.advance_seconds(3599);
    app.client("m").introspect(&old).await.assert_inactive();
}

#[tokio::test]
async fn every_word_of_a_record_is_checked_and_a_refused_record_changes_nothing() {
    let app = App::start().await;
    for (field, value, expected) in [
        (
            "token_endpoint_auth_method",
            Value::from("private_key_jwt"),
            "client_secret_basic",
        ),
        ("grant_types", list(&["password"]), "authorization_code"),
        ("grant_types", list(&[]), "grant_type"),
        ("pkce", "plain".into(), "s256"),
        ("application_type", "desktop".into(), "native"),
        ("token_format", "opaque".into(), "self_contained"),
        ("id_token_signed_response_alg", "none".into(), "RS256"),
        ("consent", "never".into(), "ask"),
        ("redirect_uris", "https://a.test/cb".into(), "sequence"),
        ("redirect_uris", list(&["/cb"]), "redirect_uris[0]"),
        ("allowed_cors_origins", list(&["*"]), "allowed_cors_origins[0]"),
        ("jwks", list(&[]), "unknown field"),
    ] {
        let what = format!("{field} = {value}");
        assert_refused(&app, &what, expected, config("app-a", field, value)).await;
    }
}
