//! The Configuration API: JSON under the prefix of a realm, and of tenants above it, for holders of management tokens.
//!
//! Owns: mounting the table of operations, proving the bearer for each, reading bodies, answers and errors. Does not own: the
//! table (`protocol::management::operations`), what an operation does (`flows::management`).
mod asked;
mod input;
pub(crate) mod openapi;
mod perform;

use crate::error::{self, Challenge, NotDone};
use crate::measure::{Route, UNMATCHED, measured};
use crate::state::State;
use crate::{address, read, respond};
use actix_web::dev::HttpServiceFactory;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::Refusal;
use grantor_flows::bearer::{self, ManagementCaller};
use grantor_flows::management::{ManagementRefusal, Requester};
use grantor_protocol::bearer::bearer as token_of;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::ADMIN_REALM;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::operations::{Operation, Reach};
use grantor_protocol::management::place::OPERATOR_TENANT;
use grantor_protocol::{OAuthError, OAuthErrorCode, UnixMillis};

/// The part of a path that the prefix of an application has already.
const APPLICATION: &str = "/applications/{application}";

/// Mounts the operations on tenants, whose paths stand above those of realms.
pub(crate) fn of_tenants(config: &mut web::ServiceConfig) {
    for path in paths().filter(|(of_realm, _)| !of_realm) {
        config.service(resource(path, path.1));
    }
}

/// Mounts the operations on a realm and its records, inside the scope of its prefix.
pub(crate) fn of_realm(config: &mut web::ServiceConfig) {
    for path in paths().filter(|(of_realm, path)| *of_realm && !path.starts_with(APPLICATION)) {
        config.service(resource(path, path.1));
    }
}

/// Mounts the operations on one application, inside the scope of its prefix.
pub(crate) fn of_application(config: &mut web::ServiceConfig) {
    let of_one = paths().filter(|(of_realm, _)| *of_realm);
    for (path, inside) in of_one.filter_map(|path| Some((path, path.1.strip_prefix(APPLICATION)?))) {
        config.service(resource(path, inside));
    }
}

/// Whether an operation stands below a realm's prefix, and its path there.
type Place = (bool, &'static str);

fn place(operation: Operation) -> Place {
    let line = operation.line();
    (line.reach == Reach::Realm, line.path)
}

/// Every path of the table, once; those with a verb behind a colon first, because the plain one would take them too.
fn paths() -> impl Iterator<Item = Place> {
    let mut all: Vec<Place> = Vec::new();
    for path in Operation::ALL.iter().map(|o| place(*o)) {
        if !all.contains(&path) {
            all.push(path);
        }
    }
    all.sort_by_key(|(_, path)| !path.contains(':'));
    all.into_iter()
}

fn resource(path: Place, mounted_at: &str) -> impl HttpServiceFactory + use<> {
    let mut resource = web::resource(mounted_at);
    let (mut allowed, mut route) = (Vec::new(), UNMATCHED);
    let here = |o: &Operation| place(*o) == path;
    for operation in Operation::ALL.iter().copied().filter(here) {
        let method = operation.line().method;
        allowed.push(method);
        route = Route::of_operation(operation);
        if let Ok(method) = Method::from_bytes(method.as_bytes()) {
            let run = move |request: HttpRequest, payload: web::Payload, state: web::Data<State>| {
                run(operation, request, payload, state)
            };
            resource = resource.route(web::method(method).to(run));
        }
    }
    let allowed = allowed.join(", ");
    let resource = resource.default_service(web::to(move |request: HttpRequest, state: web::Data<State>| {
        let response = error::management_method(&request, &state, &allowed);
        async move { response }
    }));
    measured(resource, route)
}

async fn run(
    operation: Operation,
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let answered = match caller(&request, &state, operation).await {
        Ok(caller) => perform::perform(operation, &request, payload, &state, &caller).await,
        Err(refused) => Err(refused),
    };
    match answered {
        Ok(mut response) => {
            // The same stands in the events of what was done.
            if let Ok(value) = respond::request_id(&request, &state).parse() {
                response.headers_mut().insert(error::REQUEST_ID, value);
            }
            response
        }
        Err((refusal, challenge)) => error::management(&request, &state, refusal, challenge),
    }
}

/// The OpenAPI document: of this server, and nobody's secret.
pub(crate) async fn described(state: web::Data<State>) -> HttpResponse {
    let base = state.deps.settings.public_url.as_str();
    let body = serde_json::to_vec(&openapi::document(base)).unwrap_or_default();
    respond::json(StatusCode::OK, body)
}

type Refused = (NotDone, Challenge);

fn by(refusal: impl Into<NotDone>) -> Refused {
    (refusal.into(), Challenge::Bearer)
}

/// Who asks, and of which realm.
struct Asking {
    key: RealmKey,
    requester: Requester,
}

/// The bearer, proven for what the path reaches and the scope of the operation; and the realm, which must exist.
async fn caller(request: &HttpRequest, state: &State, operation: Operation) -> Result<Asking, Refused> {
    let token = match token_of(&read::authorization(request)) {
        Ok(Some(token)) => token.to_owned(),
        Ok(None) => {
            let error = OAuthError::new(OAuthErrorCode::InvalidToken, "an access token is needed");
            return Err((error.into(), Challenge::BareBearer));
        }
        Err(error) => return Err(by(error)),
    };
    let now = state.deps.clock.now();
    let line = operation.line();
    let tenant = segment(request, "tenant");
    let (caller, key) = match line.reach {
        Reach::Installation => {
            let asked = (OPERATOR_TENANT, line.scope);
            let caller = bearer::management(&state.deps, asked, &token, now).await.map_err(by)?;
            (caller, RealmKey::new(OPERATOR_TENANT, ADMIN_REALM))
        }
        Reach::Tenant => {
            let caller = of_tenant(state, (tenant, line.scope), &token, now).await?;
            (caller, RealmKey::new(tenant, ADMIN_REALM))
        }
        Reach::Realm => {
            let key = RealmKey::new(tenant, segment(request, "realm"));
            (of_realm_of(state, (&key, line.scope), &token, now).await?, key)
        }
    };
    let (address, id) = (address::of(request, state), respond::request_id(request, state));
    Ok(Asking {
        key,
        requester: caller.requester(&address, &id),
    })
}

/// A tenant's own admins, else those who operate the installation.
async fn of_tenant(
    state: &State,
    (tenant, scope): (&str, &str),
    token: &str,
    now: UnixMillis,
) -> Result<ManagementCaller, Refused> {
    let own = match bearer::management(&state.deps, (tenant, scope), token, now).await {
        Err(Refusal::OAuth(own)) if tenant != OPERATOR_TENANT && is_of_others(own.code) => own,
        settled => return settled.map_err(by),
    };
    match bearer::management(&state.deps, (OPERATOR_TENANT, scope), token, now).await {
        // It is the operator's if it says more than that it is somebody else's.
        Err(Refusal::OAuth(error)) if is_of_others(error.code) && own.code == OAuthErrorCode::AccessDenied => {
            Err(by(own))
        }
        settled => settled.map_err(by),
    }
}

/// Refusals of a token that may be good elsewhere: one of another tenant, or one nothing can be said of.
fn is_of_others(code: OAuthErrorCode) -> bool {
    matches!(code, OAuthErrorCode::AccessDenied | OAuthErrorCode::InvalidToken)
}

async fn of_realm_of(
    state: &State,
    (key, scope): (&RealmKey, &str),
    token: &str,
    now: UnixMillis,
) -> Result<ManagementCaller, Refused> {
    // Also a disabled realm: whoever may enable it must find it.
    let exists = state.deps.realm_exists(key).await.map_err(by)?;
    let missing = || by(ManagementRefusal::Missing(Detail::missing("realm", &key.to_string())));
    match bearer::management(&state.deps, (&key.tenant, scope), token, now).await {
        Ok(caller) if exists => Ok(caller),
        Ok(_) => Err(missing()),
        // A tenant that does not exist is not somebody else's.
        Err(Refusal::OAuth(e)) if e.code == OAuthErrorCode::AccessDenied && !exists => Err(missing()),
        Err(refusal) => Err(by(refusal)),
    }
}

fn segment<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}
