//! The metadata against the server: what it advertises works, and what it does not is refused. Here the authorization endpoint.
use crate::app::{App, Authorize, CHALLENGE, REALM, VERIFIER, query_of, target_of};
use grantor_tests::covers;
use serde_json::Value;

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// The texts of a list in the document.
pub(super) fn list(document: &Value, name: &str) -> Vec<String> {
    let all = document[name].as_array().unwrap_or_else(|| panic!("{name} is missing"));
    all.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// `advertised` of `all` are these; each of the others must be tried and refused.
pub(super) fn others<'a>(advertised: &[String], all: &[&'a str]) -> Vec<&'a str> {
    for name in advertised {
        assert!(all.contains(&name.as_str()), "{name} is advertised and not tried");
    }
    all.iter()
        .copied()
        .filter(|a| !advertised.iter().any(|b| b == a))
        .collect()
}

#[tokio::test]
async fn both_documents_are_one_and_every_endpoint_answers() {
    covers!("O-190");
    let app = App::start().await;
    for prefix in ["", REALM] {
        let document = app.get(&format!("{prefix}{WELL_KNOWN}")).await;
        let oauth = format!("{prefix}/.well-known/oauth-authorization-server");
        assert_eq!(app.get(&oauth).await.body, document.body);
        // RFC 8414 section 3.1 puts the well-known part first.
        for name in ["openid-configuration", "oauth-authorization-server"] {
            assert_eq!(
                app.get(&format!("/.well-known/{name}{prefix}")).await.body,
                document.body
            );
        }
        for (name, value) in document.json().as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let path = value.as_str().unwrap().strip_prefix(app.issuer()).unwrap();
                let answer = app.get(path).await;
                assert!(answer.status != 404 && answer.status < 500, "{name}: {}", answer.status);
            }
        }
    }
    let document = app.get(WELL_KNOWN).await.json();
    for absent in [
        "registration_endpoint",
        "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "end_session_endpoint",
        "check_session_iframe",
    ] {
        assert!(document.get(absent).is_none(), "{absent} is advertised: try it here");
    }
}

#[tokio::test]
async fn response_types_and_modes_are_those_advertised() {
    covers!("O-190");
    let app = App::start().await;
    let document = app.get(WELL_KNOWN).await.json();
    let types = list(&document, "response_types_supported");
    let modes = list(&document, "response_modes_supported");
    for (response_type, mode) in types.iter().flat_map(|t| modes.iter().map(move |m| (t, m))) {
        let request = Authorize::of("a")
            .set("response_type", response_type)
            .set("response_mode", mode);
        let target = app.browser().authorize_as(&request, "alice").await;
        let answer = query_of(&target);
        assert!(
            answer.iter().any(|(n, _)| n == "code"),
            "{response_type} {mode}: {target}"
        );
        // RFC 9207, as advertised.
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        assert!(answer.iter().any(|(n, v)| n == "iss" && v == app.issuer()), "{target}");
    }
    let all = [
        "code",
        "token",
        "id_token",
        "none",
        "code token",
        "code id_token",
        "id_token token",
        "code id_token token",
        "Code",
    ];
    for other in others(&types, &all) {
        let answer = app.get(&Authorize::of("a").set("response_type", other).url()).await;
        answer.assert_redirect_error("https://a.test/cb", "unsupported_response_type", Some("st4te"));
    }
    let all = [
        "query",
        "fragment",
        "form_post",
        "jwt",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
        "web_message",
        "Query",
    ];
    for other in others(&modes, &all) {
        let answer = app.get(&Authorize::of("a").set("response_mode", other).url()).await;
        answer.assert_redirect_error("https://a.test/cb", "invalid_request", Some("st4te"));
    }
}

#[tokio::test]
async fn challenge_methods_prompts_and_request_objects_are_those_advertised() {
    covers!("O-190", "A-09");
    let app = App::start().await;
    let document = app.get(WELL_KNOWN).await.json();
    assert_eq!(list(&document, "code_challenge_methods_supported"), ["S256"]);
    let code = app.browser().code_as(&Authorize::of("p"), "alice").await;
    app.client("p").redeem(&code, "https://p.test/cb").await.assert_tokens();
    for (method, challenge) in [
        ("plain", VERIFIER),
        ("s256", CHALLENGE),
        ("S512", CHALLENGE),
        ("none", CHALLENGE),
    ] {
        let request = Authorize::of("p")
            .set("code_challenge_method", method)
            .set("code_challenge", challenge);
        let answer = app.get(&request.url()).await;
        answer.assert_redirect_error("https://p.test/cb", "invalid_request", Some("st4te"));
    }
    let prompts = list(&document, "prompt_values_supported");
    assert!(others(&prompts, &["none", "login", "consent", "select_account", "create"]) == ["create"]);
    for prompt in &prompts {
        let mut browser = app.browser();
        browser.code_as(&Authorize::of("a"), "alice").await;
        // With session and consent there is nothing to ask, unless the prompt says so.
        let page = browser.open(&Authorize::of("a").set("prompt", prompt).url()).await;
        let silent = target_of(&page).is_some_and(|t| t.contains("code="));
        assert_eq!(silent, prompt == "none", "{prompt}");
    }
    for (name, parameter, code) in [
        ("request_parameter_supported", "request", "request_not_supported"),
        (
            "request_uri_parameter_supported",
            "request_uri",
            "request_uri_not_supported",
        ),
    ] {
        assert_eq!(document[name], false);
        let answer = app
            .get(&Authorize::of("a").set(parameter, "https://a.test/r").url())
            .await;
        answer.assert_redirect_error("https://a.test/cb", code, Some("st4te"));
    }
    assert_eq!(document["claims_parameter_supported"], false);
}
