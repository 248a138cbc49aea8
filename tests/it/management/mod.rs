//! The Configuration API, a folder or file a resource; here what every operation has in common.
mod bearers;
mod tokens;

use crate::app::{Answer, App};
use serde_json::Value;

impl App {
    /// A request with a management token.
    pub(crate) async fn manage(&self, method: &str, path: &str, bearer: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        self.send(method, path, &[("authorization", &authorization)], None)
            .await
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
