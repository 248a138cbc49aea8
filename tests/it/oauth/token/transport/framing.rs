//! Bytes no client library sends: message framing, spellings of paths, and what requests say about their host.
use crate::app::App;
use grantor_tests::covers;

/// A token request that succeeds, with further header lines, and the connection closed after it.
fn request(app: &App, target: &str, headers: &str) -> String {
    let (basic, body) = (app.client("m").basic(), "grant_type=client_credentials");
    format!(
        "POST {target} HTTP/1.1\r\nHost: grantor.test\r\nAuthorization: {basic}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// The status of each answer in what a connection brought.
fn statuses(answer: &str) -> Vec<u16> {
    let lines = answer.split("HTTP/1.1 ").skip(1);
    lines.map(|l| l[..3].parse().unwrap()).collect()
}

#[tokio::test]
async fn a_message_with_two_lengths_is_refused_and_the_connection_closed() {
    covers!("O-225");
    let app = App::start().await;
    let good = request(&app, "/token", "");
    assert_eq!(statuses(&app.raw(good.as_bytes()).await), [200]);
    let smuggled = request(&app, "/token", "");
    for (what, with) in [
        (
            "length and chunked",
            good.replace("Content-Length", "Transfer-Encoding: chunked\r\nContent-Length"),
        ),
        (
            "chunked and length",
            request(&app, "/token", "Transfer-Encoding: chunked\r\n"),
        ),
        ("two lengths", request(&app, "/token", "Content-Length: 5\r\n")),
        (
            "the same length twice",
            request(&app, "/token", "Content-Length: 29\r\n"),
        ),
        (
            "two lengths in one",
            good.replace("Content-Length: 29", "Content-Length: 29, 29"),
        ),
        (
            "signed length",
            good.replace("Content-Length: 29", "Content-Length: +29"),
        ),
        (
            "negative length",
            good.replace("Content-Length: 29", "Content-Length: -1"),
        ),
        (
            "hexadecimal length",
            good.replace("Content-Length: 29", "Content-Length: 0x1d"),
        ),
        (
            "unknown coding",
            good.replace("Content-Length: 29", "Transfer-Encoding: xchunked"),
        ),
        (
            "another coding",
            good.replace("Content-Length: 29", "Transfer-Encoding: gzip, chunked"),
        ),
        (
            "chunked twice",
            good.replace(
                "Content-Length: 29",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            ),
        ),
        (
            "chunked in 1.0",
            good.replace("HTTP/1.1", "HTTP/1.0")
                .replace("Content-Length: 29", "Transfer-Encoding: chunked"),
        ),
        (
            "space before colon",
            good.replace("Content-Length:", "Content-Length :"),
        ),
        ("folded line", good.replace("Connection: close", "X-Folded: a\r\n b")),
        ("line break in a name", good.replace("Connection: close", "X-A\n: b")),
        ("no host", good.replace("Host: grantor.test\r\n", "")),
    ] {
        let answer = app.raw(format!("{with}{smuggled}").as_bytes()).await;
        assert!(!answer.contains("access_token"), "{what}: {answer}");
        assert_eq!(statuses(&answer), [400], "{what}: {answer}");
        assert!(
            answer.to_ascii_lowercase().contains("connection: close"),
            "{what}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_bare_line_feed_ends_a_line_and_never_a_message_early() {
    covers!("O-225");
    let app = App::start().await;
    // RFC 9112 section 2.2 lets a recipient take LF for CRLF in the head; the body is what its length says all the same.
    let lines = request(&app, "/token", "").replace("\r\n", "\n");
    assert_eq!(statuses(&app.raw(lines.as_bytes()).await), [200]);
    let smuggled = format!("\n\n{}", request(&app, "/token", ""));
    let inside = lines.replace(
        "Content-Length: 29",
        &format!("Content-Length: {}", 29 + smuggled.len()),
    );
    assert_eq!(
        statuses(&app.raw(format!("{inside}{smuggled}").as_bytes()).await),
        [400]
    );
    // In chunks it is no line end at all.
    let chunked = request(&app, "/token", "").replace("Content-Length: 29", "Transfer-Encoding: chunked");
    let (head, body) = chunked.split_once("\r\n\r\n").unwrap();
    let good = format!("{head}\r\n\r\n1d\r\n{body}\r\n0\r\n\r\n");
    assert_eq!(statuses(&app.raw(good.as_bytes()).await), [200]);
    for broken in [
        format!("{head}\r\n\r\n1d\n{body}\n0\n\n"),
        format!("{head}\r\n\r\n1d;\n{body}\r\n0\r\n\r\n"),
        format!("{head}\r\n\r\n-1d\r\n{body}\r\n0\r\n\r\n"),
        format!("{head}\r\n\r\nfffffffffffffffff\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let answer = app.raw(broken.as_bytes()).await;
        assert_eq!(statuses(&answer), [400], "{answer}");
    }
}

#[tokio::test]
async fn a_path_has_one_spelling_and_percent_encoding_changes_nothing() {
    covers!("O-226");
    let app = App::start().await;
    let realm = "/v1/tenants/default/realms/main";
    for (path, expected) in [
        ("/token", 200),
        ("/%74oken", 200),
        ("//token", 404),
        ("/token/", 404),
        ("/token;x=1", 404),
        ("/./token", 404),
        ("/x/../token", 404),
        ("/TOKEN", 404),
        ("/token%2F", 404),
        ("/%2Ftoken", 404),
        ("/token%00", 404),
        ("/token%20", 404),
        ("/token%3Fx=1", 404),
        ("\\token", 400),
        ("token", 404),
        (&format!("{realm}/token"), 200),
        (&format!("{realm}//token"), 404),
        (&format!("{realm}/x/../token"), 404),
        ("/v1/tenants/default/realms/MAIN/token", 404),
        ("/v1/tenants/default%2Frealms/main/token", 404),
        ("/v1/tenants//realms/main/token", 404),
        ("/v1//tenants/default/realms/main/token", 404),
    ] {
        let right = request(&app, path, "");
        assert_eq!(statuses(&app.raw(right.as_bytes()).await), [expected], "{path}");
        // The same rule on every spelling that is served.
        let wrong = right.replace(&app.client("m").basic(), &app.client("m").with_secret("wrong").basic());
        let refused = if expected == 200 { 401 } else { expected };
        assert_eq!(statuses(&app.raw(wrong.as_bytes()).await), [refused], "{path}");
    }
}

/// The same request in two wordings; the answers without what is random.
async fn document(app: &App, target: &str, host: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
    app.raw(request.as_bytes()).await
}

#[tokio::test]
async fn the_host_a_request_names_is_nowhere_used() {
    covers!("O-221", "O-222");
    let app = App::start().await;
    let evil = "evil.test";
    let issuer = format!("\"issuer\":\"{}\"", app.issuer());
    let authorize = crate::app::Authorize::of("a").url();
    let forged = format!(
        "Host: x\r\nX-Forwarded-Host: {evil}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /{evil}\r\n\
         X-Forwarded-Server: {evil}\r\nX-Original-URL: /jwks\r\nX-Rewrite-URL: /jwks\r\nForwarded: host={evil};proto=https\r\n"
    );
    for (origin, host) in [
        ("", "Host: x\r\n".to_owned()),
        ("", format!("Host: {evil}\r\n")),
        ("", format!("Host: {evil}:443\r\n")),
        ("", forged),
        ("http://evil.test", "Host: x\r\n".to_owned()),
        ("http://evil.test", format!("Host: {evil}\r\n")),
    ] {
        let metadata = document(&app, &format!("{origin}/.well-known/openid-configuration"), &host).await;
        assert_eq!(statuses(&metadata), [200], "{host}");
        assert!(
            metadata.contains(&issuer) && !metadata.contains(evil),
            "{host}: {metadata}"
        );
        let begun = document(&app, &format!("{origin}{authorize}"), &host).await;
        assert_eq!(statuses(&begun), [303], "{host}");
        let begun = begun.to_ascii_lowercase();
        assert!(
            begun.contains("location: /") && !begun.contains(evil),
            "{host}: {begun}"
        );
        // Cookies follow the configured URL, which is plain http here.
        assert!(
            begun.contains("set-cookie: ") && !begun.contains("secure"),
            "{host}: {begun}"
        );
    }
    for two in ["Host: x\r\nHost: evil.test\r\n", "Host: x\r\nhost: x\r\n", ""] {
        assert_eq!(
            statuses(&document(&app, "/.well-known/openid-configuration", two).await),
            [400]
        );
    }
}
