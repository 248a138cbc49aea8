//! `/account/sign-in`: the sign-in page for our own pages. `to` is one of them by name, never an address.
use super::{Page, form_body, path, typed};
use crate::cookies::{self, Jar};
use crate::error::{self, Answer};
use crate::interact::sign_in::{problem_of, shown, with_cookies};
use crate::interact::{forbidden, is_own_origin};
use crate::pages::{SignIn, SignInProblem, SignInReason};
use crate::state::State;
use crate::{address, prefix, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::interaction::{form_token, is_form_token, new_browser};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::sessions::{self, Seat};
use grantor_flows::sign_in::{Attempt, sign_in};
use grantor_protocol::OAuthError;
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

/// Somebody at the door.
struct Door {
    issuer: Arc<IssuerEntry>,
    jar: Jar,
    browser: String,
    to: Page,
}

impl Door {
    async fn of(request: &HttpRequest, state: &State, params: &Params<'_>) -> Result<Self, Answer> {
        let issuer = prefix::issuer(request, state).await?;
        let jar = Jar::read(request, state, &issuer.issuer.key);
        Ok(Self {
            browser: jar.browser.clone().unwrap_or_else(|| new_browser(&state.deps)),
            issuer,
            jar,
            to: Page::named(typed(params, "to")),
        })
    }

    fn own_path(&self, state: &State) -> String {
        path(state, &self.issuer, "account/sign-in")
    }

    fn on(&self, state: &State) -> HttpResponse {
        respond::redirect(StatusCode::SEE_OTHER, &path(state, &self.issuer, self.to.path()))
    }

    /// A page is made for the session the browser held then: once somebody has signed in, it is old.
    fn form(&self) -> String {
        format!("account-sign-in:{}", self.jar.session.as_deref().unwrap_or_default())
    }
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let door = Door::of(request, state, &params).await?;
    let (key, now) = (&door.issuer.issuer.key, state.deps.clock.now());
    let live = sessions::find(&state.deps, key, door.jar.session.as_deref(), now).await?;
    match live {
        Some(_) => Ok(door.on(state)),
        None => page(request, state, &door, (String::new(), None)),
    }
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let body = form_body(request, payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    params.check_no_repetition()?;
    let door = Door::of(request, state, &params).await?;
    let key = &door.issuer.issuer.key;
    let browser = door.jar.browser.as_deref().unwrap_or_default();
    let is_ours = is_form_token(&state.deps, key, browser, &door.form(), typed(&params, "csrf"));
    if !is_ours || !is_own_origin(request, state) {
        let again = format!("{}?to={}", door.own_path(state), door.to.name());
        return Err(forbidden(Some(again)));
    }
    let (username, password) = (typed(&params, "username"), typed(&params, "password"));
    if username.trim().is_empty() || password.is_empty() {
        let missing = (username.to_owned(), Some(SignInProblem::Missing));
        return page(request, state, &door, missing);
    }
    let attempt = Attempt {
        username,
        password,
        seat: Seat {
            session: door.jar.session.as_deref(),
            address: &address::of(request, state),
            agent: &address::agent(request),
        },
        device: door.jar.device.as_deref(),
        request_id: &respond::request_id(request, state),
    };
    match problem_of(sign_in(&state.deps, key, attempt).await?) {
        Ok(signed_in) => Ok(with_cookies(door.on(state), state, key, &signed_in)),
        Err(problem) => page(request, state, &door, (username.to_owned(), Some(problem))),
    }
}

fn page(
    request: &HttpRequest,
    state: &State,
    door: &Door,
    (username, problem): (String, Option<SignInProblem>),
) -> Result<HttpResponse, Answer> {
    let key = &door.issuer.issuer.key;
    let view = SignIn {
        shell: respond::shell(request, state, None),
        action: door.own_path(state),
        tx: String::new(),
        to: door.to.name().to_owned(),
        csrf: form_token(&state.deps, key, &door.browser, &door.form()),
        application: String::new(),
        username,
        problem,
        reason: SignInReason::Ordinary,
    };
    let mut response = shown(&view)?;
    if door.jar.browser.is_none() {
        cookies::set_browser(&mut response, state, key, &door.browser);
    }
    Ok(response)
}
