//! `/token`: codes, refresh tokens, client authentication, transport, scopes, what tokens say.
mod client_auth;
mod code;
mod refresh;
mod scopes;
mod subjects;
mod tokens;
mod transport;
