//! `/account/apps`: which applications may use the account, and the end of that (A5).
use super::{Caller, Page, Visit, moment, typed};
use crate::error::{self, Answer};
use crate::pages::{AccountApps, AppView, Flash};
use crate::state::State;
use crate::text::Text;
use crate::{respond, scopes};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::{HeldApplication, applications, withdraw};
use grantor_protocol::redirect_uri::host_of;

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
    let visit = match Visit::of(request, state, Page::Apps).await? {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let shell = respond::shell(request, state, None);
    let held = applications(visit.owner(state)).await?;
    let view = AccountApps {
        frame: visit.frame(state, &shell),
        action: visit.path(state, Page::Apps),
        csrf: visit.csrf(state),
        apps: held.iter().map(|a| described(&shell.text, a)).collect(),
        shell,
    };
    visit.rendered(state, StatusCode::OK, view.render())
}

fn described(text: &Text, held: &HeldApplication) -> AppView {
    let client = &held.entry.client;
    AppView {
        id: client.id.clone(),
        name: client.display_name.clone(),
        uri: client.config.client_uri.clone(),
        host: client
            .config
            .redirect_uris
            .first()
            .map(|uri| host_of(uri))
            .unwrap_or_default(),
        groups: scopes::groups(text, held.entry.resource_server.as_ref(), &held.scope, |_| {
            String::new()
        }),
        granted: moment(held.granted_at),
        used: held.last_used_at.map(moment),
        ends: held.ends_at.map(moment),
        is_offline: held.is_offline,
        is_trusted: held.is_trusted,
    }
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let (caller, body) = Visit::posted(request, payload, state, Page::Apps).await?;
    let visit = match caller {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let params = visit.params(state, &body)?;
    // Somebody may have removed it in another tab: it is as gone as it was to be.
    let flash = match withdraw(visit.owner(state), typed(&params, "application")).await? {
        true => Flash::AppRemoved,
        false => Flash::AppWasGone,
    };
    Ok(visit.done(state, Page::Apps, flash))
}
