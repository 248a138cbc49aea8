//! `POST /revoke` (RFC 7009 section 2), as a form or as JSON.
use crate::error::{self, Answer, Challenge};
use crate::state::State;
use crate::{address, cors, prefix, read, respond};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::revoke::revoke as end;
use grantor_protocol::OAuthError;
use grantor_protocol::client_auth::{Presented, presented};
use grantor_protocol::form::Params;
use grantor_protocol::presented_token::presented_token;

pub(crate) async fn revoke(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let issuer = match prefix::issuer(&request, &state).await {
        Ok(issuer) => issuer,
        Err(answer) => return error::json(&request, &state, answer, Challenge::BasicOrBearer),
    };
    let mut client_id = None;
    let response = match answer(&request, payload, &state, &issuer, &mut client_id).await {
        Ok(()) => respond::empty(),
        Err(answer) => error::json(&request, &state, answer, Challenge::BasicOrBearer),
    };
    cors::allow_client(&request, &state, (&issuer.issuer.key, client_id.as_deref()), response).await
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    issuer: &IssuerEntry,
    client_id: &mut Option<String>,
) -> Result<(), Answer> {
    let form = read::form_or_json(request, payload, state).await?;
    let params = Params::parse(&form).map_err(OAuthError::from)?;
    let authorization = read::authorization(request);
    let presented = presented(&authorization, &params)?;
    if let Presented::Client(credentials) = &presented
        && request.headers().contains_key("origin")
    {
        *client_id = Some(credentials.client_id().to_owned());
    }
    let token = presented_token(&params)?;
    let from = address::of(request, state);
    Ok(end(&state.deps, issuer, &presented, token, &from).await?)
}
