//! `POST /introspect` (RFC 7662 section 2), as a form or as JSON.
use crate::error::{self, Answer, Challenge};
use crate::read::BodyType;
use crate::state::State;
use crate::{address, prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::introspect::introspect as describe;
use grantor_protocol::OAuthError;
use grantor_protocol::client_auth::presented;
use grantor_protocol::form::{Params, from_json};

pub(crate) async fn introspect(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    match answer(&request, payload, &state).await {
        Ok(body) => respond::json(StatusCode::OK, body),
        Err(answer) => error::json(&request, &state, answer, Challenge::BasicOrBearer),
    }
}

async fn answer(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<Vec<u8>, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    read::forbid_query(request)?;
    let body = read::body(payload, state).await?;
    let form = match read::body_type(request) {
        Some(BodyType::Form) => body,
        Some(BodyType::Json) => from_json(&body)?.into(),
        None => return Err(OAuthError::invalid_request("the body must be a form or JSON").into()),
    };
    let params = Params::parse(&form).map_err(OAuthError::from)?;
    params.check_no_repetition()?;
    let authorization = read::authorization(request);
    let presented = presented(&authorization, &params)?;
    let from = address::of(request, state);
    // An empty token is a token nobody has (O-169); a missing one is no request at all.
    let token = match params.get("token").map_err(OAuthError::from)? {
        Some(token) => token,
        None if params.has("token") => "",
        None => return Err(OAuthError::invalid_request("token is missing").into()),
    };
    Ok(describe(&state.deps, &issuer, &presented, token, &from).await?)
}
