//! Whoever calls an endpoint without what its entry names.
use crate::app::{ADMIN, Answer, App, Authorize, OTHER, form_of};
use grantor_web::{Access, Endpoint};

async fn form(app: &App, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
    app.post(path, headers, fields).await
}

/// A client proves itself: nobody, somebody of another tenant, a management token where none is taken.
pub(super) async fn machines(app: &App, endpoint: Endpoint, path: &str, what: &str) {
    let fields = [("grant_type", "client_credentials"), ("token", "nothing")];
    let strangers = match path.starts_with(OTHER) {
        true => app.client("m").basic(),
        false => app.other_client("m").basic(),
    };
    for authorization in ["", strangers.as_str(), "Bearer nothing"] {
        let headers = [("authorization", authorization)];
        let answer = form(app, path, &headers[..usize::from(!authorization.is_empty())], &fields).await;
        assert_eq!(answer.status, 401, "{what}: {authorization}: {}", answer.body);
        assert!(
            !answer.body.contains("access_token") && !answer.body.contains("active"),
            "{what}"
        );
    }
    if endpoint.access() == Access::Client {
        let bearer = format!("Bearer {}", app.management_token("").await);
        let answer = form(app, path, &[("authorization", &bearer)], &fields).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
    }
}

/// A stored request is the browser's that made it; its form is refused without the token.
pub(super) async fn interaction(app: &App, endpoint: Endpoint, path: &str, what: &str) {
    let prefix = path.strip_suffix(endpoint.path()).unwrap();
    if prefix == ADMIN {
        // No application of people there.
        assert_eq!(app.get(&format!("{path}?tx=nothing")).await.status, 400, "{what}");
        return;
    }
    let mut visitor = app.browser();
    let request = Authorize::of("a").under(prefix);
    let page = visitor.open(&request.url()).await;
    let shown = form_of(&page);
    let tx = shown.value("tx").to_owned();
    let theirs = visitor.get(&format!("{path}?tx={tx}")).await;
    assert!(
        matches!(theirs.status, 200 | 303),
        "{what}: {} {}",
        theirs.status,
        theirs.body
    );
    let mut stranger = app.browser();
    let answer = stranger.get(&format!("{path}?tx={tx}")).await;
    let begins_anew = endpoint == Endpoint::Restart;
    assert_eq!(answer.status, if begins_anew { 303 } else { 400 }, "{what}");
    assert!(!answer.header("location").contains(&tx), "{what}");
    if endpoint.methods().contains(&"POST") {
        let sent = [
            ("tx", tx.as_str()),
            ("username", "alice"),
            ("password", "alice-password"),
            ("decision", "allow"),
        ];
        let fields: String = crate::app::encode(&sent);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = visitor.send("POST", path, &headers, Some(&fields)).await;
        assert_eq!(answer.status, 403, "{what}: {}", answer.body);
        let answer = stranger.send("POST", path, &headers, Some(&fields)).await;
        assert!(matches!(answer.status, 400 | 403), "{what}: {}", answer.body);
    }
}

/// A session is ended by its own form alone.
pub(super) async fn browser(app: &App, method: &str, path: &str, what: &str) {
    let mut browser = app.browser();
    if !path.starts_with(OTHER) && !path.starts_with(ADMIN) {
        browser.sign_in("alice").await;
    }
    let signed_in = browser.signed_in_as().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = (method == "POST").then_some("csrf=nothing");
    let answer = browser
        .send(method, path, &headers[..usize::from(body.is_some())], body)
        .await;
    match (method, signed_in.is_some()) {
        ("POST", true) => assert_eq!(answer.status, 403, "{what}"),
        _ => assert!(matches!(answer.status, 200 | 303), "{what}: {}", answer.status),
    }
    assert_eq!(browser.signed_in_as().await, signed_in, "{what}");
}
