//! `/token`: codes, client authentication, transport, scopes, what tokens say.
mod client_auth;
mod code;
mod scopes;
mod subjects;
mod tokens;
mod transport;
