//! Building answers: every JSON document and every page gets its headers here.
use crate::error::Answer;
use crate::pages::Shell;
use crate::state::State;
use crate::text::Text;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION,
    PRAGMA, REFERRER_POLICY, RETRY_AFTER, VARY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use grantor_flows::issuers::Published;

/// What our pages need, and nothing more (pages are complete without scripts).
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A file whose name changes with its content.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Seconds a metadata document may be cached.
pub(crate) const METADATA_SECONDS: u32 = 300;

/// A JSON answer nobody may keep (RFC 6749 section 5.1).
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::with_body(status, BoxBody::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Done, and nothing to say (RFC 7009 section 2.2).
pub(crate) fn empty() -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(()));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A public document with a validator that may be kept for `seconds` (O-192).
pub(crate) fn document(request: &HttpRequest, published: &Published, seconds: u32) -> HttpResponse {
    let etag = published.etag.as_str();
    let known = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let matches = known.is_some_and(|k| k == "*" || k.split(',').any(|t| t.trim().trim_start_matches("W/") == etag));
    let mut builder = HttpResponse::build(if matches {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    builder
        .insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")))
        .insert_header((ETAG, etag));
    builder.insert_header(("access-control-allow-origin", "*"));
    if matches {
        return builder.finish();
    }
    builder
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(published.body.clone())
}

/// A page; never cached, never framed, never a referrer.
pub(crate) fn page(status: StatusCode, html: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((VARY, "Accept-Language"))
        .body(html)
}

/// A page that may fail to render.
pub(crate) fn rendered(status: StatusCode, html: Result<String, askama::Error>) -> Result<HttpResponse, Answer> {
    html.map(|h| page(status, h))
        .map_err(|e| Answer::internal(format!("page: {e}")))
}

/// The answer with the seconds after which to come back.
pub(crate) fn waiting(mut response: HttpResponse, seconds: Option<u64>) -> HttpResponse {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A redirect: 302 after a GET, 303 after a POST; never 307 or 308, which repeat the body (O-301).
pub(crate) fn redirect(status: StatusCode, location: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .finish()
}

/// What every page has around it.
pub(crate) fn shell(request: &HttpRequest, state: &State, ui_locales: Option<&str>) -> Shell {
    let accepted = request.headers().get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    Shell {
        text: Text::negotiate(ui_locales, accepted),
        request_id: request_id(request, state),
        base_path: state.settings.base_path.clone(),
        product: state.settings.product.clone(),
        environment: state.settings.environment.clone(),
    }
}

struct RequestId(String);

/// The reference error pages show and log lines carry; the same throughout a request.
pub(crate) fn request_id(request: &HttpRequest, state: &State) -> String {
    let mut extensions = request.extensions_mut();
    if let Some(RequestId(id)) = extensions.get() {
        return id.clone();
    }
    let id: String = state.deps.random::<8>().iter().map(|b| format!("{b:02x}")).collect();
    extensions.insert(RequestId(id.clone()));
    id
}
