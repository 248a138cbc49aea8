//! `GET` and `POST /authorize` (RFC 6749 section 3.1): an answer at once, or a page.
use crate::cookies::{self, Jar};
use crate::error::{self, Answer, PageDetail};
use crate::pages::ErrorKind;
use crate::state::State;
use crate::{address, prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::authorize::{Begun, PageProblem, Return, begin, begin_by_post};
use grantor_flows::interaction::new_browser;
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::metrics::AuthorizeResult;
use grantor_protocol::authorize::ReturnFailure;
use grantor_protocol::client::Client;
use grantor_protocol::form::Params;
use grantor_protocol::redirect_uri;
use grantor_protocol::{OAuthError, OAuthErrorCode};

pub(crate) async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let answered = by_get(&request, &state).await;
    answered.unwrap_or_else(|answer| refuse(&request, &state, answer))
}

pub(crate) async fn post(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let answered = by_post(&request, payload, &state).await;
    answered.unwrap_or_else(|answer| refuse(&request, &state, answer))
}

/// Nothing of it goes back to a client.
fn refuse(request: &HttpRequest, state: &State, answer: Answer) -> HttpResponse {
    count(state, AuthorizeResult::Page, Some(answer.code()));
    error::page(request, state, answer)
}

fn count(state: &State, result: AuthorizeResult, error: Option<OAuthErrorCode>) {
    state.deps.metrics.authorize_requests.add_one((result, error));
}

/// Counts a request that goes back to its client.
pub(crate) fn count_return(state: &State, back: &Return) {
    match &back.refused {
        Some(error) => count(state, AuthorizeResult::Error, Some(error.code)),
        None => count(state, AuthorizeResult::Code, None),
    }
}

async fn by_get(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let mut jar = Jar::read(request, state, &issuer.issuer.key);
    let fresh = jar.browser.is_none();
    let browser = jar.browser.get_or_insert_with(|| new_browser(&state.deps)).clone();
    match begin(
        &state.deps,
        &issuer,
        &params,
        (jar.as_cookies(), &address::of(request, state)),
    )
    .await?
    {
        Begun::Page(problem) => Err(page(problem)),
        Begun::Return(back) => Ok(go_back(request, state, StatusCode::FOUND, &back)),
        Begun::Interact(id) => {
            count(state, AuthorizeResult::Waiting, None);
            let mut response = to(state, &issuer, "continue", &id);
            if fresh {
                cookies::set_browser(&mut response, state, &issuer.issuer.key, &browser);
            }
            Ok(response)
        }
    }
}

/// The request may come from another site without our cookies: it is stored, and the browser comes back by GET with them to be
/// bound to the request (decision 14).
async fn by_post(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    read::require_form(request)?;
    let body = read::body(payload, state).await?;
    let params = Params::parse_both(request.query_string().as_bytes(), &body).map_err(OAuthError::from)?;
    match begin_by_post(&state.deps, &issuer, &params, &address::of(request, state)).await? {
        Begun::Page(problem) => Err(page(problem)),
        Begun::Return(back) => Ok(go_back(request, state, StatusCode::SEE_OTHER, &back)),
        Begun::Interact(id) => {
            count(state, AuthorizeResult::Waiting, None);
            Ok(to(state, &issuer, "restart", &id))
        }
    }
}

fn go_back(request: &HttpRequest, state: &State, status: StatusCode, back: &Return) -> HttpResponse {
    count_return(state, back);
    error::log_sent_back(request, state, back);
    respond::redirect(status, &back.url)
}

fn to(state: &State, issuer: &IssuerEntry, page: &str, id: &str) -> HttpResponse {
    let base = &state.settings.base_path;
    respond::redirect(
        StatusCode::SEE_OTHER,
        &format!("{base}{}/{page}?tx={id}", issuer.issuer.prefix()),
    )
}

/// Nothing may be sent to the client, so the user is told, and a developer is told more (E2).
fn page(problem: PageProblem) -> Answer {
    let detail = |rows: Vec<(String, String)>, cause: String| PageDetail {
        rows,
        cause,
        ..PageDetail::default()
    };
    let bad = StatusCode::BAD_REQUEST;
    match problem {
        PageProblem::UnknownClient => Answer::page(
            bad,
            ErrorKind::UnknownClient,
            detail(vec![], "unknown or disabled client".into()),
        ),
        PageProblem::BadRequest(error) => {
            let rows = vec![("hint".to_owned(), error.description.clone())];
            Answer::page(bad, ErrorKind::BadRequest, detail(rows, error.to_string()))
        }
        PageProblem::RedirectUri(entry, failure) => {
            let rows = mismatch(&entry.client, &failure);
            let cause = format!("client {}: redirect_uri: {failure:?}", entry.client.client_id);
            Answer::page(bad, ErrorKind::RedirectUri, detail(rows, cause))
        }
    }
}

fn mismatch(client: &Client, failure: &ReturnFailure) -> Vec<(String, String)> {
    let row = |name: &str, value: String| (name.to_owned(), value);
    match failure {
        ReturnFailure::Unreadable(text) => vec![row("parameter", "redirect_uri".into()), row("hint", (*text).into())],
        ReturnFailure::NoCodeGrant => vec![row(
            "hint",
            "this application has neither a redirect URI nor the authorization_code grant".into(),
        )],
        ReturnFailure::NotRegistered(received) => {
            let explained = redirect_uri::explain(&client.config.redirect_uris, received);
            let mut rows = vec![
                row("parameter", "redirect_uri".into()),
                row("received", received.clone()),
            ];
            rows.extend(client.config.redirect_uris.iter().map(|r| row("registered", r.clone())));
            if let Some(position) = explained.first_difference {
                rows.push(row("difference", format!("at character {}", position + 1)));
            }
            rows.extend(explained.hints.into_iter().map(|h| row("hint", h.into())));
            rows
        }
    }
}
