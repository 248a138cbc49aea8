//! The routes: one mount under three prefixes (architecture, section 4), and what answers everything else.
use crate::api::configuration;
use crate::error::{self, Answer, Challenge, PageDetail};
use crate::interact::{consent, go_on, sign_in, sign_out};
use crate::oauth::{authorize, introspect, published, revoke, token, userinfo};
use crate::pages::ErrorKind;
use crate::state::State;
use crate::{account, assets, cors, respond};
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
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
    config.service(page("/", web::get().to(front), None));
    let application = web::scope(APPLICATION)
        .configure(issuer)
        .configure(configuration::of_application);
    let realm = web::scope(REALM).configure(issuer).configure(configuration::of_realm);
    config.configure(configuration::of_tenants);
    for issuer in [application, realm] {
        config.service(issuer.default_service(web::to(not_found)));
    }
    config.service(
        web::resource("/assets/{name}")
            .route(web::get().to(asset))
            .route(web::head().to(asset))
            .default_service(web::to(only_get)),
    );
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
    for prefix in prefixes {
        for name in ["oauth-authorization-server", "openid-configuration"] {
            config.service(document(
                &format!("/.well-known/{name}{base_path}{prefix}"),
                web::get().to(published::metadata),
                web::head().to(published::metadata),
            ));
        }
    }
}

/// Every route of an issuer, the busiest first. The same for all three prefixes.
fn issuer(config: &mut web::ServiceConfig) {
    config.configure(machines).configure(pages).configure(documents);
}

/// What machines call.
fn machines(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/token")
                .route(web::post().to(token::token))
                .route(web::method(Method::OPTIONS).to(cors::preflight))
                .default_service(web::to(only_post)),
        )
        .service(
            web::resource("/introspect")
                .route(web::post().to(introspect::introspect))
                .default_service(web::to(only_post)),
        )
        .service(
            web::resource("/revoke")
                .route(web::post().to(revoke::revoke))
                .route(web::method(Method::OPTIONS).to(cors::preflight))
                .default_service(web::to(only_post)),
        )
        .service(
            web::resource("/userinfo")
                .route(web::get().to(userinfo::userinfo))
                .route(web::post().to(userinfo::userinfo))
                .route(web::method(Method::OPTIONS).to(cors::preflight))
                .default_service(web::to(only_userinfo)),
        );
}

/// What people and their browsers go through.
fn pages(config: &mut web::ServiceConfig) {
    config
        .service(page(
            "/authorize",
            web::get().to(authorize::get),
            Some(web::post().to(authorize::post)),
        ))
        .service(page(
            "/login",
            web::get().to(sign_in::get),
            Some(web::post().to(sign_in::post)),
        ))
        .service(page(
            "/consent",
            web::get().to(consent::get),
            Some(web::post().to(consent::post)),
        ))
        .service(page(
            "/logout",
            web::get().to(sign_out::get),
            Some(web::post().to(sign_out::post)),
        ))
        .service(page("/continue", web::get().to(go_on::go_on), None))
        .service(page("/restart", web::get().to(go_on::restart), None))
        .configure(account::mount);
}

/// What the issuer publishes.
fn documents(config: &mut web::ServiceConfig) {
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        config.service(document(
            path,
            web::get().to(published::metadata),
            web::head().to(published::metadata),
        ));
    }
    for path in ["/jwks", "/.well-known/jwks.json"] {
        config.service(document(
            path,
            web::get().to(published::jwks),
            web::head().to(published::jwks),
        ));
    }
}

fn document(path: &str, get: actix_web::Route, head: actix_web::Route) -> Resource {
    web::resource(path)
        .route(get)
        .route(head)
        .route(web::method(Method::OPTIONS).to(cors::public_preflight))
        .default_service(web::to(only_get))
}

pub(crate) fn page(path: &str, get: actix_web::Route, post: Option<actix_web::Route>) -> Resource {
    let resource = web::resource(path).route(get);
    match post {
        Some(post) => resource.route(post).default_service(web::to(only_get_and_post)),
        // A look by HEAD would be a step: `/continue` may end in a code.
        None => resource.default_service(web::to(only_get_no_head)),
    }
}

/// There is nothing to see at the root yet; whoever looks finds what the server speaks.
async fn front(state: web::Data<State>) -> HttpResponse {
    let path = format!("{}/.well-known/openid-configuration", state.settings.base_path);
    respond::redirect(StatusCode::FOUND, &path)
}

async fn only_post(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    not_allowed_to_machines(&request, &state, "POST")
}

async fn only_userinfo(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    not_allowed_to_machines(&request, &state, "GET, POST")
}

async fn only_get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    not_allowed(&request, &state, "GET, HEAD")
}

async fn only_get_no_head(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    not_allowed(&request, &state, "GET")
}

async fn only_get_and_post(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    not_allowed(&request, &state, "GET, POST")
}

fn not_allowed(request: &HttpRequest, state: &State, allow: &'static str) -> HttpResponse {
    let answer = Answer::page(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::MethodNotAllowed,
        PageDetail::default(),
    );
    let mut response = error::page(request, state, answer);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// The same where machines call: JSON, as every other answer there (O-125).
fn not_allowed_to_machines(request: &HttpRequest, state: &State, allow: &'static str) -> HttpResponse {
    let error = OAuthError::invalid_request(format!("the method must be {}", allow.replace(", ", " or ")));
    let answer = Answer::Status(StatusCode::METHOD_NOT_ALLOWED, error);
    let mut response = error::json(request, state, answer, Challenge::Basic);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

async fn not_found(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    error::page(&request, &state, Answer::NotFound)
}

async fn asset(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
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
