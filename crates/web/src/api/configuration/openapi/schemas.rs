//! The schemas: those of the wire structs, and what requests make of them.
use grantor_protocol::events::EventKind;
use grantor_protocol::management::application::{ApplicationBody, ApplicationSettings, SecretBody, SecretSettings};
use grantor_protocol::management::areas::AREAS;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::event::EventBody;
use grantor_protocol::management::group::{GroupBody, GroupSettings};
use grantor_protocol::management::identity::{IdentityBody, IdentitySettings};
use grantor_protocol::management::place::{PlaceSettings, RealmBody, TenantBody};
use grantor_protocol::management::role::{RoleBody, RoleSettings};
use grantor_protocol::management::server::{CredentialBody, ResourceServerBody, ResourceServerSettings};
use grantor_protocol::management::session::{SessionBody, SetupLinkBody};
use grantor_protocol::management::signing_key::{RotateSigningKeys, SigningKeyBody};
use grantor_protocol::management::token_counts::TokenCounts;
use grantor_protocol::management::token_list::ListedToken;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Every schema by its name.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    let mut add = |name: String, schema: RefOr<Schema>| {
        all.insert(name, serde_json::to_value(schema).unwrap_or_default());
    };
    collect::<ApplicationBody>(&mut add);
    collect::<SecretBody>(&mut add);
    collect::<ResourceServerBody>(&mut add);
    collect::<CredentialBody>(&mut add);
    collect::<RoleBody>(&mut add);
    collect::<IdentityBody>(&mut add);
    collect::<GroupBody>(&mut add);
    collect::<TenantBody>(&mut add);
    collect::<RealmBody>(&mut add);
    collect::<SigningKeyBody>(&mut add);
    collect::<ListedToken>(&mut add);
    collect::<EventBody>(&mut add);
    collect::<EventKind>(&mut add);
    collect::<TokenCounts>(&mut add);
    collect::<SessionBody>(&mut add);
    collect::<SetupLinkBody>(&mut add);
    collect::<Detail>(&mut add);
    for (schema, settings) in [
        ("Application", plain::<ApplicationSettings>(&mut add)),
        ("Secret", plain::<SecretSettings>(&mut add)),
        ("ResourceServer", plain::<ResourceServerSettings>(&mut add)),
        ("Role", plain::<RoleSettings>(&mut add)),
        ("Identity", plain::<IdentitySettings>(&mut add)),
        ("Group", plain::<GroupSettings>(&mut add)),
        ("Place", plain::<PlaceSettings>(&mut add)),
        ("RotateSigningKeys", plain::<RotateSigningKeys>(&mut add)),
    ] {
        requests(&mut all, schema, settings);
    }
    inner(&mut all);
    let asked: Vec<String> = all.keys().filter(|name| is_of_request(name)).cloned().collect();
    for (name, schema) in &mut all {
        // What is answered may grow, and is put together of parts that do not know each other.
        if !asked.contains(name) {
            open(schema);
        }
    }
    others(&mut all);
    Value::Object(all)
}

/// Records inside of records.
const INNER: &[&str] = &[
    "ClientConfig",
    "TokenConfiguration",
    "RefreshTokens",
    "Profile",
    "Address",
    "ScopeDefinition",
];

fn is_of_request(name: &str) -> bool {
    name.starts_with("New") || name.ends_with("Patch") || name == "RotateSigningKeys"
}

/// What a request may say of a record inside of its record: a part of it, and `null` for the default.
fn inner(all: &mut Map<String, Value>) {
    for name in INNER {
        let Some(mut patch) = all.get(*name).cloned() else {
            continue;
        };
        // A scope is replaced as a whole.
        if *name != "ScopeDefinition"
            && let Some(patch) = patch.as_object_mut()
        {
            patch.remove("required");
        }
        if *name != "ScopeDefinition" {
            nullable(&mut patch);
        }
        all.insert(format!("{name}Patch"), patch);
    }
    let mut pointed: Vec<(String, Value)> = Vec::new();
    for (name, schema) in all.iter().filter(|(name, _)| is_of_request(name)) {
        let mut schema = schema.clone();
        rename(&mut schema);
        pointed.push((name.clone(), schema));
    }
    all.extend(pointed);
    if let Some(config) = all.get_mut("NewApplication") {
        // Everything of it has a default, which depends on the rest.
        config["required"] = json!(["display_name"]);
    }
    // A scope may be given by its name alone.
    for name in ["NewResourceServer", "ResourceServerPatch"] {
        if let Some(server) = all.get_mut(name) {
            let definition = json!({ "$ref": "#/components/schemas/ScopeDefinitionPatch" });
            let either = json!({ "anyOf": [{ "type": "string" }, definition] });
            server["properties"]["scopes"] =
                json!({ "anyOf": [{ "type": "array", "items": either }, { "type": "null" }] });
        }
    }
}

/// Points to the parts that requests use.
fn rename(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => {
                        let of = text.rsplit('/').next().unwrap_or_default().to_owned();
                        if INNER.contains(&of.as_str()) {
                            text.push_str("Patch");
                        }
                    }
                    value => rename(value),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(rename),
        _ => {}
    }
}

/// Takes away that nothing else may be there.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&Value::Bool(false)) {
                members.remove("additionalProperties");
            }
            members.values_mut().for_each(open);
        }
        Value::Array(all) => all.iter_mut().for_each(open),
        _ => {}
    }
}

fn collect<T: ToSchema>(add: &mut impl FnMut(String, RefOr<Schema>)) {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    for (name, schema) in schemas {
        add(name, schema);
    }
}

/// The schema of settings, and in the document those it refers to.
fn plain<T: ToSchema>(add: &mut impl FnMut(String, RefOr<Schema>)) -> Value {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    for (name, schema) in schemas {
        add(name, schema);
    }
    serde_json::to_value(<T as PartialSchema>::schema()).unwrap_or_default()
}

/// What a request that makes a record, and one that changes it, may hold.
fn requests(all: &mut Map<String, Value>, schema: &str, settings: Value) {
    if schema == "RotateSigningKeys" {
        all.insert(schema.into(), settings);
        return;
    }
    let mut new = settings;
    for (name, property) in further(schema) {
        new["properties"][name] = property;
    }
    let mut patch = new.clone();
    if let Some(patch) = patch.as_object_mut() {
        patch.remove("required");
    }
    if schema == "Place"
        && let Some(properties) = patch["properties"].as_object_mut()
    {
        properties.remove("id");
    }
    // `null` is the default: also of what a new record must have a value for, whose default is to refuse it.
    for schema in [&mut new, &mut patch] {
        nullable(schema);
    }
    all.insert(format!("New{schema}"), new);
    all.insert(format!("{schema}Patch"), patch);
}

/// Members that are no part of the record itself.
fn further(schema: &str) -> Vec<(&'static str, Value)> {
    match schema {
        "Place" => vec![(
            "id",
            json!({ "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$" }),
        )],
        "Identity" => vec![(
            "password",
            json!({ "type": "string", "minLength": 10, "maxLength": 1024, "writeOnly": true }),
        )],
        "Role" => {
            let level = json!({ "type": "string", "enum": ["none", "view", "edit"] });
            let areas: Map<String, Value> = AREAS.iter().map(|a| (a.name.to_owned(), level.clone())).collect();
            let areas = json!({ "type": "object", "properties": areas, "additionalProperties": false });
            vec![("areas", areas)]
        }
        _ => Vec::new(),
    }
}

fn nullable(schema: &mut Value) {
    let required: Vec<String> = serde_json::from_value(schema["required"].clone()).unwrap_or_default();
    let Some(properties) = schema["properties"].as_object_mut() else {
        return;
    };
    for (name, property) in properties {
        let already = property["type"]
            .as_array()
            .is_some_and(|types| types.contains(&json!("null")));
        if !already && !required.contains(name) && property.get("oneOf").is_none() {
            let inner = property.take();
            *property = json!({ "anyOf": [inner, { "type": "null" }] });
        }
    }
}

fn others(all: &mut Map<String, Value>) {
    let ids = json!({ "type": "array", "items": { "type": "string" } });
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    for (name, schema) in [
        ("ScopeNames", object(json!({ "scopes": ids }), &["scopes"])),
        (
            "RoleHolders",
            object(json!({ "identity_ids": ids, "group_ids": ids }), &[]),
        ),
        ("GroupUsers", object(json!({ "identity_ids": ids }), &["identity_ids"])),
        (
            "RoleMembers",
            object(
                json!({ "identity_ids": ids, "group_ids": ids, "next_page_token": { "type": "string" } }),
                &["identity_ids", "group_ids"],
            ),
        ),
        (
            "Refusal",
            object(
                json!({
                    "code": { "type": "string" },
                    "message": { "type": "string" },
                    "details": { "type": "array", "items": { "$ref": "#/components/schemas/Detail" } },
                }),
                &["code", "message"],
            ),
        ),
    ] {
        all.insert(name.into(), schema);
    }
}

/// What a status of a refusal is called, and what it means.
const REFUSALS: &[(u16, &str, &str)] = &[
    (
        400,
        "BadRequest",
        "A member, a parameter or the body is wrong; details name it.",
    ),
    (401, "Unauthorized", "There is no token, or it is not good here."),
    (
        403,
        "Forbidden",
        "The token lacks the scope, belongs to another tenant, or would hand on rights it does not have.",
    ),
    (404, "NotFound", "There is nothing of this kind and id."),
    (408, "RequestTimeout", "The body took too long to arrive."),
    (409, "Conflict", "It does not go with what else there is."),
    (412, "PreconditionFailed", "The record is not the one If-Match names."),
    (413, "PayloadTooLarge", "The body is too long."),
    (415, "UnsupportedMediaType", "The body is not application/json."),
    (
        429,
        "TooManyRequests",
        "Too many of something; Retry-After says when to come back.",
    ),
    (
        500,
        "Internal",
        "The server met what it did not expect; x-request-id leads to it in the log.",
    ),
    (
        503,
        "Unavailable",
        "The database does not answer; Retry-After says when to come back.",
    ),
];

pub(super) fn name_of(status: u16) -> &'static str {
    let found = REFUSALS.iter().find(|(code, ..)| *code == status);
    found.map_or("Internal", |(_, name, _)| *name)
}

pub(super) fn refusals() -> Value {
    let one = |(_, name, text): &(u16, &str, &str)| {
        let refusal = json!({ "$ref": "#/components/schemas/Refusal" });
        let content = json!({ "application/json": { "schema": refusal } });
        ((*name).to_owned(), json!({ "description": text, "content": content }))
    };
    Value::Object(REFUSALS.iter().map(one).collect())
}
