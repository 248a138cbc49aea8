//! How requests arrive: methods, content types, form encoding, paths, and the headers of every answer.
mod connections;
mod framing;

use crate::app::{Answer, App, OTHER, REALM};
use grantor_tests::covers;

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

/// One request of `m` with the right secret, labelled and encoded as given.
async fn post(app: &App, path: &str, content_type: &str, body: &str) -> Answer {
    let basic = app.client("m").basic();
    let mut headers = vec![("authorization", basic.as_str())];
    headers.extend(Some(("content-type", content_type)).filter(|_| !content_type.is_empty()));
    app.send("POST", path, &headers, Some(body)).await
}

/// What the token endpoint says to a body: nothing is `Ok`, else the error, always with status 400.
async fn check(app: &App, body: &str, expected: Result<(), &str>) {
    let answer = post(app, "/token", FORM, body).await;
    match expected {
        Ok(()) => drop(answer.assert_tokens()),
        Err(code) => drop(answer.assert_json_error(400, code)),
    }
}

#[tokio::test]
async fn endpoints_for_machines_take_post_alone() {
    covers!("O-117");
    let app = App::start().await;
    post(&app, "/token", FORM, GRANT).await.assert_tokens();
    let basic = app.client("m").basic();
    let headers = [("authorization", basic.as_str())];
    for (path, query, allow) in [
        ("/token", GRANT, "POST"),
        ("/introspect", "token=x", "POST"),
        ("/revoke", "token=x", "POST"),
        ("/userinfo", "", "GET, POST"),
    ] {
        for prefix in ["", REALM, OTHER] {
            let methods: &[&str] = if path == "/userinfo" {
                &["PUT", "DELETE", "PATCH", "TRACE"]
            } else {
                &["GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]
            };
            for method in methods {
                let answer = app
                    .send(method, &format!("{prefix}{path}?{query}"), &headers, None)
                    .await;
                answer.assert_json_error(405, "invalid_request");
                assert_eq!(answer.header("allow"), allow, "{method} {path}");
            }
        }
    }
    let head = app.send("HEAD", &format!("/token?{GRANT}"), &headers, None).await;
    assert_eq!((head.status, head.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn a_token_request_is_a_form_whatever_its_body_looks_like() {
    covers!("O-118", "T-02");
    let app = App::start().await;
    for form in [
        FORM,
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/x-www-form-urlencoded; charset=utf-8",
        "Application/X-WWW-Form-URLEncoded",
    ] {
        post(&app, "/token", form, GRANT).await.assert_tokens();
    }
    let json = r#"{"grant_type":"client_credentials"}"#;
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x--\r\n";
    for (label, body) in [
        ("application/json", json),
        ("application/json", GRANT),
        (FORM, json),
        ("multipart/form-data; boundary=x", multipart),
        ("multipart/form-data; boundary=x", GRANT),
        ("text/plain", GRANT),
        ("application/x-www-form-urlencodedx", GRANT),
        ("x/y; a=application/x-www-form-urlencoded", GRANT),
        (",", GRANT),
        ("", GRANT),
    ] {
        let answer = post(&app, "/token", label, body).await;
        answer.assert_json_error(400, "invalid_request");
    }
    let basic = app.client("m").basic();
    let twice = [
        ("authorization", basic.as_str()),
        ("content-type", FORM),
        ("content-type", FORM),
    ];
    app.send("POST", "/token", &twice, Some(GRANT))
        .await
        .assert_json_error(400, "invalid_request");
    // Introspection takes JSON as well (V-05), and nothing else.
    post(&app, "/introspect", "application/json", r#"{"token":"x"}"#)
        .await
        .assert_inactive();
    for label in ["text/plain", "multipart/form-data; boundary=x", ""] {
        post(&app, "/introspect", label, "token=x")
            .await
            .assert_json_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn grants_that_do_not_exist_are_named_so() {
    covers!("O-119");
    let app = App::start().await;
    check(&app, GRANT, Ok(())).await;
    check(&app, "", Err("invalid_request")).await;
    check(&app, "grant_type=", Err("invalid_request")).await;
    check(&app, "scope=read", Err("invalid_request")).await;
    for unknown in [
        "password&username=alice&password=alice-password",
        "implicit",
        "none",
        "Client_Credentials",
        "client_credentials%20",
        "client_credentials+authorization_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e.e.e",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ] {
        check(&app, &format!("grant_type={unknown}"), Err("unsupported_grant_type")).await;
    }
    // Known, but not this application's.
    check(&app, "grant_type=authorization_code&code=x", Err("unauthorized_client")).await;
}

#[tokio::test]
async fn a_parameter_stands_once_and_in_the_body() {
    covers!("O-120", "O-121", "T-02");
    let app = App::start().await;
    for repeated in [
        "grant_type=client_credentials",
        "grant_type=password",
        "grant_type=",
        "scope=read&scope=write",
        "scope=&scope=read",
        "code=a&code=b",
        "client_id=m&client_id=m",
        "unknown=1&unknown=2",
    ] {
        check(&app, &format!("{GRANT}&{repeated}"), Err("invalid_request")).await;
    }
    for (path, body) in [
        (format!("/token?{GRANT}"), ""),
        (format!("/token?{GRANT}"), GRANT),
        ("/token?scope=read".into(), GRANT),
        ("/token?x".into(), GRANT),
        ("/introspect?token=x".into(), ""),
        ("/introspect?token=x".into(), "token=x"),
        ("/introspect".into(), "token=x&token=x"),
    ] {
        post(&app, &path, FORM, body)
            .await
            .assert_json_error(400, "invalid_request");
    }
    // A question mark with nothing behind it is no parameter.
    post(&app, "/token?", FORM, GRANT).await.assert_tokens();
}

#[tokio::test]
async fn odd_encodings_have_one_meaning() {
    covers!("O-124", "T-02");
    let app = App::start().await;
    // spaces as curl sends them, as forms do, and percent-encoded
    for scope in ["read write", "read+write", "read%20write"] {
        let answer = post(&app, "/token", FORM, &format!("{GRANT}&scope={scope}")).await;
        assert_eq!(answer.assert_tokens().member("scope"), "read write");
    }
    // empty pairs and pairs without a name are nothing; a key without `=` is empty
    for plain in [
        "&&&{}&&",
        "=x&{}",
        "={}&{}",
        "{}&scope",
        "{}&x=%zz",
        "{}&x=%",
        "{}&x=%ff",
        "{}&a=b;c=d",
    ] {
        check(&app, &plain.replace("{}", GRANT), Ok(())).await;
    }
    for malformed in [
        "{}&scope=%zz",
        "{}&scope=read%",
        "{}&scope=%2",
        "{}&%zz=1",
        "{}&%=1",
        "{}&scope=%ff",
        "{}&%00=1",
    ] {
        check(&app, &malformed.replace("{}", GRANT), Err("invalid_request")).await;
    }
    check(&app, "grant_type", Err("invalid_request")).await;
    check(&app, "grant_type%3Dclient_credentials", Err("invalid_request")).await;
    // `;` is data: it neither ends a parameter nor begins one
    check(&app, &format!("{GRANT};scope=read"), Err("unsupported_grant_type")).await;
    check(&app, &format!("x=1;{GRANT}"), Err("invalid_request")).await;
    check(&app, &format!("{GRANT}&scope=read;scope=write"), Err("invalid_scope")).await;
    check(&app, &format!("{GRANT}&x={}", "x&".repeat(100)), Err("invalid_request")).await;
    for token in ["token=%zz", "token=%ff", "token=a&%zz=1"] {
        post(&app, "/introspect", FORM, token)
            .await
            .assert_json_error(400, "invalid_request");
    }
    post(&app, "/introspect", FORM, "token").await.assert_inactive();
}

/// Headers no answer of an endpoint for machines lacks.
#[track_caller]
fn assert_headers(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header_all("cache-control"), ["no-store"]);
    assert_eq!(answer.header_all("content-type"), ["application/json"]);
    assert_eq!(answer.header_all("x-content-type-options"), ["nosniff"]);
    answer.json();
}

#[tokio::test]
async fn every_answer_for_machines_is_json_that_nobody_keeps() {
    covers!("O-125");
    let app = App::start_with(|s| s.limits.failed_authentications_per_minute = 5).await;
    let long = format!("{GRANT}&x={}", "x".repeat(70_000));
    let disabled = "/v1/tenants/default/realms/nowhere";
    for (path, body, status) in [
        ("/token", GRANT, 200),
        ("/token", "", 400),
        ("/token", "grant_type=password", 400),
        ("/token", "grant_type=client_credentials&scope=admin", 400),
        ("/token?x=1", GRANT, 400),
        ("/token", &long, 413),
        (&format!("{disabled}/token"), GRANT, 404),
        (&format!("{OTHER}/token"), GRANT, 401),
        ("/introspect", "token=x", 200),
        ("/introspect", "", 400),
        ("/introspect", &long, 413),
        (&format!("{disabled}/introspect"), "token=x", 404),
        (&format!("{OTHER}/introspect"), "token=x", 401),
        ("/revoke", "", 400),
        ("/revoke?x=1", "token=x", 400),
        ("/revoke", &long, 413),
        (&format!("{disabled}/revoke"), "token=x", 404),
        (&format!("{OTHER}/revoke"), "token=x", 401),
    ] {
        assert_headers(&post(&app, path, FORM, body).await, status);
    }
    let code = app.browser().code_as(&crate::app::Authorize::of("a"), "alice").await;
    let tokens = app.client("a").redeem(&code, "https://a.test/cb").await;
    assert_headers(&tokens, 200);
    let token = tokens.member("access_token");
    assert_headers(&app.client("a").introspect(&token).await, 200);
    assert_headers(&app.client("a").userinfo(&token).await, 200);
    assert_headers(&app.client("a").userinfo("x").await, 401);
    assert_headers(
        &app.client("a").userinfo(&app.client("m").machine_token().await).await,
        403,
    );
    assert_headers(&app.get("/userinfo").await, 401);
    let twice = [("authorization", "Bearer x"), ("authorization", "Bearer y")];
    assert_headers(&app.send("GET", "/userinfo", &twice, None).await, 400);
    assert_headers(&app.get(&format!("{disabled}/userinfo")).await, 404);
    for path in ["/token", "/introspect", "/userinfo", "/revoke"] {
        assert_headers(&app.send("DELETE", path, &[], None).await, 405);
    }
    // Revocation has nothing to say when it is done, so there is no type of it.
    app.client("b")
        .revoke(&token)
        .await
        .assert_json_error(400, "invalid_grant");
    app.client("a").revoke(&token).await.assert_revoked();
    // Too many failures.
    let wrong = app.client("m").with_secret("wrong");
    for _ in 0..5 {
        wrong.introspect("x").await;
    }
    assert_headers(&wrong.introspect("x").await, 429);
    assert_headers(&wrong.revoke("x").await, 429);
    assert_headers(&wrong.token(&[("grant_type", "client_credentials")]).await, 429);
}
