//! `/logout`: a question, then the end of the browser session. A GET alone ends nothing (O-217).
use super::{forbidden, is_own_origin};
use crate::cookies::{self, Jar};
use crate::error::{self, Answer};
use crate::pages::{SignOut, SignedOut};
use crate::state::State;
use crate::{prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::interaction::{form_token, is_form_token, new_browser};
use grantor_flows::sessions::{self, LiveSession};
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;

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
    let issuer = prefix::issuer(request, state).await?;
    let key = &issuer.issuer.key;
    let jar = Jar::read(request, state, key);
    let shell = respond::shell(request, state, None);
    let Some(live) = sessions::find(&state.deps, key, jar.session.as_deref(), state.deps.clock.now()).await? else {
        return respond::rendered(StatusCode::OK, SignedOut { shell }.render());
    };
    let browser = jar.browser.clone().unwrap_or_else(|| new_browser(&state.deps));
    let view = SignOut {
        shell,
        action: format!("{}{}/logout", state.settings.base_path, issuer.issuer.prefix()),
        csrf: form_token(&state.deps, key, &browser, &form_of(&live)),
        signed_in_as: Some(live.user.username.clone()),
    };
    let mut response = respond::rendered(StatusCode::OK, view.render())?;
    if jar.browser.is_none() {
        cookies::set_browser(&mut response, state, key, &browser);
    }
    Ok(response)
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    let key = &issuer.issuer.key;
    read::forbid_query(request)?;
    read::require_form(request)?;
    let body = read::body(payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    let jar = Jar::read(request, state, key);
    let path = format!("{}{}/logout", state.settings.base_path, issuer.issuer.prefix());
    if !is_own_origin(request, state) {
        return Err(forbidden(Some(path)));
    }
    let now = state.deps.clock.now();
    let Some(live) = sessions::find(&state.deps, key, jar.session.as_deref(), now).await? else {
        return Ok(respond::redirect(StatusCode::SEE_OTHER, &path));
    };
    let sent = params.get("csrf").ok().flatten().unwrap_or_default();
    let browser = jar.browser.as_deref().unwrap_or_default();
    if !is_form_token(&state.deps, key, browser, &form_of(&live), sent) {
        return Err(forbidden(Some(path)));
    }
    sessions::end(&state.deps, key, &live, now).await?;
    state.deps.metrics.logouts.add_one();
    let mut response = respond::redirect(StatusCode::SEE_OTHER, &path);
    cookies::set_session(&mut response, state, key, None);
    Ok(response)
}

/// A sign-out page ends the session it was made for, not the next one of this browser.
fn form_of(live: &LiveSession) -> String {
    format!("logout:{}", live.mark())
}
