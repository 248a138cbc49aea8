//! The errors of the Configuration API: the same statuses in a shape of their own (behaviours.md 1.1).
use super::{Answer, Challenge, REQUEST_ID, challenges, finish, log, told_to_machines};
use crate::respond;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::management::ManagementRefusal;
use grantor_protocol::management::error::{Detail, ManagementErrorBody};
use grantor_protocol::{OAuthError, OAuthErrorCode};

/// Why an operation was not done.
pub(crate) enum NotDone {
    Refused(ManagementRefusal),
    /// The request cannot be read.
    Unreadable(StatusCode, String),
}

impl<T: Into<ManagementRefusal>> From<T> for NotDone {
    fn from(refusal: T) -> Self {
        Self::Refused(refusal.into())
    }
}

/// The JSON answer of an operation that did not do what was asked.
pub(crate) fn management(
    request: &HttpRequest,
    state: &State,
    answered: NotDone,
    challenge: Challenge,
) -> HttpResponse {
    let refusal = match answered {
        NotDone::Refused(refusal) => refusal,
        NotDone::Unreadable(status, text) => {
            let error = OAuthError::invalid_request(text);
            let mut response = answer(request, state, (status, &error), &[]);
            finish(&mut response, None);
            return response;
        }
    };
    let (status, error, wait, details) = match refusal {
        ManagementRefusal::Refusal(refusal) => {
            let (status, error, wait) = told_to_machines(Answer::Refusal(refusal));
            (status, error, wait, vec![])
        }
        ManagementRefusal::Missing(detail) => {
            let error = OAuthError::invalid_request("there is nothing of this kind and id");
            (StatusCode::NOT_FOUND, error, None, vec![detail])
        }
        ManagementRefusal::Forbidden(text) => {
            let error = OAuthError::new(OAuthErrorCode::AccessDenied, text);
            (StatusCode::FORBIDDEN, error, None, vec![])
        }
        ManagementRefusal::Conflict(text) => (StatusCode::CONFLICT, OAuthError::invalid_request(text), None, vec![]),
        ManagementRefusal::Changed => {
            let text = "the record has changed since; read it again";
            let error = OAuthError::invalid_request(text);
            (StatusCode::PRECONDITION_FAILED, error, None, vec![])
        }
        ManagementRefusal::Invalid(detail) => {
            let error = OAuthError::invalid_request("a field of the request is wrong");
            (StatusCode::BAD_REQUEST, error, None, vec![detail])
        }
    };
    let mut response = answer(request, state, (status, &error), &details);
    let headers = response.headers_mut();
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        for value in challenges(&error, challenge) {
            if let Ok(value) = value.parse() {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
    }
    finish(&mut response, wait);
    response
}

/// A method the path does not have.
pub(crate) fn management_method(request: &HttpRequest, state: &State, allowed: &str) -> HttpResponse {
    let error = OAuthError::invalid_request(format!("the method must be {}", allowed.replace(", ", " or ")));
    let mut response = answer(request, state, (StatusCode::METHOD_NOT_ALLOWED, &error), &[]);
    if let Ok(value) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

fn answer(
    request: &HttpRequest,
    state: &State,
    (status, error): (StatusCode, &OAuthError),
    details: &[Detail],
) -> HttpResponse {
    log(request, state, status, error);
    let body = ManagementErrorBody {
        code: code_of(status),
        message: &error.description,
        details,
    };
    let mut response = respond::json(status, serde_json::to_vec(&body).unwrap_or_default());
    if let Ok(value) = respond::request_id(request, state).parse() {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PRECONDITION_FAILED => "precondition_failed",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::PAYLOAD_TOO_LARGE => "payload_too_large",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        status if status.is_client_error() => "bad_request",
        _ => "internal",
    }
}
