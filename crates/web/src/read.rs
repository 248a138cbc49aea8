//! Reading what a request brings, within limits, before anything is looked up.
use crate::error::Answer;
use crate::state::State;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, http::StatusCode};
use grantor_protocol::OAuthError;
use grantor_protocol::form::from_json;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::error::Elapsed;

/// The body, at most as long as set; longer is a 413.
pub(crate) async fn body(payload: Payload, state: &State) -> Result<Bytes, Answer> {
    let reading = payload.to_bytes_limited(state.settings.body_bytes);
    match within(state.settings.request_timeout, reading).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(OAuthError::invalid_request("the body could not be read").into()),
        Ok(Err(_)) => {
            let text = format!("the body is longer than {} bytes", state.settings.body_bytes);
            Err(Answer::Status(
                StatusCode::PAYLOAD_TOO_LARGE,
                OAuthError::invalid_request(text),
            ))
        }
        Err(_) => {
            let text = "the body took too long to arrive";
            Err(Answer::Status(
                StatusCode::REQUEST_TIMEOUT,
                OAuthError::invalid_request(text),
            ))
        }
    }
}

/// `Elapsed` when `reading` takes longer than `limit`. A body that comes with its headers is handed over between the first two
/// polls, so only one that does not costs a timer.
async fn within<F: Future>(limit: Duration, reading: F) -> Result<F::Output, Elapsed> {
    let mut reading = pin!(reading);
    let mut polled = false;
    let at_once = poll_fn(|context| match reading.as_mut().poll(context) {
        Poll::Ready(read) => Poll::Ready(Some(read)),
        Poll::Pending if polled => Poll::Ready(None),
        Poll::Pending => {
            polled = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match at_once.await {
        Some(read) => Ok(read),
        None => tokio::time::timeout(limit, reading).await,
    }
}

/// What a body is labelled as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyType {
    Form,
    Json,
}

/// RFC 6749 appendix B; parameters such as a charset are allowed, nothing is sniffed.
pub(crate) fn body_type(request: &HttpRequest) -> Option<BodyType> {
    let mut all = request.headers().get_all(CONTENT_TYPE);
    let value = all.next()?.to_str().ok()?;
    if all.next().is_some() {
        return None;
    }
    let essence = value.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    match () {
        () if is("application/x-www-form-urlencoded") => Some(BodyType::Form),
        () if is("application/json") => Some(BodyType::Json),
        () => None,
    }
}

/// A form and nothing else.
pub(crate) fn require_form(request: &HttpRequest) -> Result<(), OAuthError> {
    if body_type(request) == Some(BodyType::Form) {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "the body must be application/x-www-form-urlencoded",
    ))
}

/// The body of an endpoint that takes a form or a flat JSON object by its label (V-05), as a form either way.
pub(crate) async fn form_or_json(request: &HttpRequest, payload: Payload, state: &State) -> Result<Bytes, Answer> {
    forbid_query(request)?;
    let body = body(payload, state).await?;
    match body_type(request) {
        Some(BodyType::Form) => Ok(body),
        Some(BodyType::Json) => Ok(from_json(&body)?.into()),
        None => Err(OAuthError::invalid_request("the body must be a form or JSON").into()),
    }
}

/// RFC 6749 section 3.2 and 2.3.1: parameters stand in the body, credentials never in the URL.
pub(crate) fn forbid_query(request: &HttpRequest) -> Result<(), OAuthError> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "parameters belong into the body, not into the URL",
    ))
}

/// Every Authorization header, as sent.
pub(crate) fn authorization(request: &HttpRequest) -> Vec<&[u8]> {
    request.headers().get_all(AUTHORIZATION).map(|v| v.as_bytes()).collect()
}
