//! CORS where a browser needs it: token, revocation and userinfo for the client's own origins, published documents for all. Nowhere else.
use crate::prefix;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::cors::{client_allows, realm_allows};
use grantor_protocol::issuer::RealmKey;

/// The origin a browser names; `null` is nobody's.
fn origin(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get(ORIGIN)
        .and_then(|v| v.to_str().ok())
        .filter(|o| *o != "null")
}

/// Lets the client's own origins read the answer, errors included.
pub(crate) async fn allow_client(
    request: &HttpRequest,
    state: &State,
    (key, client_id): (&RealmKey, Option<&str>),
    mut response: HttpResponse,
) -> HttpResponse {
    let Some(origin) = origin(request) else { return response };
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    let Some(client_id) = client_id else { return response };
    if matches!(client_allows(&state.deps, key, client_id, origin).await, Ok(true)) {
        allow(&mut response, origin);
        expose(&mut response);
    }
    response
}

/// Lets the origins of every client of the realm read an answer that is about none of them: a refusal of userinfo, without which
/// a single-page application could not tell that its token has expired.
pub(crate) async fn allow_realm(
    request: &HttpRequest,
    state: &State,
    key: &RealmKey,
    mut response: HttpResponse,
) -> HttpResponse {
    let Some(origin) = origin(request) else { return response };
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    if matches!(realm_allows(&state.deps, key, origin).await, Ok(true)) {
        allow(&mut response, origin);
        expose(&mut response);
    }
    response
}

/// The preflight of token, revocation and userinfo. It names no client: any client's origin of the realm may ask.
pub(crate) async fn preflight(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((VARY, "Origin"))
        .finish();
    let (Some(origin), Ok(issuer)) = (origin(&request), prefix::issuer(&request, &state).await) else {
        return response;
    };
    if matches!(realm_allows(&state.deps, &issuer.issuer.key, origin).await, Ok(true)) {
        allow(&mut response, origin);
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Authorization, Content-Type"),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

/// The preflight of a published document.
pub(crate) async fn public_preflight() -> HttpResponse {
    HttpResponse::build(StatusCode::NO_CONTENT)
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "600"))
        .finish()
}

fn allow(response: &mut HttpResponse, origin: &str) {
    if let Ok(value) = HeaderValue::from_str(origin) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
    }
}

fn expose(response: &mut HttpResponse) {
    response.headers_mut().insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, Retry-After"),
    );
}
