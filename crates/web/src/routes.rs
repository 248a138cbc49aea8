//! Mounting the table of endpoints under three prefixes (architecture, section 4), and what answers everything else.
use crate::api::configuration;
use crate::endpoints::{Endpoint, Place, Reader};
use crate::error::{self, Answer, Challenge, PageDetail};
use crate::measure::{Route, Running, UNMATCHED, measured};
use crate::pages::ErrorKind;
use crate::state::State;
use crate::{assets, respond};
use actix_web::dev::HttpServiceFactory;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_protocol::OAuthError;

const REALM: &str = "/v1/tenants/{tenant}/realms/{realm}";
const APPLICATION: &str = "/v1/tenants/{tenant}/realms/{realm}/applications/{application}";

/// Mounts everything under the path of the public URL.
pub fn configure(config: &mut web::ServiceConfig, base_path: &str) {
    if base_path.is_empty() {
        config.configure(everything);
    } else {
        // The well-known part stands before the whole path of an issuer, ours included.
        config.configure(|c| well_known(c, base_path, &["", APPLICATION, REALM]));
        let under = web::scope(base_path).configure(everything);
        config.service(under.default_service(web::to(not_found)));
    }
    config.default_service(web::to(not_found));
}

/// The default realm first: its paths are compared as text, the others are patterns.
fn everything(config: &mut web::ServiceConfig) {
    config
        .configure(issuer)
        .configure(|c| well_known(c, "", &[APPLICATION, REALM]));
    let application = web::scope(APPLICATION)
        .configure(issuer)
        .configure(configuration::of_application);
    let realm = web::scope(REALM).configure(issuer).configure(configuration::of_realm);
    config.configure(configuration::of_tenants);
    for issuer in [application, realm] {
        config.service(issuer.default_service(web::to(not_found)));
    }
    mount(config, Place::Root, |path| vec![path.to_owned()]);
}

/// Headers of every answer, whatever made it; pages bring their own policy (O-202 to O-204).
pub fn default_headers(https: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add(("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))
        .add(("x-content-type-options", "nosniff"))
        .add(("x-frame-options", "DENY"))
        .add(("referrer-policy", "no-referrer"))
        .add(("cross-origin-opener-policy", "same-origin"))
        .add(("permissions-policy", "camera=(), geolocation=(), microphone=()"));
    if https {
        headers.add(("strict-transport-security", "max-age=31536000; includeSubDomains"))
    } else {
        headers
    }
}

/// RFC 8414 section 3.1: the well-known part stands before the path of an issuer that has one.
fn well_known(config: &mut web::ServiceConfig, base_path: &str, prefixes: &[&str]) {
    let paths = |path: &str| prefixes.iter().map(|p| format!("{path}{base_path}{p}")).collect();
    mount(config, Place::BeforeIssuer, paths);
}

/// Every route of an issuer. The same for all three prefixes.
fn issuer(config: &mut web::ServiceConfig) {
    mount(config, Place::Issuer, |path| vec![path.to_owned()]);
}

/// Mounts what stands at `place`, in the order of the table, each at the paths that `paths` makes of its own.
fn mount(config: &mut web::ServiceConfig, place: Place, paths: impl Fn(&str) -> Vec<String>) {
    for endpoint in Endpoint::ALL.iter().filter(|e| e.place() == place) {
        for path in paths(endpoint.path()) {
            config.service(resource(*endpoint, &path));
        }
    }
}

fn resource(endpoint: Endpoint, path: &str) -> impl HttpServiceFactory + use<> {
    let mut resource = web::resource(path);
    for (_, handler) in endpoint.handlers() {
        resource = resource.route(handler);
    }
    if let Some(preflight) = endpoint.preflight() {
        resource = resource.route(preflight);
    }
    let allow = endpoint.methods().join(", ");
    let resource = resource.default_service(web::to(move |request: HttpRequest, state: web::Data<State>| {
        let response = match endpoint.reader() {
            Reader::Program => not_allowed_to_machines(&request, &state, &allow),
            Reader::Manager => error::management_method(&request, &state, &allow),
            Reader::Person => not_allowed(&request, &state, &allow),
        };
        async move { response }
    }));
    measured(resource, Route::of_endpoint(endpoint))
}

/// There is nothing to see at the root yet; whoever looks finds what the server speaks.
pub(crate) async fn front(state: web::Data<State>) -> HttpResponse {
    let path = format!("{}/.well-known/openid-configuration", state.settings.base_path);
    respond::redirect(StatusCode::FOUND, &path)
}

pub(crate) async fn asset(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let name = request.match_info().get("name").unwrap_or_default();
    let Some(asset) = assets::find(&format!("/assets/{name}")) else {
        return error::page(&request, &state, Answer::NotFound);
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, respond::IMMUTABLE))
        .insert_header((ETAG, asset.etag))
        .body(asset.bytes.into_owned())
}

fn not_allowed(request: &HttpRequest, state: &State, allow: &str) -> HttpResponse {
    let answer = Answer::page(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::MethodNotAllowed,
        PageDetail::default(),
    );
    let response = error::page(request, state, answer);
    allowing(response, allow)
}

/// The same where machines call: JSON, as every other answer there (O-125).
fn not_allowed_to_machines(request: &HttpRequest, state: &State, allow: &str) -> HttpResponse {
    let error = OAuthError::invalid_request(format!("the method must be {}", allow.replace(", ", " or ")));
    let answer = Answer::Status(StatusCode::METHOD_NOT_ALLOWED, error);
    let response = error::json(request, state, answer, Challenge::Basic);
    allowing(response, allow)
}

fn allowing(mut response: HttpResponse, allow: &str) -> HttpResponse {
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

async fn not_found(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let running = Running::new(state.clone(), UNMATCHED, request.method());
    let answer = error::page(&request, &state, Answer::NotFound);
    running.answered(answer.status());
    answer
}
