//! The authorization endpoint (RFC 6749 section 4.1, OpenID Connect Core section 3.1.2, RFC 9207): request, next step, response.
mod next_step;
mod request;
mod response;
mod validate;

pub use next_step::{Allowed, BrowserSession, LoginReason, Progress, Situation, Step, next_step};
pub use request::AuthorizationRequest;
pub use response::{ReturnAddress, ReturnFailure};
pub use validate::{CHECKS, Check, Endpoint, Known, validate};

#[cfg(test)]
mod tests;
