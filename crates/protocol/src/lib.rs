//! The words and rules of the specifications: parse, validate, decide. Values in, values out.
//!
//! Owns: OAuth 2.0 / OpenID Connect vocabulary, request parsing, every rule that decides a request, the wire formats.
//! Does not own: IO, async, clocks, randomness, keys, databases, HTTP. Every public function can be called from a table test.

pub mod account;
pub mod apply;
pub mod authorize;
pub mod bearer;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod error;
pub mod events;
pub mod form;
pub mod introspect;
pub mod issuer;
pub mod json;
pub mod management;
pub mod metadata;
pub mod pkce;
pub mod presented_token;
pub mod redirect_uri;
pub mod resource_server;
pub mod scope;
pub mod sign_in;
pub mod signing_keys;
pub mod time;
pub mod token;
pub mod user;
pub mod words;

pub use error::{OAuthError, OAuthErrorCode};
pub use time::UnixMillis;
