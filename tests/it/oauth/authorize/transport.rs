//! How a request arrives: methods, bodies, sizes.
use super::{Expected, assert_answer, check, codes};
use crate::app::{App, Authorize};
use Expected::{Page, Refused, RefusedWithoutState, SignIn};
use grantor_tests::covers;

const EVIL: &str = "https://evil.test/cb";

#[tokio::test]
async fn a_parameter_stands_in_the_query_or_in_the_body_but_not_in_both() {
    covers!("O-007");
    let app = App::start().await;
    let request = Authorize::of("a");
    let split = |query: Authorize, body: Authorize| {
        let (app, path) = (&app, format!("/authorize?{}", query.query()));
        async move { app.send("POST", &path, super::FORM, Some(&body.query())).await }
    };
    // Control: one half each.
    let (mut half, mut rest) = (request.clone(), request.clone());
    half.parameters.truncate(4);
    rest.parameters.drain(..4);
    assert_answer(&app, &request, &split(half, rest).await, SignIn);
    for (name, value) in &request.parameters {
        for other in [value.as_str(), "other", EVIL] {
            let mut query = request.clone();
            query.parameters = vec![(name.clone(), other.to_owned())];
            let expected = match name.as_str() {
                "client_id" | "redirect_uri" => Page,
                "state" => RefusedWithoutState("invalid_request"),
                _ => Refused("invalid_request"),
            };
            assert_answer(&app, &request, &split(query, request.clone()).await, expected);
        }
    }
    assert_eq!(codes(&app), 0);
}

#[tokio::test]
async fn a_request_has_limits() {
    covers!("O-014", "O-034");
    let app = App::start().await;
    let request = Authorize::of("a");
    let with = |count: usize| (0..count).fold(request.clone(), |r, i| r.add(&format!("p{i}"), "v"));
    check(&app, &with(40), SignIn).await;
    check(&app, &with(1000), Page).await;
    // 10,000 scopes fit into a request, not into a scope.
    let many: String = (0..10_000).map(|i| format!("s{i} ")).collect();
    assert_eq!(request.clone().set("scope", &many).query().len() / 1000, 59);
    check(&app, &request.clone().set("scope", &many), Refused("invalid_scope")).await;
    for bytes in [100_000, 1_000_000] {
        let long = request.clone().set("scope", &"x ".repeat(bytes / 2));
        let by_post = app.send("POST", "/authorize", super::FORM, Some(&long.query())).await;
        by_post.assert_page(413);
        let head = format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", long.url());
        let by_get = app.raw(head.as_bytes()).await;
        let status = by_get.get(9..12).unwrap_or_default();
        assert!(["400", "413", "414", "431"].contains(&status), "{bytes}: {by_get}");
        assert!(!by_get.to_ascii_lowercase().contains("location:"), "{by_get}");
    }
    check(&app, &request, SignIn).await;
}

#[tokio::test]
async fn only_get_and_a_form_by_post_are_taken() {
    covers!("O-030", "O-032", "O-033");
    let app = App::start().await;
    let request = Authorize::of("a");
    check(&app, &request, SignIn).await;
    let json = r#"{"client_id":"a","redirect_uri":"https://a.test/cb","response_type":"code"}"#;
    for (kind, body) in [
        ("application/json", json),
        ("text/plain", &*request.query()),
        ("multipart/form-data; boundary=x", &*request.query()),
        ("application/x-www-form-urlencoded-not", &*request.query()),
    ] {
        for path in ["/authorize".to_owned(), request.url()] {
            let answer = app.send("POST", &path, &[("content-type", kind)], Some(body)).await;
            answer.assert_page(400);
        }
    }
    app.send("POST", &request.url(), &[], None).await.assert_page(400);
    for method in ["PUT", "DELETE", "TRACE", "PROPFIND", "PATCH", "OPTIONS"] {
        let headers = [("origin", "https://a.test"), ("access-control-request-method", "GET")];
        let answer = app.send(method, &request.url(), &headers, None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"), "{method}");
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-")),
            "{method}"
        );
        assert_eq!(answer.header("location"), "");
    }
    let answer = app
        .send("GET", &request.url(), &[("origin", "https://a.test")], None)
        .await;
    assert!(
        answer
            .headers
            .keys()
            .all(|name| !name.as_str().starts_with("access-control-"))
    );
}

#[tokio::test]
async fn a_head_request_makes_no_code() {
    covers!("O-031");
    let app = App::start().await;
    let request = Authorize::of("a");
    let mut browser = app.browser();
    browser.code_as(&request, "alice").await;
    // Control: the same browser gets the next code without a page.
    let silent = browser.get(&request.url()).await;
    assert_eq!((silent.status, codes(&app)), (302, 2));
    let answer = browser.send("HEAD", &request.url(), &[], None).await;
    assert_eq!(
        (answer.status, answer.header("allow"), answer.header("location")),
        (405, "GET, POST", "")
    );
    let jar: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let head = format!(
        "HEAD {} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n",
        request.url(),
        jar.join("; ")
    );
    let answer = app.raw(head.as_bytes()).await;
    assert!(
        answer.ends_with("\r\n\r\n") && answer.matches("\r\n\r\n").count() == 1,
        "{answer}"
    );
    assert_eq!(codes(&app), 2);
}
