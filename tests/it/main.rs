//! The HTTP test binary: one program, folders that mirror the URL tree. Tests speak in actors and go through HTTP.
mod app;
mod apply;
mod architecture;
mod interact;
mod invariants;
mod oauth;
