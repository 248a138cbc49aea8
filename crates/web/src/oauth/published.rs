//! The documents an issuer publishes: metadata and keys.
use crate::error::{self, Answer, Challenge};
use crate::state::State;
use crate::{prefix, respond};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::issuers;

/// RFC 8414 section 3, OpenID Connect Discovery section 4.
pub(crate) async fn metadata(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match prefix::issuer(&request, &state).await {
        Ok(issuer) => respond::document(&request, &issuer.metadata, respond::METADATA_SECONDS),
        Err(answer) => error::json(&request, &state, answer, Challenge::Basic),
    }
}

/// RFC 7517 section 5.
pub(crate) async fn jwks(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match keys(&request, &state).await {
        Ok(response) => response,
        Err(answer) => error::json(&request, &state, answer, Challenge::Basic),
    }
}

async fn keys(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let issuer = prefix::issuer(request, state).await?;
    let document = issuers::jwks(&state.deps, &issuer).await?;
    let seconds = state.deps.settings.keys.jwks_cache_seconds;
    Ok(respond::document(request, &document, seconds))
}
