//! `POST /introspect` (RFC 7662 section 2), as a form or as JSON.
use crate::error::{self, Answer, Challenge};
use crate::state::State;
use crate::{address, prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::introspect::introspect as describe;
use grantor_protocol::OAuthError;
use grantor_protocol::client_auth::presented;
use grantor_protocol::form::Params;
use grantor_protocol::presented_token::presented_token;

pub(crate) async fn introspect(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    match answer(&request, payload, &state).await {
        Ok(body) => respond::json(StatusCode::OK, body),
        Err(answer) => error::json(&request, &state, answer, Challenge::BasicOrBearer),
    }
}

async fn answer(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<Vec<u8>, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    let form = read::form_or_json(request, payload, state).await?;
    let params = Params::parse(&form).map_err(OAuthError::from)?;
    let token = presented_token(&params)?;
    let authorization = read::authorization(request);
    let presented = presented(&authorization, &params)?;
    let from = address::of(request, state);
    Ok(describe(&state.deps, &issuer, &presented, token, &from).await?)
}
