//! What a request of the Configuration API brings: a JSON body under the name of its record, and the version it was made for.
use super::{Refused, by};
use crate::error::{Answer, NotDone};
use crate::read::{self, BodyType};
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::web::Payload;
use actix_web::{HttpRequest, http::header::CONTENT_TYPE};
use grantor_flows::Refusal;
use grantor_flows::management::ManagementRefusal;
use grantor_protocol::json;
use grantor_protocol::management::merge::Members;
use serde_json::Value;

/// The members under `name`; any other member beside it is refused.
pub(super) async fn record(
    request: &HttpRequest,
    payload: Payload,
    state: &State,
    name: &str,
) -> Result<Members, Refused> {
    let mut body = members(request, payload, state).await?;
    let wanted = format!("an object with one member, {name}");
    let record = body.remove(name);
    if let Some(other) = body.keys().next() {
        let field: String = other.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(by(ManagementRefusal::field(&field, &format!("the body is {wanted}"))));
    }
    match record {
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(by(ManagementRefusal::field(name, "must be an object"))),
        None => Err(by(ManagementRefusal::field(name, &format!("the body is {wanted}")))),
    }
}

/// The members of the body.
pub(super) async fn members(request: &HttpRequest, payload: Payload, state: &State) -> Result<Members, Refused> {
    let read = read::body(payload, state).await.map_err(refused)?;
    if read::body_type(request) != Some(BodyType::Json) {
        return Err(by(NotDone::Unreadable(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be application/json".into(),
        )));
    }
    let object = json::object(&read);
    object.map_err(|problem| {
        by(NotDone::Unreadable(
            StatusCode::BAD_REQUEST,
            format!("the body {problem}"),
        ))
    })
}

/// The same for an operation that can do without a body.
pub(super) async fn maybe_members(request: &HttpRequest, payload: Payload, state: &State) -> Result<Members, Refused> {
    let has_body = request.headers().contains_key(CONTENT_TYPE)
        || request
            .headers()
            .get("content-length")
            .is_some_and(|l| l.as_bytes() != b"0")
        || request.headers().contains_key("transfer-encoding");
    match has_body {
        true => members(request, payload, state).await,
        false => Ok(Members::new()),
    }
}

/// The version in `If-Match` (RFC 9110 section 13.1.1). What is no version of ours matches none.
pub(super) fn version(request: &HttpRequest) -> Option<i64> {
    let header = request.headers().get(IF_MATCH)?;
    let text = header.to_str().unwrap_or_default().trim();
    if text == "*" {
        return None;
    }
    let digits = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    Some(digits.and_then(|d| d.parse().ok()).unwrap_or(-1))
}

fn refused(answer: Answer) -> Refused {
    match answer {
        Answer::Status(status, error) => by(NotDone::Unreadable(status, error.description)),
        Answer::Refusal(refusal) => by(refusal),
        _ => by(Refusal::from(grantor_protocol::OAuthError::invalid_request(
            "the body could not be read",
        ))),
    }
}
