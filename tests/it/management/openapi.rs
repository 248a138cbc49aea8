//! The OpenAPI document: what is served is what docs/ keeps, it tells of every operation, and it hangs together.
use crate::app::App;
use grantor_protocol::management::operations::Operation;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
/// Names the variable with which this test writes what it would compare.
const WRITE: &str = "GRANTOR_WRITE_OPENAPI";
const COMMAND: &str = "GRANTOR_WRITE_OPENAPI=1 cargo test --workspace --test it management::openapi";

#[tokio::test]
async fn the_document_that_is_kept_is_the_one_that_is_served() {
    let app = App::start().await;
    let answer = app.get("/v1/openapi.json").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let mut served = answer.json();
    // Only where it is served differs from server to server.
    assert_eq!(served["servers"], json!([{ "url": app.issuer() }]));
    served["servers"] = json!([{ "url": "/" }]);
    let token_url =
        &mut served["components"]["securitySchemes"]["management"]["flows"]["clientCredentials"]["tokenUrl"];
    let path = "/v1/tenants/default/realms/admin/token";
    assert_eq!(*token_url, json!(format!("{}{path}", app.issuer())));
    *token_url = json!(path);
    assert_eq!(served, grantor_web::openapi(""));

    let text = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(KEPT, &text).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap();
    let differs = text.lines().zip(kept.lines()).position(|(served, kept)| served != kept);
    assert!(
        text == kept,
        "docs/openapi.json differs from what is served, first in line {:?}; `{COMMAND}` rewrites it",
        differs.map(|line| line + 1)
    );
}

#[test]
fn every_operation_is_told_once_with_its_scope() {
    let document = grantor_web::openapi("");
    let mut told = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let id = described["operationId"].as_str().unwrap();
            let scope = described["security"][0]["management"][0].as_str().unwrap();
            told.push((id.to_owned(), method.to_uppercase(), path.clone(), scope.to_owned()));
        }
    }
    let lines = Operation::ALL.iter().map(|operation| operation.line());
    let mut expected: Vec<_> = lines
        .map(|line| {
            (
                line.id.to_owned(),
                line.method.to_owned(),
                line.full_path(),
                line.scope.to_owned(),
            )
        })
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    let ids: BTreeSet<&String> = told.iter().map(|(id, ..)| id).collect();
    assert_eq!(ids.len(), Operation::ALL.len());
    let flow = &document["components"]["securitySchemes"]["management"]["flows"]["clientCredentials"];
    for (id, _, _, scope) in &told {
        assert!(flow["scopes"].get(scope).is_some(), "{id} needs {scope}");
    }
}

#[test]
fn every_reference_leads_to_something_and_everything_is_led_to() {
    let document = grantor_web::openapi("");
    let mut led_to = BTreeSet::new();
    references(&document, &mut led_to);
    for reference in &led_to {
        let pointer = reference.strip_prefix('#');
        let found = pointer.and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{reference}");
    }
    for part in ["schemas", "responses"] {
        for name in document["components"][part].as_object().unwrap().keys() {
            let reference = format!("#/components/{part}/{name}");
            assert!(led_to.contains(&reference), "nothing refers to {reference}");
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => {
                        found.insert(reference.clone());
                    }
                    member => references(member, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
