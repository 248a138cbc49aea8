//! The management listener: probes and metrics for operators, on an address of their own.
//!
//! Owns: what is answered there, and nothing else answers there. Does not own: the listener (`server`), what is counted
//! (`flows::metrics`, `measure`). It holds no name of a tenant, realm, client or user, and no secret (O-272).
mod exposition;
mod health;
mod metrics;

pub use health::{Health, Process};

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpResponse, web};

/// What Prometheus asks for in version 0.0.4 of its text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What can be asked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Whether the process is alive.
    Live,
    /// Whether it is to be sent requests.
    Ready,
    /// Whether its start is complete.
    Startup,
    Metrics,
}

impl Probe {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::Live, Self::Ready, Self::Startup, Self::Metrics];

    /// Where it is asked.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Live => "/livez",
            Self::Ready => "/readyz",
            Self::Startup => "/startupz",
            Self::Metrics => "/metrics",
        }
    }

    fn answer(self, health: &Health) -> HttpResponse {
        match self {
            Self::Live => said(Ok(())),
            Self::Ready => said(health.ready()),
            Self::Startup => said(health.is_started()),
            Self::Metrics => plain(StatusCode::OK, METRICS, metrics::page(health)),
        }
    }
}

/// Mounts everything that answers there, and the 404 of everything else. Wants [`Health`] in the application's data.
pub fn configure(config: &mut web::ServiceConfig) {
    for probe in Probe::ALL.iter().copied() {
        let answer = move |health: web::Data<Health>| async move { probe.answer(&health) };
        let resource = web::resource(probe.path())
            .route(web::get().to(answer))
            .route(web::head().to(answer))
            .default_service(web::to(not_allowed));
        config.service(resource);
    }
    config.default_service(web::to(not_found));
}

/// 200, or 503 and why.
fn said(well: Result<(), &str>) -> HttpResponse {
    match well {
        Ok(()) => plain(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{reason}\n")),
    }
}

async fn not_allowed() -> HttpResponse {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET or HEAD\n".to_owned());
    let allow = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, allow);
    response
}

async fn not_found() -> HttpResponse {
    plain(StatusCode::NOT_FOUND, PLAIN, "not found\n".to_owned())
}

fn plain(status: StatusCode, kind: &'static str, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}
