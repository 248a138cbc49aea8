//! The metadata against the server: grants, client authentication, algorithms, scopes and claims.
use super::advertised::{list, others};
use crate::app::{App, Client, entry, part_of, verify_offline};
use grantor_tests::covers;
use serde_json::Value;

async fn document(app: &App) -> Value {
    app.get("/.well-known/openid-configuration").await.json()
}

#[tokio::test]
async fn grant_types_are_those_advertised() {
    covers!("O-190");
    let app = App::start().await;
    let grants = list(&document(&app).await, "grant_types_supported");
    for grant in &grants {
        match grant.as_str() {
            "client_credentials" => drop(app.client("plain").machine_token().await),
            "authorization_code" => drop(app.tokens_for("plain", "alice", "read").await.assert_tokens()),
            "refresh_token" => {
                let tokens = app.tokens_for("keep", "alice", "read").await;
                let answer = app.client("keep").refresh(&tokens.member("refresh_token")).await;
                answer.assert_tokens();
            }
            other => panic!("{other} is advertised and not tried"),
        }
    }
    let all = [
        "authorization_code",
        "client_credentials",
        "password",
        "refresh_token",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
        "Client_Credentials",
    ];
    for other in others(&grants, &all) {
        let form = [
            ("grant_type", other),
            ("username", "alice"),
            ("password", "alice-password"),
            ("code", "x"),
        ];
        let answer = app.client("plain").token(&form).await;
        answer.assert_json_error(400, "unsupported_grant_type");
    }
}

/// A token request by a method, of a client that is registered for it.
async fn by_method(app: &App, path: &str, method: &str, form: &[(&str, &str)]) -> crate::app::Answer {
    let secret = ("client_secret", "mref-secret-mref-secret-mref-secret-");
    let assertion = [
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", "eyJhbGciOiJIUzI1NiJ9.e30.e30"),
    ];
    match method {
        "client_secret_basic" => app.client("m").post(path, form).await,
        "client_secret_post" => {
            app.post(path, &[], &[form, &[("client_id", "mref"), secret]].concat())
                .await
        }
        "none" => app.post(path, &[], &[form, &[("client_id", "p")]].concat()).await,
        "bearer" => {
            let headers = [("authorization", "Bearer abc")];
            app.post(path, &headers, form).await
        }
        _ => {
            app.post(path, &[], &[form, &[("client_id", "m")], &assertion].concat())
                .await
        }
    }
}

#[tokio::test]
async fn client_authentication_methods_are_those_advertised() {
    covers!("O-190");
    let app = App::start().await;
    let document = document(&app).await;
    const ALL: [&str; 8] = [
        "client_secret_basic",
        "client_secret_post",
        "none",
        "client_secret_jwt",
        "private_key_jwt",
        "tls_client_auth",
        "self_signed_tls_client_auth",
        "bearer",
    ];
    let at_token = list(&document, "token_endpoint_auth_methods_supported");
    let form = [("grant_type", "client_credentials")];
    for method in &at_token {
        let answer = by_method(&app, "/token", method, &form).await;
        // A public client is known and may not use this grant.
        match method.as_str() {
            "none" => drop(answer.assert_json_error(400, "unauthorized_client")),
            _ => drop(answer.assert_tokens()),
        }
    }
    for other in others(&at_token, &ALL) {
        by_method(&app, "/token", other, &form).await.assert_invalid_client();
    }
    let at_introspection = list(&document, "introspection_endpoint_auth_methods_supported");
    let form = [("token", "unknown")];
    for method in &at_introspection {
        by_method(&app, "/introspect", method, &form).await.assert_inactive();
    }
    for other in others(&at_introspection, &ALL) {
        assert_eq!(
            by_method(&app, "/introspect", other, &form).await.status,
            401,
            "{other}"
        );
    }
    let at_revocation = list(&document, "revocation_endpoint_auth_methods_supported");
    for method in &at_revocation {
        by_method(&app, "/revoke", method, &form).await.assert_revoked();
    }
    for other in others(&at_revocation, &ALL) {
        assert_eq!(by_method(&app, "/revoke", other, &form).await.status, 401, "{other}");
    }
}

#[tokio::test]
async fn every_algorithm_advertised_signs_and_no_other_can_be_chosen() {
    covers!("O-190", "T-20");
    let app = App::start().await;
    let algorithms = list(&document(&app).await, "id_token_signing_alg_values_supported");
    for algorithm in &algorithms {
        set_algorithm(&app, algorithm).await.unwrap();
        let tokens = app.tokens_for("a", "alice", "openid").await;
        let jwks = app.get("/jwks").await.body;
        for name in ["id_token", "access_token"] {
            let token = tokens.assert_tokens().member(name);
            assert_eq!(part_of(&token, 0)["alg"], algorithm.as_str());
            let claims = verify_offline(&jwks, &token);
            assert_eq!(claims.unwrap()["sub"], "u-alice", "{algorithm} {name}");
            let (text, _) = token.rsplit_once('.').unwrap();
            let stranger = format!("{text}.{}", crate::app::base64url([1; 64]));
            assert!(verify_offline(&jwks, &stranger).is_err(), "{algorithm} {name}");
        }
        assert_eq!(
            app.client("keep").userinfo(&tokens.member("access_token")).await.status,
            200
        );
    }
    let all = [
        "RS256", "PS256", "ES256", "EdDSA", "none", "HS256", "RS384", "RS512", "ES384", "ES256K", "rs256",
    ];
    for other in others(&algorithms, &all) {
        assert!(set_algorithm(&app, other).await.is_err(), "{other}");
    }
}

async fn set_algorithm(app: &App, algorithm: &str) -> Result<(), String> {
    app.edit(|d| {
        let config = entry(d, "applications", "app-a")["protocol_config"]
            .as_table_mut()
            .unwrap();
        config.insert("id_token_signed_response_alg".into(), algorithm.into());
        let token = config["token_configuration"].as_table_mut().unwrap();
        token.insert("token_signing_algorithm".into(), algorithm.into());
    })
    .await
}

#[tokio::test]
async fn scopes_and_claims_are_those_advertised() {
    covers!("O-190");
    let app = App::start().await;
    let document = document(&app).await;
    let scopes = list(&document, "scopes_supported");
    assert_eq!(
        scopes,
        ["openid", "profile", "email", "address", "phone", "offline_access"]
    );
    let tokens = app.tokens_for("keep", "alice", &scopes.join(" ")).await;
    assert_eq!(tokens.assert_tokens().member("scope").split(' ').count(), scopes.len());
    let id_token = part_of(&tokens.member("id_token"), 1);
    let userinfo = app.client("a").userinfo(&tokens.member("access_token")).await.json();
    let claims = list(&document, "claims_supported");
    for name in [&id_token, &userinfo]
        .into_iter()
        .flat_map(|v| v.as_object().unwrap().keys())
    {
        assert!(claims.contains(name), "{name} is said and not advertised");
    }
    assert_eq!(list(&document, "claim_types_supported"), ["normal"]);
    // A public subject is the same for every application (OpenID Connect Core section 8).
    assert_eq!(list(&document, "subject_types_supported"), ["public"]);
    let other = app.tokens_for("b", "alice", "openid").await;
    assert_eq!(part_of(&other.member("id_token"), 1)["sub"], id_token["sub"]);
    // Scopes nobody knows are not granted.
    let unknown = app.tokens_for("a", "alice", "openid offline_access nonsense").await;
    assert_eq!(unknown.member("scope"), "openid");
    assert!(unknown.json().get("refresh_token").is_none());
    let nobody = Client::new(&app, "", "nobody", "nobody-secret-nobody-secret-nobody");
    nobody
        .token(&[("grant_type", "client_credentials")])
        .await
        .assert_invalid_client();
}
