//! `POST /token` (RFC 6749 section 3.2): a form in, JSON out.
use crate::error::{self, Answer, Challenge};
use crate::state::State;
use crate::{address, cors, prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::token::exchange;
use grantor_protocol::OAuthError;
use grantor_protocol::client_auth::{Presented, presented};
use grantor_protocol::form::Params;
use grantor_protocol::token::parse;
use grantor_protocol::words::GrantType;

pub(crate) async fn token(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let issuer = match prefix::issuer(&request, &state).await {
        Ok(issuer) => issuer,
        Err(answer) => return error::json(&request, &state, answer, Challenge::Basic),
    };
    let mut read = Read::default();
    let answered = answer(&request, payload, &state, &issuer, &mut read).await;
    let requests = &state.deps.metrics.token_requests;
    requests.add_one((read.grant, answered.as_ref().err().map(Answer::code)));
    let response = match answered {
        Ok(body) => respond::json(StatusCode::OK, body),
        Err(answer) => error::json(&request, &state, answer, Challenge::Basic),
    };
    let client = (&issuer.issuer.key, read.client_id.as_deref());
    cors::allow_client(&request, &state, client, response).await
}

/// What was read of a request, also of one that is refused.
#[derive(Default)]
struct Read {
    /// Of a browser's request alone.
    client_id: Option<String>,
    grant: Option<GrantType>,
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    issuer: &IssuerEntry,
    seen: &mut Read,
) -> Result<Vec<u8>, Answer> {
    read::forbid_query(request)?;
    read::require_form(request)?;
    let body = read::body(payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    seen.grant = params.get("grant_type").ok().flatten().and_then(GrantType::parse);
    let authorization = read::authorization(request);
    let Presented::Client(credentials) = presented(&authorization, &params)? else {
        return Err(OAuthError::invalid_client("a bearer at the token endpoint").into());
    };
    if request.headers().contains_key("origin") {
        seen.client_id = Some(credentials.client_id().to_owned());
    }
    let parsed = parse(&params)?;
    let from = address::of(request, state);
    let response = exchange(&state.deps, issuer, &credentials, parsed, &from).await?;
    serde_json::to_vec(&response).map_err(|e| Answer::internal(e.to_string()))
}
