//! HTTP: routes, extractors, cookies, forms, pages, and the one place where an error becomes an answer.
//!
//! Owns: everything an HTTP server knows. Does not own: rules (`protocol`), use cases (`flows`).
//! Paths: every endpoint of the table `endpoints` is mounted by `routes` under the three prefixes of an issuer; assets under `/assets`.

mod account;
mod address;
mod api;
pub mod assets;
mod cookie_header;
mod cookies;
mod cors;
mod endpoints;
mod error;
mod interact;
mod measure;
mod oauth;
pub mod operate;
pub mod pages;
mod prefix;
mod read;
mod respond;
mod routes;
mod scopes;
mod state;
pub mod text;

pub use address::behind_proxies;
pub use api::configuration::openapi::document as openapi;
pub use cookie_header::only_cookie;
pub use endpoints::{Access, Endpoint, Place};
pub use measure::Requests;
pub use routes::{configure, default_headers};
pub use state::{State, WebSettings};
