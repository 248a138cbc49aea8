//! `/account/activity`: what happened, newest first (A7).
use super::{Caller, Page, Visit, moment};
use crate::error::{self, Answer};
use crate::pages::{AccountActivity, EventLine, FilterLink, event_words, filter_words};
use crate::respond;
use crate::state::State;
use crate::text::Text;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::{Happened, Show, activity};
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;

/// Events on one page.
const PAGE: u64 = 25;

pub(crate) async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    show(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let visit = match Visit::of(request, state, Page::Activity).await? {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let chosen = Show::parse(super::typed(&params, "show")).unwrap_or(Show::All);
    let after = params.get("after").ok().flatten();
    let found = activity(visit.owner(state), chosen, after, PAGE).await?;
    let shell = respond::shell(request, state, None);
    let path = visit.path(state, Page::Activity);
    let of = |show: Show| format!("{path}?show={}", show.as_str());
    let view = AccountActivity {
        frame: visit.frame(state, &shell),
        filters: Show::ALL
            .map(|show| FilterLink {
                label: filter_words(&shell.text, show.as_str()),
                href: of(show),
                is_chosen: show == chosen,
            })
            .to_vec(),
        next: found.next.map(|next| format!("{}&after={next}", of(chosen))),
        newest: after.is_some().then(|| of(chosen)),
        events: found.happened.into_iter().map(|e| line(&shell.text, e)).collect(),
        shell,
    };
    visit.rendered(state, StatusCode::OK, view.render())
}

/// An event as a line of a list.
pub(super) fn line(text: &Text, event: Happened) -> EventLine {
    let (what, is_good) = event_words(text, event.kind);
    EventLine {
        at: moment(event.at),
        what,
        is_good,
        application: event.application.unwrap_or_default(),
        address: event.address.unwrap_or_default(),
    }
}
