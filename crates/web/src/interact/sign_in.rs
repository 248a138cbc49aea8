//! `/login`: the sign-in page (L1 and L2 on one page) and its form.
use super::Visit;
use crate::cookies;
use crate::error::{self, Answer};
use crate::pages::{SignIn, SignInProblem, SignInReason};
use crate::state::State;
use crate::{address, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::authorize::Next;
use grantor_flows::sessions::Seat;
use grantor_flows::sign_in::{Attempt, SignIn as Outcome, SignedIn, sign_in_for};
use grantor_protocol::OAuthError;
use grantor_protocol::authorize::LoginReason;
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;

const FORM: &str = "login";

pub(crate) async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    show(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

pub(crate) async fn post(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    submit(&request, payload, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let visit = Visit::of(request, state, &params).await?;
    let username = visit.interaction.request.login_hint.clone().unwrap_or_default();
    page(request, state, &visit, (username, None)).await
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    read::forbid_query(request)?;
    read::require_form(request)?;
    let body = read::body(payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    params.check_no_repetition()?;
    let visit = Visit::of(request, state, &params).await?;
    visit.check_form(request, state, FORM, &params)?;
    let username = params
        .get("username")
        .map_err(OAuthError::from)?
        .unwrap_or_default()
        .to_owned();
    let password = params.get("password").map_err(OAuthError::from)?.unwrap_or_default();
    if username.trim().is_empty() || password.is_empty() {
        return page(request, state, &visit, (username, Some(SignInProblem::Missing))).await;
    }
    let key = &visit.issuer.issuer.key;
    let attempt = Attempt {
        username: &username,
        password,
        seat: Seat {
            session: visit.jar.session.as_deref(),
            address: &address::of(request, state),
            agent: &address::agent(request),
        },
        device: visit.jar.device.as_deref(),
        request_id: &respond::request_id(request, state),
    };
    let problem = match problem_of(sign_in_for(&state.deps, key, &visit.id, attempt).await?) {
        Ok(signed_in) => return Ok(with_cookies(visit.go_on(state), state, key, &signed_in)),
        Err(problem) => problem,
    };
    page(request, state, &visit, (username, Some(problem))).await
}

async fn page(
    request: &HttpRequest,
    state: &State,
    visit: &Visit,
    (username, problem): (String, Option<SignInProblem>),
) -> Result<HttpResponse, Answer> {
    let reason = match (visit.place(state).next().await?, &visit.live) {
        (Next::SignIn(LoginReason::Fresh), Some(live)) => SignInReason::Reauthenticate {
            username: live.user.username.clone(),
        },
        (Next::SignIn(LoginReason::Account), _) => SignInReason::ChooseAccount,
        _ => SignInReason::Ordinary,
    };
    let view = SignIn {
        shell: respond::shell(request, state, visit.interaction.request.ui_locales.as_deref()),
        action: visit.path(state, "login"),
        tx: visit.id.clone(),
        to: String::new(),
        csrf: visit.csrf(state, FORM),
        application: visit.client.client.display_name.clone(),
        username,
        problem,
        reason,
    };
    shown(&view)
}

/// The outcome as the page tells it.
pub(crate) fn problem_of(outcome: Outcome) -> Result<SignedIn, SignInProblem> {
    match outcome {
        Outcome::Done(signed_in) => Ok(signed_in),
        Outcome::Wrong => Err(SignInProblem::WrongCredentials),
        Outcome::Wait(retry_after_seconds) => Err(SignInProblem::TooMany { retry_after_seconds }),
        Outcome::Busy(retry_after_seconds) => Err(SignInProblem::TooBusy { retry_after_seconds }),
    }
}

/// The answer with the cookies of somebody who has just signed in.
pub(crate) fn with_cookies(
    mut response: HttpResponse,
    state: &State,
    key: &RealmKey,
    signed_in: &SignedIn,
) -> HttpResponse {
    cookies::set_session(&mut response, state, key, Some(&signed_in.session));
    cookies::set_device(&mut response, state, key, &signed_in.device);
    response
}

/// The page with the status of its problem.
pub(crate) fn shown(view: &SignIn) -> Result<HttpResponse, Answer> {
    let (status, wait) = match &view.problem {
        None => (StatusCode::OK, None),
        Some(SignInProblem::TooMany { retry_after_seconds }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_seconds))
        }
        Some(SignInProblem::TooBusy { retry_after_seconds }) => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after_seconds))
        }
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    respond::rendered(status, view.render()).map(|response| respond::waiting(response, wait))
}
