//! `/setup/{token}`: a one-time link that sets a password (C0). Only the POST uses it up; the token never reaches the log.
use super::password::status_of;
use super::{Page, form_body, path, typed};
use crate::cookies::{self, Jar};
use crate::error::{self, Answer, PageDetail};
use crate::interact::{forbidden, is_own_origin};
use crate::pages::{ErrorKind, Flash, PasswordProblem, Setup};
use crate::state::State;
use crate::{address, prefix, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::interaction::{form_token, is_form_token, new_browser};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::sessions::Seat;
use grantor_flows::setup::{Consumed, Link, Wish, consume, look};
use grantor_protocol::OAuthError;
use grantor_protocol::account::{Field, FieldFault, ProfileEdit};
use grantor_protocol::form::Params;
use std::sync::Arc;

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

/// Somebody who followed a link.
struct Guest {
    issuer: Arc<IssuerEntry>,
    jar: Jar,
    browser: String,
    token: String,
}

impl Guest {
    async fn of(request: &HttpRequest, state: &State) -> Result<Self, Answer> {
        let issuer = prefix::issuer(request, state).await?;
        let jar = Jar::read(request, state, &issuer.issuer.key);
        Ok(Self {
            browser: jar.browser.clone().unwrap_or_else(|| new_browser(&state.deps)),
            issuer,
            jar,
            token: request.match_info().get("token").unwrap_or_default().to_owned(),
        })
    }

    fn own_path(&self, state: &State) -> String {
        path(state, &self.issuer, &format!("setup/{}", self.token))
    }

    fn form(&self) -> String {
        format!("setup:{}", self.token)
    }
}

/// What is wrong with a form that was sent.
#[derive(Default)]
struct Faults {
    name: Option<FieldFault>,
    password: Option<PasswordProblem>,
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let guest = Guest::of(request, state).await?;
    match look(&state.deps, &guest.issuer.issuer.key, &guest.token).await? {
        Link::Open(user) => {
            let name = user.profile.name.clone().unwrap_or_default();
            page(request, state, &guest, (&user.username, &name, Faults::default()))
        }
        Link::Gone | Link::Used => Err(gone(StatusCode::GONE)),
    }
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let body = form_body(request, payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    params.check_no_repetition()?;
    let guest = Guest::of(request, state).await?;
    let key = &guest.issuer.issuer.key;
    let browser = guest.jar.browser.as_deref().unwrap_or_default();
    let is_ours = is_form_token(&state.deps, key, browser, &guest.form(), typed(&params, "csrf"));
    if !is_ours || !is_own_origin(request, state) {
        return Err(forbidden(Some(guest.own_path(state))));
    }
    let user = match look(&state.deps, key, &guest.token).await? {
        Link::Open(user) => *user,
        Link::Gone => return Err(gone(StatusCode::GONE)),
        Link::Used => return Err(gone(StatusCode::CONFLICT)),
    };
    let name = typed(&params, "name");
    let edit = ProfileEdit::parse([(Field::Name, name)].into_iter());
    let mut faults = Faults {
        name: edit.as_ref().err().and_then(|f| f.first()).map(|(_, fault)| *fault),
        password: None,
    };
    if let Ok(edit) = edit {
        let wish = Wish {
            new: typed(&params, "new-password"),
            repeated: typed(&params, "repeated-password"),
            edit: &edit,
            seat: Seat {
                session: guest.jar.session.as_deref(),
                address: &address::of(request, state),
                agent: &address::agent(request),
            },
            device: guest.jar.device.as_deref(),
            request_id: &respond::request_id(request, state),
        };
        faults.password = match consume(&state.deps, key, &guest.token, wish).await? {
            Consumed::Done { session, device } => return Ok(entered(state, &guest, (&session, &device))),
            Consumed::Gone => return Err(gone(StatusCode::GONE)),
            Consumed::Used => return Err(gone(StatusCode::CONFLICT)),
            Consumed::Refused(fault) => Some(PasswordProblem::Refused(fault)),
            Consumed::Busy(seconds) => Some(PasswordProblem::TooBusy(seconds)),
        };
    }
    page(request, state, &guest, (&user.username, name, faults))
}

/// On to the account, signed in.
fn entered(state: &State, guest: &Guest, (session, device): (&str, &str)) -> HttpResponse {
    let key = &guest.issuer.issuer.key;
    let home = path(state, &guest.issuer, Page::Home.path());
    let mut response = respond::redirect(StatusCode::SEE_OTHER, &home);
    cookies::set_session(&mut response, state, key, Some(session));
    cookies::set_device(&mut response, state, key, device);
    cookies::set_flash(&mut response, state, key, Some(Flash::AccountReady.as_str()));
    response
}

fn page(
    request: &HttpRequest,
    state: &State,
    guest: &Guest,
    (username, name, faults): (&str, &str, Faults),
) -> Result<HttpResponse, Answer> {
    let key = &guest.issuer.issuer.key;
    let (mut status, wait) = status_of(faults.password.as_ref());
    if faults.name.is_some() {
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let view = Setup {
        shell: respond::shell(request, state, None),
        action: guest.own_path(state),
        csrf: form_token(&state.deps, key, &guest.browser, &guest.form()),
        username: username.to_owned(),
        name: name.to_owned(),
        name_fault: faults.name,
        problem: faults.password,
    };
    let mut response = respond::waiting(respond::rendered(status, view.render())?, wait);
    if guest.jar.browser.is_none() {
        cookies::set_browser(&mut response, state, key, &guest.browser);
    }
    Ok(response)
}

/// The same page whether it was used, is over, or never was.
fn gone(status: StatusCode) -> Answer {
    let detail = PageDetail {
        cause: "a one-time link that is no good".into(),
        ..PageDetail::default()
    };
    Answer::page(status, ErrorKind::LinkGone, detail)
}
