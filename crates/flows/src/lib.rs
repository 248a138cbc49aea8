//! Use cases: load, one rule, apply. One file a use case; shared phases live in their dispatcher.
//!
//! Owns: the order of things, transactions, caches, jobs. Does not own: rules (`protocol`), cryptography (`jose`), SQL (`store`),
//! anything of an HTTP server (`web`).

pub mod access_token;
pub mod account;
pub mod apply;
pub mod authorize;
pub mod bearer;
pub mod catalog;
pub mod client_auth;
pub mod client_secret;
pub mod consent;
pub mod cors;
pub mod counters;
mod deps;
mod devices;
pub mod export;
mod feed;
pub mod install;
pub mod interaction;
pub mod introspect;
pub mod issuers;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod management;
pub mod master_key;
pub mod metrics;
pub mod page_token;
pub mod passwords;
pub mod refresh_tokens;
mod refusal;
pub mod revocations;
pub mod revoke;
mod roles;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod signing_keys;
pub mod tally;
pub mod token;
mod token_id;
pub mod userinfo;

pub use deps::{Clock, Deps, Entropy, KeySettings, MasterKeys, Parts, Settings};
pub use refusal::Refusal;
