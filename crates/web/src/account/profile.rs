//! `/account/profile`: what people may say of themselves (A2).
use super::{Caller, Page, Visit, typed};
use crate::error::{self, Answer};
use crate::pages::{AccountProfile, Flash, ProfileField};
use crate::respond;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::save_profile;
use grantor_protocol::account::{Field, FieldFault, ProfileEdit};

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
    let visit = match Visit::of(request, state, Page::Profile).await? {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let profile = &visit.live.user.profile;
    let values = Field::ALL.map(|field| (field, field.of(profile).unwrap_or_default().to_owned()));
    page(request, state, &visit, &values, &[])
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    let (caller, body) = Visit::posted(request, payload, state, Page::Profile).await?;
    let visit = match caller {
        Caller::In(visit) => visit,
        Caller::Out(away) => return Ok(away),
    };
    let params = visit.params(state, &body)?;
    let values = Field::ALL.map(|field| (field, typed(&params, field.as_str()).to_owned()));
    match ProfileEdit::parse(values.iter().map(|(field, value)| (*field, value.as_str()))) {
        Ok(edit) => {
            save_profile(visit.owner(state), edit).await?;
            Ok(visit.done(state, Page::Profile, Flash::ProfileSaved))
        }
        Err(faults) => page(request, state, &visit, &values, &faults),
    }
}

fn page(
    request: &HttpRequest,
    state: &State,
    visit: &Visit,
    values: &[(Field, String)],
    faults: &[(Field, FieldFault)],
) -> Result<HttpResponse, Answer> {
    let shell = respond::shell(request, state, None);
    let user = &visit.live.user;
    let fault = |field| faults.iter().find(|(f, _)| *f == field).map(|(_, fault)| *fault);
    let field = |(field, value): &(Field, String)| ProfileField::new(&shell.text, *field, value, fault(*field));
    let view = AccountProfile {
        frame: visit.frame(state, &shell),
        action: visit.path(state, Page::Profile),
        csrf: visit.csrf(state),
        username: user.username.clone(),
        email: user.email.clone().unwrap_or_default(),
        email_verified: user.email_verified,
        fields: values.iter().map(field).collect(),
        shell,
    };
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    visit.rendered(state, status, view.render())
}
