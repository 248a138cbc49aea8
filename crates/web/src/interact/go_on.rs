//! `GET /continue`: where the interaction stands; the hand-off page (L7) when it is over. `GET /restart`: the same request anew.
use super::{Visit, stale};
use crate::cookies::{self, Jar};
use crate::error::{self, Answer};
use crate::oauth::authorize::count_return;
use crate::pages::HandOff;
use crate::state::State;
use crate::{address, prefix, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::authorize::{Next, finish};
use grantor_flows::interaction::{new_browser, restart as begin_anew};
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;

pub(crate) async fn go_on(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    next(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

pub(crate) async fn restart(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    anew(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

async fn next(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let visit = Visit::of(request, state, &params).await?;
    let place = visit.place(state);
    let page = match place.next().await? {
        Next::SignIn(_) => "login",
        Next::Consent(_) => "consent",
        Next::Finish(how) => {
            // Chromium drops a redirect to the client that follows a form of ours (form-action), so a page sends the browser on.
            let Some(back) = finish(&place, &visit.id, how).await? else {
                return Ok(visit.go_on(state));
            };
            count_return(state, &back);
            let refused = error::log_sent_back(request, state, &back);
            let view = HandOff {
                shell: respond::shell(request, state, visit.interaction.request.ui_locales.as_deref()),
                host: visit.interaction.return_address.host(),
                target: back.url,
                ok: !refused,
            };
            return respond::rendered(StatusCode::OK, view.render());
        }
    };
    Ok(respond::redirect(
        StatusCode::SEE_OTHER,
        &format!("{}?tx={}", visit.path(state, page), visit.id),
    ))
}

async fn anew(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    let key = &issuer.issuer.key;
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let id = params
        .get("tx")
        .map_err(OAuthError::from)?
        .unwrap_or_default()
        .to_owned();
    let jar = Jar::read(request, state, key);
    let browser = jar.browser.clone().unwrap_or_else(|| new_browser(&state.deps));
    let Some(fresh) = begin_anew(
        &state.deps,
        &issuer.issuer,
        &id,
        (&browser, &address::of(request, state)),
    )
    .await?
    else {
        return Err(stale());
    };
    let path = format!(
        "{}{}/continue?tx={fresh}",
        state.settings.base_path,
        issuer.issuer.prefix()
    );
    let mut response = respond::redirect(StatusCode::SEE_OTHER, &path);
    if jar.browser.is_none() {
        cookies::set_browser(&mut response, state, key, &browser);
    }
    Ok(response)
}
