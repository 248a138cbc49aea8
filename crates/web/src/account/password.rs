//! `/account/password`: a new password for the old one (A3).
use super::{Caller, Page, Visit, typed};
use crate::cookies;
use crate::error::{self, Answer};
use crate::pages::{AccountPassword, Flash, PasswordProblem};
use crate::respond;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::{NewPassword, PasswordChange, change_password};

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
    match Visit::of(request, state, Page::Password).await? {
        Caller::In(visit) => page(request, state, &visit, None),
        Caller::Out(away) => Ok(away),
    }
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let (caller, body) = Visit::posted(request, payload, state, Page::Password).await?;
    let visit = match caller {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let params = visit.params(state, &body)?;
    let old = typed(&params, "old-password");
    if old.is_empty() {
        return page(request, state, &visit, Some(PasswordProblem::MissingOld));
    }
    let wish = NewPassword {
        old,
        new: typed(&params, "new-password"),
        repeated: typed(&params, "repeated-password"),
        seat: visit.seat(),
        device: visit.jar.device.as_deref(),
        request_id: &respond::request_id(request, state),
    };
    let problem = match change_password(visit.owner(state), wish).await? {
        PasswordChange::Done { session, device } => {
            let mut response = visit.done(state, Page::Password, Flash::PasswordChanged);
            cookies::set_session(&mut response, state, visit.key(), Some(&session));
            cookies::set_device(&mut response, state, visit.key(), &device);
            return Ok(response);
        }
        PasswordChange::Wrong => PasswordProblem::WrongOld,
        PasswordChange::Refused(fault) => PasswordProblem::Refused(fault),
        PasswordChange::Wait(seconds) => PasswordProblem::TooMany(seconds),
        PasswordChange::Busy(seconds) => PasswordProblem::TooBusy(seconds),
    };
    page(request, state, &visit, Some(problem))
}

fn page(
    request: &HttpRequest,
    state: &State,
    visit: &Visit,
    problem: Option<PasswordProblem>,
) -> Result<HttpResponse, Answer> {
    let shell = respond::shell(request, state, None);
    let (status, wait) = status_of(problem.as_ref());
    let view = AccountPassword {
        frame: visit.frame(state, &shell),
        action: visit.path(state, Page::Password),
        csrf: visit.csrf(state),
        username: visit.live.user.username.clone(),
        problem,
        shell,
    };
    let response = visit.rendered(state, status, view.render())?;
    Ok(respond::waiting(response, wait))
}

/// The status of a problem, and the seconds to wait.
pub(super) fn status_of(problem: Option<&PasswordProblem>) -> (StatusCode, Option<u64>) {
    match problem {
        None => (StatusCode::OK, None),
        Some(PasswordProblem::TooMany(seconds)) => (StatusCode::TOO_MANY_REQUESTS, Some(*seconds)),
        Some(PasswordProblem::TooBusy(seconds)) => (StatusCode::SERVICE_UNAVAILABLE, Some(*seconds)),
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    }
}
