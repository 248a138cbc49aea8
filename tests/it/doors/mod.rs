//! Whatever the door, the same record is refused for the same reason, and the same is taken (architecture, invariant 9).
//!
//! Cases are generated: what is laid over a good record, and which fields are wrong then. A further door (console, registration) is
//! a further variant of `Door`.
mod applications;
mod imports;
mod matrix;
mod people;
mod servers;

use crate::app::App;
use grantor_flows::apply::{ApplyError, Options, apply};
use grantor_flows::management::Requester;
use serde_json::{Map, Value, json};

/// A kind of record, in the realm where it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ResourceServer,
    Role,
    ManagementRole,
    Identity,
    Group,
    Application,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::ResourceServer,
        Self::Role,
        Self::ManagementRole,
        Self::Identity,
        Self::Group,
        Self::Application,
    ];

    fn realm(self) -> &'static str {
        match self {
            Self::ManagementRole => "admin",
            _ => "main",
        }
    }

    /// The path of the collection below the realm, the name of a record in a body, the list of a document.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ResourceServer => ("resource-servers", "resource_server", "resource_servers"),
            Self::Role => ("resource-servers/r1/roles", "role", "roles"),
            Self::ManagementRole => ("resource-servers/management/roles", "role", "roles"),
            Self::Identity => ("identities", "identity", "users"),
            Self::Group => ("groups", "group", "groups"),
            Self::Application => ("applications", "application", "applications"),
        }
    }

    /// A record nobody objects to; `mark` makes its names its own.
    fn good(self, mark: &str) -> Value {
        match self {
            Self::ResourceServer => {
                json!({"display_name": "Good", "identifier": format!("https://{mark}.test"), "scopes": ["one"]})
            }
            Self::Role => json!({"display_name": mark, "scopes": ["read"]}),
            Self::ManagementRole => json!({"display_name": mark, "scopes": ["applications:read"]}),
            Self::Identity => json!({"username": mark}),
            Self::Group => json!({"display_name": mark}),
            Self::Application => json!({
                "display_name": "Good",
                "resource_server_id": "r1",
                "protocol_config": {
                    "type": "oauth2",
                    "confidentiality": "confidential",
                    "token_endpoint_auth_method": "client_secret_basic",
                    "grant_type": ["authorization_code"],
                    "redirect_uris": ["https://good.test/cb"],
                    "allowed_scopes": ["read"],
                },
            }),
        }
    }
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    ApiCreate,
    ApiUpdate,
    ApplyCreate,
    ApplyUpdate,
}

impl Door {
    const ALL: [Self; 4] = [Self::ApiCreate, Self::ApiUpdate, Self::ApplyCreate, Self::ApplyUpdate];
    /// Only a document gives names and secrets (decision 25).
    const DOCUMENTS: &'static [Self] = &[Self::ApplyCreate, Self::ApplyUpdate];
}

/// What is laid over a good record, and the fields that are wrong then; none: it is taken.
struct Case {
    kind: Kind,
    over: Value,
    wrong: Vec<&'static str>,
    doors: &'static [Door],
}

fn case(kind: Kind, wrong: &'static str, over: Value) -> Case {
    Case {
        kind,
        over,
        wrong: vec![wrong],
        doors: &Door::ALL,
    }
}

fn taken(kind: Kind, over: Value) -> Case {
    Case {
        wrong: vec![],
        ..case(kind, "", over)
    }
}

fn of_documents(kind: Kind, wrong: &'static str, over: Value) -> Case {
    Case {
        doors: Door::DOCUMENTS,
        ..case(kind, wrong, over)
    }
}

/// `{"a": {"b": value}}` of `a.b`.
fn at(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |inside, name| json!({ name: inside }))
}

/// RFC 7396, but `null` is laid over as it is.
fn laid_over(base: &Value, over: &Value) -> Value {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let mut all = base.clone();
            for (name, value) in over {
                let below = all.get(name).cloned().unwrap_or(Value::Null);
                all.insert(name.clone(), laid_over(&below, value));
            }
            Value::Object(all)
        }
        (_, over) => over.clone(),
    }
}

/// Records that are there, for the doors that change one.
struct Bases {
    bearer: String,
    by_kind: Map<String, Value>,
}

/// What a door says: nothing, or the fields that are wrong, as the record names them.
type Said = Result<(), Vec<String>>;

impl Bases {
    async fn make(app: &App) -> Self {
        let mut bases = Self {
            bearer: app.management_token("").await,
            by_kind: Map::new(),
        };
        for kind in Kind::ALL {
            let id = bases.fresh(app, kind, &format!("base-{kind:?}").to_lowercase()).await;
            bases.by_kind.insert(format!("{kind:?}"), id.into());
        }
        bases
    }

    /// A good record through the API; its id.
    async fn fresh(&self, app: &App, kind: Kind, mark: &str) -> String {
        let (path, name, _) = kind.names();
        let path = format!("/v1/tenants/default/realms/{}/{path}", kind.realm());
        let made = app
            .done(&self.bearer, "POST", &path, &json!({ name: kind.good(mark) }))
            .await;
        made[name]["id"].as_str().unwrap().to_owned()
    }

    fn id(&self, kind: Kind) -> &str {
        self.by_kind[&format!("{kind:?}")].as_str().unwrap()
    }

    /// Tries a case at a door; `mark` makes the names of a new record its own, `id` is of the one to change.
    async fn attempt(&self, app: &App, (case, door): (&Case, Door), (mark, id): (&str, &str)) -> Said {
        let (path, name, list) = case.kind.names();
        let path = format!("/v1/tenants/default/realms/{}/{path}", case.kind.realm());
        let whole = laid_over(&case.kind.good(mark), &case.over);
        match door {
            Door::ApiCreate => said(
                app.ask(&self.bearer, "POST", &path, &json!({ name: whole })).await,
                name,
            ),
            Door::ApiUpdate => {
                let path = format!("{path}/{id}");
                said(
                    app.ask(&self.bearer, "PATCH", &path, &json!({ name: case.over })).await,
                    name,
                )
            }
            Door::ApplyCreate | Door::ApplyUpdate => {
                let mut entry = whole;
                let server = match case.kind {
                    Kind::Role => Some("r1"),
                    Kind::ManagementRole => Some("management"),
                    _ => None,
                };
                if let Some(server) = server {
                    entry["resource_server_id"] = server.into();
                }
                let given = entry.get("id").is_some();
                if !given {
                    entry["id"] = if door == Door::ApplyCreate {
                        mark.into()
                    } else {
                        id.into()
                    };
                }
                applied(app, (case.kind.realm(), list), vec![entry]).await
            }
        }
    }
}

/// What the API says, without the name of the record in front of the fields.
fn said(answer: crate::app::Answer, name: &str) -> Said {
    match answer.status {
        200 => return Ok(()),
        403 => return Err(vec!["id".into()]),
        _ => {}
    }
    let details = answer.assert_management_error(400, "bad_request");
    let found = details[0]["field_violations"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.body));
    Err(sorted(found.iter().map(|v| within(v["field"].as_str().unwrap(), name))))
}

/// What `apply` says of a list with these entries.
async fn applied(app: &App, (realm, list): (&str, &str), entries: Vec<Value>) -> Said {
    let last = format!("{list}[{}]", entries.len() - 1);
    let document = json!({"tenant": "default", "realm": realm, list: entries});
    let document = serde_json::from_value(document).unwrap();
    match apply(&app.deps, &document, Options::default(), &Requester::operator()).await {
        Ok(_) => Ok(()),
        Err(ApplyError::Violations(found)) => Err(sorted(found.iter().map(|v| within(&v.field, &last)))),
        Err(other) => panic!("{other}"),
    }
}

fn within(field: &str, name: &str) -> String {
    let rest = field
        .strip_prefix(name)
        .unwrap_or_else(|| panic!("{field} is not of {name}"));
    rest.trim_start_matches('.').to_owned()
}

fn sorted(fields: impl Iterator<Item = String>) -> Vec<String> {
    let once: std::collections::BTreeSet<String> = fields.collect();
    once.into_iter().collect()
}
