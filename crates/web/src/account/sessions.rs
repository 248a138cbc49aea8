//! `/account/sessions`: where the account is signed in, and the end of that (A4).
use super::{Caller, Page, Visit, moment, typed};
use crate::error::{self, Answer};
use crate::pages::{AccountSessions, Flash, SessionView, device_words, method_words};
use crate::respond;
use crate::state::State;
use crate::text::Text;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::{OwnSession, end_one, end_others, list};
use grantor_protocol::OAuthError;

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
    let visit = match Visit::of(request, state, Page::Sessions).await? {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let shell = respond::shell(request, state, None);
    let all = list(visit.owner(state)).await?;
    let view = AccountSessions {
        frame: visit.frame(state, &shell),
        action: visit.path(state, Page::Sessions),
        csrf: visit.csrf(state),
        sessions: all.into_iter().map(|s| described(&shell.text, s)).collect(),
        shell,
    };
    visit.rendered(state, StatusCode::OK, view.render())
}

fn described(text: &Text, session: OwnSession) -> SessionView {
    SessionView {
        device: device_words(text, session.device.browser, session.device.system),
        method: method_words(text, &session.amr),
        id: session.sid,
        is_current: session.is_current,
        agent: session.agent,
        address: session.address,
        signed_in: moment(session.signed_in_at),
        last_seen: moment(session.last_seen_at),
        ends: moment(session.ends_at),
        applications: session.applications,
        outlived: session.outlived_until.map(moment),
    }
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let (caller, body) = Visit::posted(request, payload, state, Page::Sessions).await?;
    let visit = match caller {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let params = visit.params(state, &body)?;
    let flash = match typed(&params, "end") {
        "one" => match end_one(visit.owner(state), typed(&params, "session")).await? {
            true => Flash::SessionEnded,
            false => Flash::SessionWasGone,
        },
        "others" => {
            end_others(visit.owner(state), typed(&params, "offline") == "yes").await?;
            Flash::SessionsEnded
        }
        _ => return Err(OAuthError::invalid_request("end must be one or others").into()),
    };
    Ok(visit.done(state, Page::Sessions, flash))
}
