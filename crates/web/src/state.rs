//! What every handler is given.
use crate::measure::Requests;
use grantor_flows::Deps;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What admins may set about HTTP.
pub struct WebSettings {
    /// Path of the public URL, under which everything is mounted; empty or `/path`.
    pub base_path: String,
    /// Scheme and host of the public URL: the only origin whose forms are accepted.
    pub origin: String,
    /// Whether the public URL is https, so that cookies are `Secure` and `__Host-`.
    pub https: bool,
    pub product: String,
    /// Shown on pages; `None` in production.
    pub environment: Option<String>,
    /// Whether error pages tell developers details.
    pub dev_mode: bool,
    /// Longest request body, in bytes.
    pub body_bytes: usize,
    /// How long a body may take to arrive.
    pub request_timeout: Duration,
    /// Whether an address is a proxy whose `X-Forwarded-For` is believed.
    pub is_trusted_proxy: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

/// The state of the application.
pub struct State {
    pub deps: Arc<Deps>,
    pub settings: WebSettings,
    /// What is measured of the requests that were answered with this state.
    pub requests: Requests,
}
