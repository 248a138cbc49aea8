//! Tests of the protocol endpoints, a folder or file an endpoint.
mod authorize;
mod bearer;
mod cors;
pub(crate) mod hostile_text;
mod introspect;
mod keys;
mod published;
mod revoke;
mod smoke;
mod token;
mod userinfo;
