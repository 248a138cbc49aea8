//! The OpenAPI 3.1 document of the Configuration API: from the table of operations and the wire structs, nothing by hand but
//! which struct an operation takes and answers.
mod schemas;
mod shapes;

use grantor_protocol::management::operations::{Operation, OperationLine};
use grantor_protocol::management::{RESERVED_IDENTIFIER, SCOPES};
use serde_json::{Map, Value, json};
use shapes::{Request, Response, shapes};

/// The document. `base` is where the server is reached.
pub fn document(base: &str) -> Value {
    let mut paths = Map::new();
    for operation in Operation::ALL {
        let line = operation.line();
        let item = paths.entry(line.full_path()).or_insert_with(|| json!({}));
        item[line.method.to_lowercase()] = describe(*operation, &line);
    }
    let scopes: Map<String, Value> = SCOPES
        .iter()
        .map(|(name, text)| ((*name).into(), json!(text)))
        .collect();
    let token_url = format!("{base}/v1/tenants/default/realms/admin/token");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Grantor Configuration API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Tenants, realms and their records. A request carries a token of a tenant's realm `admin` whose audience \
                is `urn:grantor:management` (RFC 6750). An update names only what changes; `null` is the default. Members that \
                only the server sets are ignored in requests, unknown ones refused. Lists are in pages, newest first.",
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": if base.is_empty() { "/" } else { base } }],
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "responses": schemas::refusals(),
            "securitySchemes": {
                "management": {
                    "type": "oauth2",
                    "description": format!("An access token for {RESERVED_IDENTIFIER}"),
                    "flows": { "clientCredentials": { "tokenUrl": token_url, "scopes": scopes } },
                },
            },
        },
    })
}

fn describe(operation: Operation, line: &OperationLine) -> Value {
    let shapes = shapes(operation);
    let mut parameters: Vec<Value> = path_parameters(&line.full_path());
    parameters.extend(query_parameters(operation));
    if shapes.versioned {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag of the record the request was made for; another one there is answered with 412.",
            "schema": { "type": "string" },
        }));
    }
    let mut described = json!({
        "operationId": line.id,
        "summary": line.summary,
        "tags": [line.tag],
        "parameters": parameters,
        "security": [{ "management": [line.scope] }],
        "responses": responses(&shapes.request, &shapes.response, shapes.versioned),
    });
    if let Some(body) = request_body(&shapes.request) {
        described["requestBody"] = body;
    }
    described
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let parameter = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } });
    names.map(|(name, _)| parameter(name)).collect()
}

fn query_parameters(operation: Operation) -> Vec<Value> {
    let Some(filters) = operation.filters() else {
        return Vec::new();
    };
    let parameter = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema });
    let size = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 25 });
    let mut all = vec![
        parameter("page_size", "Records on a page.", size),
        parameter(
            "page_token",
            "next_page_token of the page before; good for a week.",
            json!({ "type": "string" }),
        ),
    ];
    for name in filters {
        let schema = match *name {
            "enabled" => json!({ "type": "boolean" }),
            "kind" => json!({ "$ref": "#/components/schemas/EventKind" }),
            "principal_type" => json!({ "type": "string", "enum": ["application", "identity"] }),
            _ => json!({ "type": "string" }),
        };
        let text = match *name {
            "since" => "Only what happened from this time on, as RFC 3339 spells it.",
            "until" => "Only what happened before this time, as RFC 3339 spells it.",
            _ => "Only records with exactly this. Empty is as if it were not there.",
        };
        all.push(parameter(name, text, schema));
    }
    all
}

fn request_body(request: &Request) -> Option<Value> {
    let (schema, required) = match request {
        Request::None => return None,
        Request::Record { name, schema, required } => {
            let mut body = wrapped(name, schema);
            if !required && let Some(body) = body.as_object_mut() {
                // What can be left out with the body can be left out of it.
                body.remove("required");
            }
            (body, *required)
        }
        Request::Members(schema, required) => (reference(schema), *required),
    };
    Some(json!({ "required": required, "content": { "application/json": { "schema": schema } } }))
}

fn wrapped(name: &str, schema: &str) -> Value {
    json!({
        "type": "object",
        "properties": { name: reference(schema) },
        "required": [name],
        "additionalProperties": false,
    })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn responses(request: &Request, response: &Response, versioned: bool) -> Value {
    let json = |schema: Value| json!({ "application/json": { "schema": schema } });
    let mut done = match response {
        Response::Empty => json!({ "description": "Done." }),
        Response::Record { name, schema } => {
            json!({ "description": "The record.", "content": json(wrapped(name, schema)) })
        }
        Response::Page { name, schema } => json!({
            "description": "A page.",
            "content": json(json!({
                "type": "object",
                "properties": {
                    *name: { "type": "array", "items": reference(schema) },
                    "next_page_token": { "type": "string", "description": "Absent on the last page." },
                },
                "required": [name],
            })),
        }),
        Response::Whole(schema) => json!({ "description": "What was asked for.", "content": json(reference(schema)) }),
    };
    if versioned && !matches!(response, Response::Empty) {
        done["headers"] = json!({ "ETag": { "description": "The record's version.", "schema": { "type": "string" } } });
    }
    let mut all = Map::new();
    all.insert("200".into(), done);
    let mut statuses = vec![400, 401, 403, 404, 409, 429, 500, 503];
    if versioned {
        statuses.push(412);
    }
    if !matches!(request, Request::None) {
        statuses.extend([408, 413, 415]);
    }
    statuses.sort_unstable();
    for status in statuses {
        let refused = json!({ "$ref": format!("#/components/responses/{}", schemas::name_of(status)) });
        all.insert(status.to_string(), refused);
    }
    Value::Object(all)
}
