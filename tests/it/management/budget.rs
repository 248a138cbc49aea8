//! What reading costs: statements of one request to a server that knows its bearer and the realm.
use crate::app::{App, REALM};
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};

/// Statements of a list or a record, whatever its filters and page.
const MOST: u64 = 3;

/// Runs before it is settled: the feed is read beside the requests, and on a busy machine late.
const ATTEMPTS: usize = 50;

struct Manager<'a> {
    app: &'a App,
    bearer: String,
}

impl Manager<'_> {
    async fn make(&self, path: &str, name: &str, record: Value) -> Value {
        let authorization = format!("Bearer {}", self.bearer);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        let body = match name {
            "" => record,
            name => json!({ name: record }),
        };
        let path = format!("{REALM}{path}");
        let answer = self.app.send("POST", &path, &headers, Some(&body.to_string())).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        match (name, answer.body.is_empty()) {
            (_, true) => Value::Null,
            ("", _) => answer.json(),
            (name, _) => answer.json()[name].clone(),
        }
    }

    /// The least that `path` costs in some attempts; it is 200 every time.
    async fn cost(&self, path: &str) -> u64 {
        let mut least = u64::MAX;
        for _ in 0..ATTEMPTS {
            let before = self.app.deps.store.statements();
            let answer = self.app.manage("GET", path, &self.bearer).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            least = least.min(self.app.deps.store.statements() - before);
            if least <= MOST {
                break;
            }
        }
        least
    }
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_list_or_a_record_costs_three_statements_or_less() {
    let app = App::start().await;
    let manager = Manager {
        bearer: app.management_token("").await,
        app: &app,
    };
    let server = json!({ "identifier": "urn:budget", "display_name": "Budget", "scopes": ["a", "b"] });
    let server = manager.make("/resource-servers", "resource_server", server).await;
    let of_server = format!("/resource-servers/{}", id(&server));
    manager.make(&format!("{of_server}/credentials"), "", json!({})).await;
    let config = json!({ "type": "oauth2", "grant_type": ["client_credentials"], "token_format": "referential", "allowed_scopes": ["a"] });
    let application = json!({ "display_name": "Budget", "resource_server_id": id(&server), "protocol_config": config });
    let application = manager.make("/applications", "application", application).await;
    let (mut roles, mut groups, mut identities) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..4 {
        let role = json!({ "display_name": format!("Role {number}"), "scopes": ["a"] });
        roles.push(manager.make(&format!("{of_server}/roles"), "role", role).await);
        let group = json!({ "display_name": format!("Group {number}") });
        groups.push(manager.make("/groups", "group", group).await);
        let identity = json!({ "username": format!("budget-{number}"), "email": format!("budget-{number}@a.test") });
        identities.push(manager.make("/identities", "identity", identity).await);
    }
    let ids = |records: &[Value]| records.iter().map(|r| id(r).to_owned()).collect::<Vec<_>>();
    for role in &roles {
        let members = json!({ "identity_ids": ids(&identities), "group_ids": ids(&groups) });
        let path = format!("{of_server}/roles/{}:addMembers", id(role));
        manager.make(&path, "", members).await;
    }
    for group in &groups {
        let members = json!({ "identity_ids": ids(&identities) });
        manager
            .make(&format!("/groups/{}:addMembers", id(group)), "", members)
            .await;
    }
    let events = app
        .manage("GET", &format!("{REALM}/events"), &manager.bearer)
        .await
        .json();
    let named = [
        ("{tenant}", "default"),
        ("{realm}", "main"),
        ("{application}", id(&application)),
        ("{resource_server}", id(&server)),
        ("{role}", id(&roles[0])),
        ("{identity}", id(&identities[0])),
        ("{group}", id(&groups[0])),
        ("{event}", id(&events["events"][0])),
    ];
    let mut too_much = Vec::new();
    for operation in Operation::ALL.iter().filter(|o| o.line().only_reads()) {
        let path = named.iter().fold(operation.line().full_path(), |path, (name, value)| {
            path.replace(name, value)
        });
        let mut asked = vec![path.clone()];
        if operation.filters().is_some() {
            asked.push(format!("{path}?page_size=1"));
        }
        let first = app.manage("GET", &format!("{path}?page_size=1"), &manager.bearer).await;
        if let Some(token) = first.json()["next_page_token"].as_str() {
            asked.push(format!("{path}?page_size=1&page_token={token}"));
        }
        for filter in operation.filters().unwrap_or_default() {
            let value = match *filter {
                "enabled" => "true",
                "principal_type" => "application",
                "kind" => "user.created",
                "since" => "2020-01-01T00:00:00Z",
                "until" => "2040-01-01T00:00:00Z",
                "principal_id" => continue,
                _ => "budget-1",
            };
            asked.push(format!("{path}?{filter}={value}"));
        }
        for path in asked {
            let cost = manager.cost(&path).await;
            if cost > MOST {
                too_much.push((path, cost));
            }
        }
    }
    assert!(too_much.is_empty(), "more than {MOST} statements: {too_much:#?}");
}
