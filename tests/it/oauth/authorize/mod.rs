//! `/authorize`: what is read and how it arrives, where answers may go, scopes, PKCE, hints, responses, issuers.
mod hints;
mod issuer;
mod pkce;
mod redirect_uri;
mod registration;
mod request;
mod responses;
mod scope;
mod transport;

use crate::app::{Answer, App, Authorize};

/// What `/authorize` says to a browser in which nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The request is good: on to our own pages.
    SignIn,
    /// Nothing may be sent to the client.
    Page,
    /// Back to the client with this error, the state, and the issuer.
    Refused(&'static str),
    /// The same when the state that was sent cannot be echoed.
    RefusedWithoutState(&'static str),
}

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

/// Sends the request by GET and by POST: both must answer the same, and no code may come of it.
async fn check(app: &App, request: &Authorize, expected: Expected) {
    check_query(app, request, &request.query(), expected).await;
}

/// The same with the parameters spelled in `query`; where the answer goes is read from `request`.
async fn check_query(app: &App, request: &Authorize, query: &str, expected: Expected) {
    // Shown when an assertion below fails.
    println!("{expected:?} {query}");
    let path = format!("{}/authorize", request.prefix);
    let by_get = app.get(&format!("{path}?{query}")).await;
    let by_post = app.send("POST", &path, FORM, Some(query)).await;
    for answer in [by_get, by_post] {
        assert_answer(app, request, &answer, expected);
    }
    assert_eq!(codes(app), 0, "a code was made");
}

#[track_caller]
fn assert_answer(app: &App, request: &Authorize, answer: &Answer, expected: Expected) {
    match expected {
        Expected::Page => {
            answer.assert_page(400);
        }
        Expected::SignIn => {
            assert_eq!(answer.status, 303, "{}", answer.body);
            // By POST the browser is bound on a GET of its own (decision 14).
            let pages = ["continue", "restart"].map(|page| format!("{}/{page}?tx=", request.prefix));
            let location = answer.header("location");
            assert!(pages.iter().any(|page| location.starts_with(page)), "{location}");
        }
        Expected::Refused(code) => {
            let state = request.value("state");
            assert_refused(app, request, answer, code, Some(state).filter(|s| !s.is_empty()));
        }
        Expected::RefusedWithoutState(code) => assert_refused(app, request, answer, code, None),
    }
}

/// `REDIR e`: exactly to the redirect URI, with exactly one of each parameter and the exact issuer.
#[track_caller]
fn assert_refused(app: &App, request: &Authorize, answer: &Answer, code: &str, state: Option<&str>) {
    let back = request.value("redirect_uri");
    answer.assert_redirect_error(back, code, state);
    let joint = if back.contains('?') { '&' } else { '?' };
    assert!(
        answer.header("location")[back.len()..].starts_with(joint),
        "{}",
        answer.header("location")
    );
    let iss = format!("{}{}", app.issuer(), request.prefix);
    assert!(
        answer.location_query().contains(&("iss".to_owned(), iss)),
        "{}",
        answer.header("location")
    );
    assert!(
        !answer.header("location").contains(['#', '"', '<']),
        "{}",
        answer.header("location")
    );
}

/// How many codes the server has ever made.
fn codes(app: &App) -> i64 {
    app.sql(|sql| sql.query_row("SELECT count(*) FROM authorization_code", [], |row| row.get(0)))
}

/// Changes what an application of the fixture has registered.
async fn configure(app: &App, id: &str, change: impl FnOnce(&mut toml::Table)) -> Result<(), String> {
    app.edit(|document| {
        let application = crate::app::entry(document, "applications", id);
        change(application["protocol_config"].as_table_mut().unwrap());
    })
    .await
}

/// Registers other redirect URIs for an application of the fixture.
async fn register(app: &App, id: &str, uris: &[&str]) -> Result<(), String> {
    let uris = uris.iter().map(|uri| toml::Value::from(*uri)).collect();
    configure(app, id, |config| {
        config.insert("redirect_uris".into(), toml::Value::Array(uris));
    })
    .await
}
