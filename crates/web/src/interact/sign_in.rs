//! `/login`: the sign-in page (L1 and L2 on one page) and its form.
use super::Visit;
use crate::cookies;
use crate::error::{self, Answer};
use crate::pages::{SignIn, SignInProblem, SignInReason};
use crate::state::State;
use crate::{address, read, respond};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::authorize::Next;
use grantor_flows::sign_in::{Attempt, SignIn as Outcome, sign_in};
use grantor_protocol::OAuthError;
use grantor_protocol::authorize::LoginReason;
use grantor_protocol::form::Params;

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
        session: visit.jar.session.as_deref(),
        device: visit.jar.device.as_deref(),
        address: &address::of(request, state),
        request_id: &respond::request_id(request, state),
    };
    let problem = match sign_in(&state.deps, key, &visit.id, attempt).await? {
        Outcome::Done { session, device } => {
            let mut response = visit.go_on(state);
            cookies::set_session(&mut response, state, key, Some(&session));
            cookies::set_device(&mut response, state, key, &device);
            return Ok(response);
        }
        Outcome::Wrong => SignInProblem::WrongCredentials,
        Outcome::Wait(retry_after_seconds) => SignInProblem::TooMany { retry_after_seconds },
        Outcome::Busy(retry_after_seconds) => SignInProblem::TooBusy { retry_after_seconds },
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
    let (status, wait) = match &problem {
        None => (StatusCode::OK, None),
        Some(SignInProblem::TooMany { retry_after_seconds }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_seconds))
        }
        Some(SignInProblem::TooBusy { retry_after_seconds }) => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after_seconds))
        }
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let view = SignIn {
        shell: respond::shell(request, state, visit.interaction.request.ui_locales.as_deref()),
        action: visit.path(state, "login"),
        tx: visit.id.clone(),
        csrf: visit.csrf(state, FORM),
        application: visit.client.client.display_name.clone(),
        username,
        problem,
        reason,
    };
    let mut response = respond::rendered(status, view.render())?;
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
