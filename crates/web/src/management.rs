//! The Configuration API: JSON under the prefix of a realm, for holders of management tokens.
//!
//! Owns: mounting the table of operations, proving the bearer for each, its errors. Does not own: the table
//! (`protocol::management::operations`), what an operation does (`flows::management`).
use crate::error::{self, Challenge};
use crate::state::State;
use crate::{address, read, respond};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::Refusal;
use grantor_flows::bearer::{self, ManagementCaller};
use grantor_flows::issuers::{self, IssuerPath};
use grantor_flows::management::{ManagementRefusal, tokens};
use grantor_protocol::bearer::bearer as token_of;
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::error::Detail;
use grantor_protocol::management::operations::Operation;
use grantor_protocol::{OAuthError, OAuthErrorCode};

/// The part of a path that the prefix of an application has already.
const APPLICATION: &str = "/applications/{application}";

/// Mounts the operations on one application, inside the scope of its prefix.
pub(crate) fn of_application(config: &mut web::ServiceConfig) {
    let inside = |path: &'static str| path.strip_prefix(APPLICATION).filter(|rest| rest.starts_with('/'));
    for path in paths().filter(|path| inside(path).is_some()) {
        config.service(resource(path, inside(path).unwrap_or_default()));
    }
}

/// Every path of the table, once.
fn paths() -> impl Iterator<Item = &'static str> {
    let mut seen = Vec::new();
    Operation::ALL.iter().map(|o| o.line().path).filter(move |path| {
        let new = !seen.contains(path);
        seen.push(*path);
        new
    })
}

fn resource(path: &'static str, mounted_at: &str) -> actix_web::Resource {
    let mut resource = web::resource(mounted_at);
    let mut allowed = Vec::new();
    for operation in Operation::ALL.iter().copied().filter(|o| o.line().path == path) {
        let method = operation.line().method;
        allowed.push(method);
        if let Ok(method) = Method::from_bytes(method.as_bytes()) {
            let run = move |request: HttpRequest, state: web::Data<State>| run(operation, request, state);
            resource = resource.route(web::method(method).to(run));
        }
    }
    let allowed = allowed.join(", ");
    resource.default_service(web::to(move |request: HttpRequest, state: web::Data<State>| {
        let response = error::management_method(&request, &state, &allowed);
        async move { response }
    }))
}

async fn run(operation: Operation, request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let key = RealmKey::new(segment(&request, "tenant"), segment(&request, "realm"));
    let answered = match caller(&request, &state, &key, operation).await {
        Ok(caller) => perform(operation, &request, &state, (&key, &caller)).await,
        Err(refused) => Err(refused),
    };
    answered.unwrap_or_else(|(refusal, challenge)| error::management(&request, &state, refusal, challenge))
}

type Refused = (ManagementRefusal, Challenge);

/// The bearer, proven for the tenant in the path and the scope of the operation; and the realm, which must exist.
async fn caller(
    request: &HttpRequest,
    state: &State,
    key: &RealmKey,
    operation: Operation,
) -> Result<ManagementCaller, Refused> {
    let by = |refusal: ManagementRefusal| (refusal, Challenge::Bearer);
    let token = match token_of(&read::authorization(request)) {
        Ok(Some(token)) => token.to_owned(),
        Ok(None) => {
            let error = OAuthError::new(OAuthErrorCode::InvalidToken, "an access token is needed");
            return Err((error.into(), Challenge::BareBearer));
        }
        Err(error) => return Err(by(error.into())),
    };
    let path = IssuerPath::Realm {
        tenant: &key.tenant,
        realm: &key.realm,
    };
    let realm = issuers::resolve(&state.deps, path).await.map_err(|e| by(e.into()))?;
    let asked = (&*key.tenant, operation.line().scope);
    let now = state.deps.clock.now();
    let missing = || by(ManagementRefusal::Missing(Detail::missing("realm", &key.to_string())));
    match bearer::management(&state.deps, asked, &token, now).await {
        Ok(caller) if realm.is_some() => Ok(caller),
        Ok(_) => Err(missing()),
        // A tenant that does not exist is not somebody else's.
        Err(Refusal::OAuth(e)) if e.code == OAuthErrorCode::AccessDenied && realm.is_none() => Err(missing()),
        Err(refusal) => Err(by(refusal.into())),
    }
}

async fn perform(
    operation: Operation,
    request: &HttpRequest,
    state: &State,
    (key, caller): (&RealmKey, &ManagementCaller),
) -> Result<HttpResponse, Refused> {
    let by = |refusal: ManagementRefusal| (refusal, Challenge::Bearer);
    let application = segment(request, "application");
    match operation {
        Operation::ListTokens => {
            let query = Params::parse(request.query_string().as_bytes());
            let query = query.map_err(|e| by(OAuthError::from(e).into()))?;
            let list = tokens::list(&state.deps, key, application, &query).await.map_err(by)?;
            let body = serde_json::to_vec(&list).map_err(|e| by(OAuthError::server_error(e.to_string()).into()))?;
            Ok(respond::json(StatusCode::OK, body))
        }
        Operation::RevokeToken => {
            let id = segment(request, "token");
            let from = address::of(request, state);
            tokens::revoke(&state.deps, key, (application, id), (caller, &from))
                .await
                .map_err(by)?;
            Ok(respond::empty())
        }
    }
}

fn segment<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}
