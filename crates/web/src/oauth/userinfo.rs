//! `GET` and `POST /userinfo` (OpenID Connect Core section 5.3).
use crate::error::{self, Answer, Challenge};
use crate::read::BodyType;
use crate::state::State;
use crate::{cors, prefix, read, respond};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::Refusal;
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::userinfo::userinfo as describe;
use grantor_protocol::bearer::{bearer, bearer_from};
use grantor_protocol::form::Params;
use grantor_protocol::{OAuthError, OAuthErrorCode};

/// The answer and the client it is about, for CORS.
type Described = (Vec<u8>, String);

pub(crate) async fn userinfo(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let issuer = match prefix::issuer(&request, &state).await {
        Ok(issuer) => issuer,
        Err(answer) => return error::json(&request, &state, answer, Challenge::Bearer),
    };
    let (response, client_id) = match answer(&request, payload, &state, &issuer).await {
        Ok((body, client_id)) => (respond::json(StatusCode::OK, body), Some(client_id)),
        Err(None) => {
            let error = OAuthError::new(
                OAuthErrorCode::InvalidToken,
                "an access token is needed in the Authorization header",
            );
            (error::json(&request, &state, error.into(), Challenge::BareBearer), None)
        }
        Err(Some(answer)) => (error::json(&request, &state, answer, Challenge::Bearer), None),
    };
    let key = &issuer.issuer.key;
    match client_id {
        Some(id) => cors::allow_client(&request, &state, (key, Some(&id)), response).await,
        None => cors::allow_realm(&request, &state, key, response).await,
    }
}

/// `Err(None)`: no token was sent at all (RFC 6750 section 3.1).
async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    issuer: &IssuerEntry,
) -> Result<Described, Option<Answer>> {
    let refuse = |error: OAuthError| Some(Answer::from(error));
    let authorization = read::authorization(request);
    let form_sent = request.method() == Method::POST && read::body_type(request) == Some(BodyType::Form);
    let body = if form_sent {
        read::body(payload, state).await.map_err(Some)?
    } else {
        web::Bytes::new()
    };
    let token = if form_sent {
        let params = Params::parse(&body).map_err(|e| refuse(e.into()))?;
        bearer_from(&authorization, Some(&params))
            .map_err(refuse)?
            .map(str::to_owned)
    } else {
        bearer(&authorization).map_err(refuse)?.map(str::to_owned)
    };
    let Some(token) = token else { return Err(None) };
    let (claims, client_id) = describe(&state.deps, issuer, &token)
        .await
        .map_err(|r: Refusal| Some(Answer::from(r)))?;
    let body = serde_json::to_vec(&claims).map_err(|e| Some(Answer::internal(e.to_string())))?;
    Ok((body, client_id))
}
