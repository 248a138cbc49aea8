//! The HTTP test binary: one program, folders that mirror the URL tree. Tests speak in actors and go through HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::too_many_lines, reason = "a table test is as long as its table")]

mod account;
mod app;
mod apply;
mod architecture;
mod doors;
mod interact;
mod invariants;
mod isolation;
mod management;
mod model;
mod oauth;
mod operate;
mod redis;
mod replicas;
mod rights;
mod setup;
