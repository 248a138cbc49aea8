//! The one place where an error becomes a status, headers and a body (architecture, invariant 4).
mod management;

pub(crate) use management::{NotDone, management, management_method};

use crate::pages::{ErrorKind, ErrorPage};
use crate::respond;
use crate::state::State;
use actix_web::http::header::{HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::Refusal;
use grantor_flows::authorize::Return;
use grantor_protocol::error::ErrorBody;
use grantor_protocol::{OAuthError, OAuthErrorCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a caller can quote; the log line of the refusal carries the same. Pages show it as their reference.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that is not a success.
pub(crate) enum Answer {
    Refusal(Refusal),
    /// A specification's error with another status than usual.
    Status(StatusCode, OAuthError),
    NotFound,
    /// A page and what developers may read on it.
    Page(StatusCode, ErrorKind, Box<PageDetail>),
}

/// What an error page says beside its kind.
#[derive(Default)]
pub(crate) struct PageDetail {
    pub(crate) rows: Vec<(String, String)>,
    pub(crate) home: Option<(String, String)>,
    pub(crate) restart: Option<String>,
    /// For the log alone.
    pub(crate) cause: String,
    /// The specification's code, for the log; `invalid_request` when there is none.
    pub(crate) code: Option<OAuthErrorCode>,
}

impl Answer {
    /// The specification's code, for counting; a page without one is `invalid_request`.
    pub(crate) fn code(&self) -> OAuthErrorCode {
        match self {
            Self::Refusal(Refusal::OAuth(error)) | Self::Status(_, error) => error.code,
            Self::Refusal(Refusal::TooMany(_)) => OAuthErrorCode::TemporarilyUnavailable,
            Self::NotFound => OAuthErrorCode::InvalidRequest,
            Self::Page(_, _, detail) => detail.code.unwrap_or(OAuthErrorCode::InvalidRequest),
        }
    }
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        Self::Refusal(Refusal::OAuth(OAuthError::server_error(cause)))
    }
    pub(crate) fn page(status: StatusCode, kind: ErrorKind, detail: PageDetail) -> Self {
        Self::Page(status, kind, Box::new(detail))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<OAuthError> for Answer {
    fn from(error: OAuthError) -> Self {
        Self::Refusal(Refusal::OAuth(error))
    }
}

/// How the caller is to prove itself, for `WWW-Authenticate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// RFC 6749 section 5.2.
    Basic,
    /// RFC 6750 section 3, where a client or a bearer may call.
    BasicOrBearer,
    /// RFC 6750 section 3.
    Bearer,
    /// RFC 6750 section 3.1: no credentials were sent, so no error is named.
    BareBearer,
}

/// The JSON answer of an endpoint that machines call.
pub(crate) fn json(request: &HttpRequest, state: &State, answer: Answer, challenge: Challenge) -> HttpResponse {
    let (status, error, wait) = told_to_machines(answer);
    log(request, state, status, &error);
    let body = serde_json::to_vec(&ErrorBody::from(&error)).unwrap_or_default();
    let mut response = respond::json(status, body);
    let headers = response.headers_mut();
    // A token that is good and not enough was presented as a bearer, whatever else may be (RFC 6750 section 3.1).
    let challenge = match error.code {
        OAuthErrorCode::InsufficientScope | OAuthErrorCode::AccessDenied => Challenge::Bearer,
        _ => challenge,
    };
    if status == StatusCode::UNAUTHORIZED || challenge == Challenge::Bearer && status.is_client_error() {
        for value in challenges(&error, challenge) {
            if let Ok(value) = value.parse() {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
    }
    if let Ok(value) = respond::request_id(request, state).parse() {
        headers.insert(REQUEST_ID, value);
    }
    finish(&mut response, wait);
    response
}

/// Status, error, and seconds to wait.
fn told_to_machines(answer: Answer) -> (StatusCode, OAuthError, Option<i64>) {
    match answer {
        Answer::Refusal(Refusal::OAuth(error)) => (status_of(error.code), error, None),
        Answer::Refusal(Refusal::TooMany(seconds)) => {
            let text = "too many failed requests; wait and try again";
            let error = OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, text);
            (StatusCode::TOO_MANY_REQUESTS, error, Some(seconds))
        }
        Answer::Status(status, error) => (status, error, None),
        Answer::NotFound => (
            StatusCode::NOT_FOUND,
            OAuthError::invalid_request("there is no such tenant, realm or application"),
            None,
        ),
        Answer::Page(status, _, detail) => (
            status,
            OAuthError::invalid_request("bad request").because(detail.cause),
            None,
        ),
    }
}

/// What pages and documents have in common: when to come back, and no further request on a connection whose body was left unread.
fn finish(response: &mut HttpResponse, wait: Option<i64>) {
    let status = response.status();
    let wait = wait.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(1));
    if let Some(value) = wait.and_then(|seconds| seconds.to_string().parse().ok()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    close_if_unread(response);
}

/// After a body that was not read to its end the connection is of no further use.
fn close_if_unread(response: &mut HttpResponse) {
    if matches!(
        response.status(),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
    ) {
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
}

fn challenges(error: &OAuthError, challenge: Challenge) -> Vec<String> {
    let basic = || "Basic realm=\"grantor\"".to_owned();
    let bearer = || {
        let named = matches!(
            error.code,
            OAuthErrorCode::InvalidToken | OAuthErrorCode::InsufficientScope | OAuthErrorCode::InvalidRequest
        );
        match named {
            true => format!(
                "Bearer realm=\"grantor\", error=\"{}\", error_description=\"{}\"",
                error.code.as_str(),
                error.description
            ),
            false => "Bearer realm=\"grantor\"".to_owned(),
        }
    };
    match challenge {
        Challenge::Basic => vec![basic()],
        Challenge::BasicOrBearer => vec![basic(), bearer()],
        Challenge::Bearer => vec![bearer()],
        Challenge::BareBearer => vec!["Bearer realm=\"grantor\"".to_owned()],
    }
}

fn status_of(code: OAuthErrorCode) -> StatusCode {
    match code {
        OAuthErrorCode::InvalidClient | OAuthErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        OAuthErrorCode::InsufficientScope | OAuthErrorCode::AccessDenied => StatusCode::FORBIDDEN,
        OAuthErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        OAuthErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The page of an endpoint that people see.
pub(crate) fn page(request: &HttpRequest, state: &State, answer: Answer) -> HttpResponse {
    let wait = match answer {
        Answer::Refusal(Refusal::TooMany(seconds)) => Some(seconds),
        _ => None,
    };
    let (status, kind, detail) = told(answer);
    let cause = OAuthError::new(
        detail.code.unwrap_or(OAuthErrorCode::InvalidRequest),
        format!("page {kind:?}"),
    )
    .because(detail.cause);
    log(request, state, status, &cause);
    let view = ErrorPage {
        shell: respond::shell(request, state, None),
        status: status.as_u16(),
        kind,
        time: rfc3339(state),
        detail: if state.settings.dev_mode {
            detail.rows
        } else {
            Vec::new()
        },
        home: detail.home,
        restart: detail.restart,
        sign_out: None,
    };
    match view.render() {
        Ok(html) => {
            let mut response = respond::page(status, html);
            finish(&mut response, wait);
            response
        }
        Err(error) => {
            tracing::error!(%error, "the error page cannot be rendered");
            HttpResponse::build(status).finish()
        }
    }
}

/// What a page tells of it.
fn told(answer: Answer) -> (StatusCode, ErrorKind, PageDetail) {
    match answer {
        Answer::Page(status, kind, detail) => (status, kind, *detail),
        Answer::NotFound => (StatusCode::NOT_FOUND, ErrorKind::NotFound, PageDetail::default()),
        Answer::Status(status, error) => (status, ErrorKind::BadRequest, PageDetail::of(&error)),
        Answer::Refusal(Refusal::TooMany(_)) => {
            (StatusCode::TOO_MANY_REQUESTS, ErrorKind::TooMany, PageDetail::default())
        }
        Answer::Refusal(Refusal::OAuth(error)) => {
            let kind = match error.code {
                OAuthErrorCode::ServerError => ErrorKind::Internal,
                OAuthErrorCode::TemporarilyUnavailable => ErrorKind::Unavailable,
                _ => ErrorKind::BadRequest,
            };
            (status_of(error.code), kind, PageDetail::of(&error))
        }
    }
}

impl PageDetail {
    fn of(error: &OAuthError) -> Self {
        let rows = vec![("hint".to_owned(), error.description.clone())];
        Self {
            rows,
            cause: error.to_string(),
            code: Some(error.code),
            ..Self::default()
        }
    }
}

fn rfc3339(state: &State) -> String {
    let now = OffsetDateTime::from_unix_timestamp(state.deps.clock.now().seconds());
    now.ok().and_then(|t| t.format(&Rfc3339).ok()).unwrap_or_default()
}

/// An authorization request that goes back to its client with an error. Says whether it does.
pub(crate) fn log_sent_back(request: &HttpRequest, state: &State, back: &Return) -> bool {
    let Some(error) = &back.refused else { return false };
    let (request_id, route) = (respond::request_id(request, state), route(request));
    tracing::info!(event = "authorize.refused", %request_id, route, error = error.code.as_str(), cause = %error, "authorization request refused");
    true
}

/// Longest part of a path that the log shows, in characters: ids are shorter, tokens that were put into a path are not.
const LONGEST_PART: usize = 48;
const LONGEST_ROUTE: usize = 512;
/// What stands before the token of a one-time link, which is no longer than an id.
const LINKS: &str = "setup";

/// The path for the log. What may be a token, or a flood, is not shown.
fn route(request: &HttpRequest) -> String {
    shown_path(request.path())
}

fn shown_path(path: &str) -> String {
    let mut before = "";
    let mut shown = |part| {
        let before = std::mem::replace(&mut before, part);
        // However it is spelled: a link that was copied badly may still be good.
        let is_link = before.eq_ignore_ascii_case(LINKS) || before.contains('%');
        match part.len() > LONGEST_PART || is_link {
            true => format!("({} characters)", part.len()),
            false => part.to_owned(),
        }
    };
    let parts: Vec<String> = path.split('/').map(&mut shown).collect();
    parts.join("/").chars().take(LONGEST_ROUTE).collect()
}

/// Every refusal once, with its private cause; never a secret, and the path without its query.
fn log(request: &HttpRequest, state: &State, status: StatusCode, error: &OAuthError) {
    let (request_id, route) = (respond::request_id(request, state), route(request));
    let cause = error.cause.as_deref().unwrap_or_default();
    let code = error.code.as_str();
    if status.is_server_error() {
        tracing::error!(event = "request.failed", %request_id, route, status = status.as_u16(), error = code, cause, "{}", error.description);
    } else {
        tracing::info!(event = "request.refused", %request_id, route, status = status.as_u16(), error = code, cause, "{}", error.description);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_log_holds_ids_and_no_token() {
        // covers: O-269
        let id = "a".repeat(LONGEST_PART);
        let token = "a".repeat(LONGEST_PART + 1);
        let flood = "/b".repeat(20_000);
        for (path, expected) in [
            ("/token".to_owned(), "/token".to_owned()),
            (format!("/v1/tokens/{id}"), format!("/v1/tokens/{id}")),
            (format!("/v1/tokens/{token}"), "/v1/tokens/(49 characters)".to_owned()),
            ("/setup/t0ken".to_owned(), "/setup/(5 characters)".to_owned()),
            ("/SetUp/t0ken".to_owned(), "/SetUp/(5 characters)".to_owned()),
            ("/%73etup/t0ken".to_owned(), "/%73etup/(5 characters)".to_owned()),
            (
                format!("/v1/tenants/t/realms/r/setup/{}/", &id[..43]),
                "/v1/tenants/t/realms/r/setup/(43 characters)/".to_owned(),
            ),
            ("/setup//x".to_owned(), "/setup/(0 characters)/x".to_owned()),
            (format!("/{token}/x"), "/(49 characters)/x".to_owned()),
            (flood.clone(), flood[..LONGEST_ROUTE].to_owned()),
        ] {
            assert_eq!(shown_path(&path), expected);
        }
    }
}
