//! `/account`: where things stand (A1).
use super::{Caller, Page, Visit, activity, moment};
use crate::error::{self, Answer};
use crate::pages::{AccountHome, HeldApp};
use crate::respond;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::{Show, activity as recent, applications};
use grantor_protocol::events::EventKind;

/// Entries of each list on the first page.
const FEW: usize = 5;
/// Events looked through for the sign-in before this one.
const SIGN_INS: u64 = 20;

pub(crate) async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    show(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let visit = match Visit::of(request, state, Page::Home).await? {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let owner = visit.owner(state);
    let shell = respond::shell(request, state, None);
    let events = recent(owner, Show::All, None, FEW as u64).await?.happened;
    let sign_ins = recent(owner, Show::SignIns, None, SIGN_INS).await?.happened;
    let since = visit.live.session.auth_time;
    let before = sign_ins
        .into_iter()
        .find(|e| e.kind == EventKind::SignInSucceeded && e.at < since);
    let held = applications(owner).await?;
    let view = AccountHome {
        frame: visit.frame(state, &shell),
        name: visit.live.user.profile.name.clone().unwrap_or_default(),
        since: moment(since),
        before: before.map(|e| (moment(e.at), e.address.unwrap_or_default())),
        events: events.into_iter().map(|e| activity::line(&shell.text, e)).collect(),
        apps: held
            .iter()
            .take(FEW)
            .map(|a| HeldApp {
                name: a.entry.client.display_name.clone(),
                used: a.last_used_at.map(moment),
            })
            .collect(),
        more_apps: held.len().saturating_sub(FEW),
        all_events: visit.path(state, Page::Activity),
        all_apps: visit.path(state, Page::Apps),
        shell,
    };
    visit.rendered(state, StatusCode::OK, view.render())
}
