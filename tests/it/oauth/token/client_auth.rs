//! Client authentication, at every endpoint that asks for it (RFC 6749 section 2.3).
mod addresses;
mod secrets;

use crate::app::{Answer, App, Authorize, REALM, entry};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use grantor_tests::covers;

const M: &str = "m:m-secret-m-secret-m-secret-m-secret-";
const M_SECRET: &str = "m-secret-m-secret-m-secret-m-secret-";
const MREF_SECRET: &str = "mref-secret-mref-secret-mref-secret-";
/// No secret of anybody.
const WRONG: &str = "wrong-secret-wrong-secret-wrong-secret";

/// A server that lets one address fail often.
async fn patient() -> App {
    App::start_with(|s| s.limits.failed_authentications_per_minute = 100_000).await
}

fn basic(user_and_password: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_and_password))
}

/// Sends the credentials to every endpoint that authenticates clients.
async fn everywhere(app: &App, authorization: &[&str], form: &[(&str, &str)]) -> [Answer; 2] {
    let headers: Vec<(&str, &str)> = authorization.iter().map(|v| ("authorization", *v)).collect();
    let with = |own| [&[own], form].concat();
    let token = app
        .post("/token", &headers, &with(("grant_type", "client_credentials")))
        .await;
    let introspect = app.post("/introspect", &headers, &with(("token", "x"))).await;
    [token, introspect]
}

/// 200 means authenticated, 401 `invalid_client`, 400 `invalid_request`; the same at every endpoint.
async fn check(app: &App, authorization: &[&str], form: &[(&str, &str)], expected: u16) {
    for answer in everywhere(app, authorization, form).await {
        match expected {
            200 => assert_eq!(answer.status, 200, "{authorization:?} {form:?} {}", answer.body),
            401 => drop(answer.assert_invalid_client()),
            _ => drop(answer.assert_json_error(400, "invalid_request")),
        }
    }
}

#[tokio::test]
async fn a_client_uses_the_method_it_is_registered_for_and_no_other() {
    covers!("O-095", "O-096", "O-100", "O-101", "O-104", "A-10", "A-11");
    let app = patient().await;
    let (m, secret) = (basic(M), ("client_secret", M_SECRET));
    let mref = ("client_id", "mref");
    check(&app, &[&m], &[], 200).await;
    check(&app, &[&m], &[("client_id", "m")], 200).await;
    check(&app, &[&m.replace("Basic", "basic")], &[], 200).await;
    check(&app, &[], &[mref, ("client_secret", MREF_SECRET)], 200).await;
    // the other method
    check(&app, &[], &[("client_id", "m"), secret], 401).await;
    check(&app, &[&basic(&format!("mref:{MREF_SECRET}"))], &[], 401).await;
    // both methods, or one of them twice
    check(&app, &[&m], &[secret], 400).await;
    check(&app, &[&m], &[("client_id", "m"), secret], 400).await;
    check(&app, &[&m], &[mref, ("client_secret", MREF_SECRET)], 400).await;
    check(&app, &[&m, &m], &[], 400).await;
    check(&app, &[&m, "Bearer x"], &[], 400).await;
    check(&app, &[&m, &basic("mref:x")], &[], 400).await;
    check(&app, &[&m], &[("client_assertion", "e.e.e")], 400).await;
    let twice = [mref, ("client_secret", MREF_SECRET), ("client_secret", MREF_SECRET)];
    check(&app, &[], &twice, 400).await;
    // somebody else's name in the body
    check(&app, &[&m], &[mref], 400).await;
    check(&app, &[&m], &[("client_id", "M")], 400).await;
    // an assertion is no method of this server, and a secret beside it does not rescue it
    let assertion = [
        mref,
        ("client_secret", MREF_SECRET),
        ("client_assertion", "eyJhbGciOiJub25lIn0.e30."),
    ];
    check(&app, &[], &assertion, 401).await;
}

#[tokio::test]
async fn a_confidential_client_without_its_secret_is_nobody() {
    covers!("O-102");
    let app = patient().await;
    check(&app, &[&basic(M)], &[], 200).await;
    for id in ["m", "mref", "plain"] {
        check(&app, &[], &[("client_id", id)], 401).await;
        check(&app, &[], &[("client_id", id), ("client_secret", "")], 401).await;
        check(&app, &[], &[("client_id", id), ("client_secret", " ")], 401).await;
        check(&app, &[&basic(&format!("{id}:"))], &[], 401).await;
        check(&app, &[&basic(&format!("{id}:"))], &[("client_id", id)], 401).await;
        check(&app, &[&basic(&format!("{id}:{WRONG}"))], &[], 401).await;
    }
    // A resource server is in no better position.
    for form in [
        &[("client_id", "r1-api")][..],
        &[("client_id", "r1-api"), ("client_secret", "")],
    ] {
        check(&app, &[], form, 401).await;
    }
    // A code of a confidential client needs the secret too, and stays good for who has it.
    let code = app.browser().code_as(&Authorize::of("b"), "alice").await;
    let nobody = app.client("b").with_secret("");
    nobody.redeem(&code, "https://b.test/cb").await.assert_invalid_client();
    app.client("b").redeem(&code, "https://b.test/cb").await.assert_tokens();
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_none_is_taken_from_it() {
    covers!("O-103", "A-06");
    let app = patient().await;
    let code = app.browser().code_as(&Authorize::of("p"), "alice").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://p.test/cb"),
        ("code_verifier", crate::app::VERIFIER),
        ("client_id", "p"),
    ];
    for secret in [WRONG, "p", " "] {
        let with_secret = [&form[..], &[("client_secret", secret)]].concat();
        app.post("/token", &[], &with_secret).await.assert_invalid_client();
        check(&app, &[&basic(&format!("p:{secret}"))], &[], 401).await;
    }
    app.post("/token", &[], &form).await.assert_tokens();
    // It is known by its name alone, which is not enough to introspect.
    let alone = everywhere(&app, &[], &[("client_id", "p")]).await;
    alone[0].assert_json_error(400, "unauthorized_client");
    alone[1].assert_invalid_client();
    secrets::assert_not_stored(&app, WRONG);
}

#[tokio::test]
async fn id_and_secret_are_form_encoded_in_the_basic_header() {
    covers!("O-097", "O-098", "A-10");
    let app = patient().await;
    let (id, secret) = ("odd:id %+&=", "s:%+ &=\"\\~0123456789-0123456789-01234");
    let document = |secret: &str| {
        format!(
            r#"tenant = "default"
            realm = "main"
            [[applications]]
            id = "app-odd"
            client_id = "{id}"
            display_name = "Odd"
            client_secrets = ['{secret}']
            [applications.protocol_config]
            type = "oauth2"
            confidentiality = "confidential"
            token_endpoint_auth_method = "client_secret_basic"
            grant_types = ["client_credentials"]"#
        )
    };
    app.apply(&document(secret)).await.unwrap();
    let encode = |t: &str| url::form_urlencoded::byte_serialize(t.as_bytes()).collect::<String>();
    let (id, encoded) = (encode(id), encode(secret));
    check(&app, &[&basic(&format!("{id}:{encoded}"))], &[], 200).await;
    // a space as %20 instead of +, and characters that need no encoding encoded, are the same text
    let percent = encoded.replace('0', "%30").replace('+', "%20");
    check(&app, &[&basic(&format!("{id}:{percent}"))], &[], 200).await;
    for wrong in [
        secret.to_owned(),
        encode(&encoded),
        encoded.replace("%25", "%"),
        encoded.replace("%2B", "+"),
        encoded.replace('s', "é"),
    ] {
        check(&app, &[&basic(&format!("{id}:{wrong}"))], &[], 401).await;
    }
    // RFC 6749 appendix A.2: printable ASCII, so `é` can be sent but never registered.
    assert!(
        app.apply(&document("sécret-sécret-sécret-sécret-sécret-sécret"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_header_that_cannot_be_read_is_no_proof() {
    covers!("O-099");
    let app = patient().await;
    let good = basic(M);
    check(&app, &[&good], &[], 200).await;
    for header in [
        "Basic ",
        "Basic",
        "Basic !!!",
        "Basic YQ==",
        "Digest username=m",
        "Bearer x",
        &basic(&format!(":{M_SECRET}")),
        &basic(":"),
        &basic("m"),
        &basic(&format!("{M}%00")),
        &basic(&format!("{M}\n")),
        &format!("{good}x"),
        &format!("{good} x"),
        &format!("{good}, {good}"),
        &good.replace("Basic ", "Basic  "),
        &good.replace("Basic ", "Basic:"),
    ] {
        let [token, introspect] = everywhere(&app, &[header], &[]).await;
        token.assert_invalid_client();
        // A bearer is another way to call this one.
        let expected = if header == "Bearer x" {
            "invalid_token"
        } else {
            "invalid_client"
        };
        introspect.assert_json_error(401, expected);
    }
    let huge = basic(&format!("m:{}", "s".repeat(75_000)));
    check(&app, &[&huge], &[], 400).await;
}

#[tokio::test]
async fn credentials_in_the_address_are_refused_even_when_they_are_right() {
    covers!("O-112", "A-11");
    let app = patient().await;
    let (m, query) = (basic(M), format!("client_id=mref&client_secret={MREF_SECRET}"));
    for (path, body) in [("/token", "grant_type=client_credentials"), ("/introspect", "token=x")] {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let send = async |query: &str, headers: &[(&str, &str)]| {
            let headers = [&[form], headers].concat();
            app.send("POST", &format!("{path}{query}"), &headers, Some(body)).await
        };
        assert_eq!(send("", &[("authorization", &m)]).await.status, 200);
        for (query, headers) in [
            (format!("?{query}"), vec![]),
            (
                format!("?client_secret={M_SECRET}"),
                vec![("authorization", m.as_str())],
            ),
            ("?client_secret=".into(), vec![("authorization", m.as_str())]),
        ] {
            let answer = send(&query, &headers).await;
            answer.assert_json_error(400, "invalid_request");
            assert!(!answer.body.contains("secret-"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn an_application_in_the_path_serves_that_application_alone() {
    covers!("T-01");
    let app = patient().await;
    let own = format!("{REALM}/applications/app-m");
    for path in ["", REALM, &own] {
        app.client("m").under(path).machine_token().await;
        let wrong = app.client("m").under(path).with_secret(WRONG);
        wrong.introspect("x").await.assert_invalid_client();
    }
    let request = [("grant_type", "client_credentials")];
    for other in ["plain", "mref", "alone"] {
        app.client(other).under(REALM).machine_token().await;
        let client = app.client(other).under(&own);
        client.token(&request).await.assert_invalid_client();
        client.introspect("x").await.assert_invalid_client();
    }
    let elsewhere = app.client("m").under(crate::app::OTHER);
    elsewhere.token(&request).await.assert_invalid_client();
}

#[tokio::test]
async fn a_disabled_client_is_refused_at_every_endpoint() {
    covers!("O-116");
    let app = patient().await;
    let token = app.client("m").machine_token().await;
    app.client("m").introspect(&token).await.assert_active();
    let own = format!("{REALM}/applications/app-off");
    for path in ["", REALM, &own] {
        let off = app.client("off").under(path);
        let answer = off.token(&[("grant_type", "client_credentials")]).await;
        let wrong = off.clone().with_secret(WRONG);
        assert_eq!(answer.assert_invalid_client().body, wrong.introspect("x").await.body);
        off.introspect("x").await.assert_invalid_client();
        off.revoke("x").await.assert_invalid_client();
    }
    // Disabling takes hold of a client that is in use, and of its tokens.
    app.edit(|document| drop(entry(document, "applications", "app-m").insert("enabled".into(), false.into())))
        .await
        .unwrap();
    check(&app, &[&basic(M)], &[], 401).await;
    app.resource_server("r1-api").introspect(&token).await.assert_inactive();
    app.edit(|_| {}).await.unwrap();
    check(&app, &[&basic(M)], &[], 200).await;
}
