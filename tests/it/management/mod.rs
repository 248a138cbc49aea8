//! The Configuration API, a folder or file a resource; here what every operation has in common.
mod admin;
mod applications;
mod audit;
mod bearers;
mod bodies;
mod budget;
mod ends;
mod hostile;
mod lists;
mod managed;
mod openapi;
mod places;
mod records;
mod secrets;
mod tokens;
mod versions;

use crate::app::{Answer, App};
use grantor_protocol::management::operations::{Operation, Reach};
use serde_json::Value;

impl App {
    /// A request with a management token.
    pub(crate) async fn manage(&self, method: &str, path: &str, bearer: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        self.send(method, path, &[("authorization", &authorization)], None)
            .await
    }
}

/// An operation at a path where nothing is that it could change: no id is taken, and no version is the one it names.
pub(crate) struct Tried {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) scope: &'static str,
    pub(crate) reach: Reach,
}

impl Tried {
    pub(crate) fn of(operation: Operation, tenant: &str, realm: &str) -> Self {
        let line = operation.line();
        let path = line.full_path().replace("{tenant}", tenant).replace("{realm}", realm);
        let segments = path.split('/').map(|segment| match segment.split_once('}') {
            Some((_, verb)) => format!("nothing{verb}"),
            None => segment.to_owned(),
        });
        Self {
            method: line.method,
            path: segments.collect::<Vec<_>>().join("/"),
            scope: line.scope,
            reach: line.reach,
        }
    }

    /// Sent with a body that is none of its.
    pub(crate) async fn send(&self, app: &App, authorization: &str) -> Answer {
        let headers = [
            ("authorization", authorization),
            ("content-type", "application/json"),
            ("if-match", "\"0\""),
        ];
        let body = (self.method != "GET").then_some(r#"{"nothing":1}"#);
        app.send(self.method, &self.path, &headers, body).await
    }

    pub(crate) async fn with(&self, app: &App, bearer: &str) -> Answer {
        self.send(app, &format!("Bearer {bearer}")).await
    }

    /// Whoever may ask is told that there is nothing, or that the request is not good; never who they are.
    pub(crate) async fn assert_let_in(&self, app: &App, bearer: &str) {
        let answer = self.with(app, bearer).await;
        let told = matches!(answer.status, 200 | 400 | 404 | 412);
        assert!(told, "{} {}: {} {}", self.method, self.path, answer.status, answer.body);
    }
}

impl Answer {
    /// The management API's refusal: status, code and shape; its details.
    #[track_caller]
    pub(crate) fn assert_management_error(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(!self.header("x-request-id").is_empty());
        let body = self.json();
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert!(
            members
                .iter()
                .all(|m| ["code", "message", "details"].contains(&m.as_str())),
            "{members:?}"
        );
        assert_eq!(body["code"], code, "{}", self.body);
        assert!(body["message"].as_str().is_some_and(|m| !m.is_empty()));
        body["details"].clone()
    }
}
