//! How a token is carried: one header or one form parameter, never the query, never twice (RFC 6750 section 2).
use super::check_invalid;
use crate::app::{App, encode};
use grantor_tests::covers;

#[tokio::test]
async fn a_token_comes_once_and_never_in_the_query() {
    covers!("O-162");
    let app = App::start().await;
    let token = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let bearer = format!("Bearer {token}");
    let form = [("access_token", token.as_str())];
    assert_eq!(app.post("/userinfo", &[], &form).await.status, 200);
    assert_eq!(
        app.post("/userinfo", &[("authorization", &bearer)], &[]).await.status,
        200
    );
    for second in [token.as_str(), "other"] {
        let both = [("access_token", second)];
        let answer = app.post("/userinfo", &[("authorization", &bearer)], &both).await;
        answer.assert_bearer_error(400, "invalid_request");
    }
    let twice = [form[0], form[0]];
    let answer = app.post("/userinfo", &[], &twice).await;
    assert_eq!((answer.status, &*answer.member("error")), (400, "invalid_request"));
    let headers = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    let answer = app.send("GET", "/userinfo", &headers, None).await;
    answer.assert_bearer_error(400, "invalid_request");

    let query = format!("/userinfo?{}", encode(&form));
    for (method, content) in [
        ("GET", None),
        ("POST", None),
        ("POST", Some(("text/plain", encode(&form)))),
        (
            "POST",
            Some(("application/json", format!("{{\"access_token\":\"{token}\"}}"))),
        ),
        ("GET", Some(("application/x-www-form-urlencoded", encode(&form)))),
    ] {
        for path in ["/userinfo", &query] {
            let headers: Vec<_> = content.iter().map(|(kind, _)| ("content-type", *kind)).collect();
            let body = content.as_ref().map(|(_, body)| body.as_str());
            let answer = app.send(method, path, &headers, body).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
            // RFC 6750 section 3.1: nothing was sent that counts, so no error is named.
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"grantor\"");
        }
    }
    let introspection = format!("/introspect?{}", encode(&[("token", token.as_str())]));
    let answer = app.client("a").post(&introspection, &[]).await;
    answer.assert_json_error(400, "invalid_request");
}

#[tokio::test]
async fn the_authorization_header_is_read_strictly() {
    covers!("O-163");
    let app = App::start().await;
    let token = app.tokens_for("a", "alice", "openid").await.member("access_token");
    let manager = app.management_token("").await;
    let ask = async |userinfo: &str, introspect: &str| {
        let first = app.send("GET", "/userinfo", &[("authorization", userinfo)], None).await;
        let headers = [("authorization", introspect)];
        let second = app.post("/introspect", &headers, &[("token", &token)]).await;
        [first, second]
    };
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        for answer in ask(&format!("{scheme} {token}"), &format!("{scheme} {manager}")).await {
            assert_eq!(answer.status, 200, "{scheme}: {}", answer.body);
        }
    }
    for (before, after) in [
        ("Bearer\t", ""),
        ("Bearer  ", ""),
        ("Bearer,", ""),
        ("Bearer:", ""),
        ("Bearer \t", ""),
        ("Bearer=", ""),
        ("Bearer \"", "\""),
        ("Bearer ", ", Basic YTpi"),
        ("Bearer ", " x"),
        ("Bearer token=", ""),
        ("Bearer Bearer ", ""),
    ] {
        for answer in ask(&format!("{before}{token}{after}"), &format!("{before}{manager}{after}")).await {
            check_invalid(&format!("{before}…{after}"), &answer);
        }
    }
    // Another scheme is no bearer token at all.
    for scheme in ["BearerX", "Token", "DPoP", "MAC", "Bear"] {
        let [userinfo, introspect] = ask(&format!("{scheme} {token}"), &format!("{scheme} {manager}")).await;
        assert_eq!(
            userinfo.header("www-authenticate"),
            "Bearer realm=\"grantor\"",
            "{scheme}"
        );
        assert_eq!(userinfo.status, 401, "{scheme}");
        introspect.assert_invalid_client();
    }
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused_and_the_server_goes_on() {
    covers!("O-160");
    let app = App::start().await;
    let token = app.tokens_for("a", "alice", "openid").await.member("access_token");
    for length in [17 * 1024, 60_000] {
        let long = "a".repeat(length);
        check_invalid("long", &app.client("a").userinfo(&long).await);
        check_invalid("long", &app.introspect_as_bearer("", &long, &token).await);
        app.client("a").introspect(&long).await.assert_inactive();
    }
    for path in ["GET /userinfo", "POST /introspect"] {
        let request = format!(
            "{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\n\r\n",
            "a".repeat(1_000_000)
        );
        let answer = app.raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{path}: {answer}");
    }
    assert_eq!(app.client("a").userinfo(&token).await.status, 200);
}
