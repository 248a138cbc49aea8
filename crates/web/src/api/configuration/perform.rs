//! Each operation: what it reads of the request, the use case it runs, what it answers.
mod reads;

use super::asked::Asked;
use super::{Asking, Refused, by, input};
use crate::respond;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderValue};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::management::{
    Change, ManagementRefusal, applications, applications::secrets, groups, identities, places, resource_servers,
    roles, signing_keys, tokens,
};
use grantor_protocol::OAuthError;
use grantor_protocol::management::operations::Operation;
use serde::Serialize;

type Performed = Result<HttpResponse, Refused>;

pub(super) async fn perform(
    operation: Operation,
    request: &HttpRequest,
    payload: Payload,
    state: &State,
    asking: &Asking,
) -> Performed {
    let asked = Asked {
        request,
        state,
        asking,
        operation,
    };
    if operation.line().only_reads() {
        return reads::read(operation, &asked).await;
    }
    write(operation, &asked, payload).await
}

async fn write(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    match operation {
        O::CreateTenant | O::UpdateTenant | O::DeleteTenant | O::CreateRealm | O::UpdateRealm | O::DeleteRealm => {
            of_places(operation, asked, payload).await
        }
        O::CreateResourceServer
        | O::UpdateResourceServer
        | O::DeleteResourceServer
        | O::CreateCredential
        | O::DeleteCredential => of_servers(operation, asked, payload).await,
        O::CreateRole
        | O::UpdateRole
        | O::DeleteRole
        | O::CloneRole
        | O::AddRoleScopes
        | O::DeleteRoleScopes
        | O::AddRoleMembers
        | O::DeleteRoleMembers => of_roles(operation, asked, payload).await,
        O::CreateIdentity | O::UpdateIdentity | O::DeleteIdentity | O::EndSessions | O::CreateSetupLink => {
            of_identities(operation, asked, payload).await
        }
        O::CreateGroup | O::UpdateGroup | O::DeleteGroup | O::AddGroupMembers | O::DeleteGroupMembers => {
            of_groups(operation, asked, payload).await
        }
        O::RotateSigningKeys | O::RevokeSigningKey => of_keys(operation, asked, payload).await,
        _ => of_applications(operation, asked, payload).await,
    }
}

async fn of_places(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    let (request, state, version) = (asked.request, asked.state, asked.version());
    let tenant = asked.segment("tenant");
    match operation {
        O::CreateTenant => {
            let members = input::record(request, payload, state, "tenant").await?;
            let mut change = asked.change().await?;
            let made = places::create_tenant(&mut change, &members).await;
            done(change, made, |made| one("tenant", Ok(made))).await
        }
        O::UpdateTenant => {
            let members = input::record(request, payload, state, "tenant").await?;
            let mut change = asked.change().await?;
            let changed = places::update_tenant(&mut change, (tenant, version), &members).await;
            done(change, changed, |changed| one("tenant", Ok(changed))).await
        }
        O::DeleteTenant => {
            let mut change = asked.change().await?;
            let deleted = places::delete_tenant(&mut change, (tenant, version)).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        O::CreateRealm => {
            let members = input::record(request, payload, state, "realm").await?;
            let mut change = asked.change().await?;
            let made = places::create_realm(&mut change, &members).await;
            done(change, made, |made| one("realm", Ok(made))).await
        }
        O::UpdateRealm => {
            let members = input::record(request, payload, state, "realm").await?;
            let mut change = asked.change().await?;
            let changed = places::update_realm(&mut change, version, &members).await;
            done(change, changed, |changed| one("realm", Ok(changed))).await
        }
        _ => {
            let mut change = asked.change().await?;
            let deleted = places::delete_realm(&mut change, version).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
    }
}

async fn of_applications(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    let (request, state) = (asked.request, asked.state);
    let (id, secret) = (asked.segment("application"), asked.segment("secret"));
    let given = applications::Given::default;
    match operation {
        O::CreateApplication => {
            let members = input::record(request, payload, state, "application").await?;
            let mut change = asked.change().await?;
            let made = applications::create(&mut change, (&members, given()), "application").await;
            done(change, made, application).await
        }
        O::UpdateApplication => {
            let members = input::record(request, payload, state, "application").await?;
            let mut change = asked.change().await?;
            let which = (id, asked.version());
            let changed = applications::update(&mut change, which, (&members, given()), "application").await;
            done(change, changed, application).await
        }
        O::DeleteApplication => {
            let mut change = asked.change().await?;
            let deleted = applications::delete(&mut change, (id, asked.version())).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        O::CreateSecret => {
            let members = maybe_record(asked, payload, "secret").await?;
            let mut change = asked.change().await?;
            let made = secrets::create(&mut change, id, &members).await;
            done(change, made, |made| page(Ok(Named("secret", made)))).await
        }
        O::UpdateSecret => {
            let members = input::record(request, payload, state, "secret").await?;
            let mut change = asked.change().await?;
            let changed = secrets::update(&mut change, (id, secret), &members).await;
            done(change, changed, |changed| page(Ok(Named("secret", changed)))).await
        }
        O::DeleteSecret => {
            let mut change = asked.change().await?;
            let deleted = secrets::delete(&mut change, (id, secret)).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        O::RevokeToken => {
            let Asking { key, requester } = asked.asking;
            let which = (id, asked.segment("token"));
            tokens::revoke(&state.deps, key, which, requester).await.map_err(by)?;
            Ok(respond::empty())
        }
        _ => Err(by(OAuthError::server_error("an operation that nothing performs"))),
    }
}

/// A record that may be left out with the whole body.
async fn maybe_record(
    asked: &Asked<'_>,
    payload: Payload,
    name: &str,
) -> Result<grantor_protocol::management::merge::Members, Refused> {
    let mut body = input::maybe_members(asked.request, payload, asked.state).await?;
    match (body.remove(name), body.keys().next()) {
        (None, None) => Ok(body),
        (Some(serde_json::Value::Object(members)), None) => Ok(members),
        _ => {
            let text = format!("the body is empty, or an object with one member, {name}");
            Err(by(ManagementRefusal::field(name, &text)))
        }
    }
}

async fn of_servers(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    const AT: &str = "resource_server";
    let (request, state) = (asked.request, asked.state);
    let (id, credential) = (asked.segment(AT), asked.segment("credential"));
    match operation {
        O::CreateResourceServer => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let made = resource_servers::create(&mut change, (&members, None), AT).await;
            done(change, made, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::UpdateResourceServer => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let changed = resource_servers::update(&mut change, (id, asked.version()), &members, AT).await;
            done(change, changed, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::DeleteResourceServer => {
            let mut change = asked.change().await?;
            let deleted = resource_servers::delete(&mut change, (id, asked.version())).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        O::CreateCredential => {
            nothing(input::maybe_members(request, payload, state).await?)?;
            let mut change = asked.change().await?;
            let made = resource_servers::create_credential(&mut change, id).await;
            done(change, made, |made| page(Ok(Named("credential", made)))).await
        }
        _ => {
            let mut change = asked.change().await?;
            let deleted = resource_servers::delete_credential(&mut change, (id, credential)).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
    }
}

async fn of_roles(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    const AT: &str = "role";
    let (request, state) = (asked.request, asked.state);
    let (server, id) = (asked.segment("resource_server"), asked.segment(AT));
    match operation {
        O::CreateRole => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let made = roles::create(&mut change, server, (&members, None), AT).await;
            done(change, made, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::CloneRole => {
            let members = maybe_record(asked, payload, AT).await?;
            let mut change = asked.change().await?;
            let made = roles::copy(&mut change, (server, id), &members).await;
            done(change, made, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::UpdateRole => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let which = (server, id, asked.version());
            let changed = roles::update(&mut change, which, &members, AT).await;
            done(change, changed, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::DeleteRole => {
            let mut change = asked.change().await?;
            let deleted = roles::delete(&mut change, (server, id, asked.version())).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        O::AddRoleScopes | O::DeleteRoleScopes => {
            let members = input::members(request, payload, state).await?;
            let mut change = asked.change().await?;
            let add = operation == O::AddRoleScopes;
            let changed = roles::change_scopes(&mut change, (server, id), (&members, add)).await;
            done(change, changed, |body| page(Ok(Named(AT, body)))).await
        }
        _ => {
            let members = input::members(request, payload, state).await?;
            let mut change = asked.change().await?;
            let add = operation == O::AddRoleMembers;
            let changed = roles::change_members(&mut change, (server, id), (&members, add)).await;
            done(change, changed, |()| Ok(respond::empty())).await
        }
    }
}

async fn of_identities(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    let (request, state) = (asked.request, asked.state);
    let (id, at) = (asked.segment("identity"), identities::NAME);
    match operation {
        O::CreateIdentity | O::UpdateIdentity => {
            let mut members = input::record(request, payload, state, at).await?;
            let whose = Some(id).filter(|_| operation == O::UpdateIdentity);
            let of = (&asked.asking.key, whose);
            let password = identities::take_new_password(&state.deps, of, &mut members, at).await;
            let given = (&members, password.map_err(by)?);
            let mut change = asked.change().await?;
            let saved = match operation {
                O::CreateIdentity => identities::create(&mut change, given, None, at).await,
                _ => identities::update(&mut change, (id, asked.version()), given, at).await,
            };
            done(change, saved, |(body, saved)| one(at, Ok((body, saved.version)))).await
        }
        O::CreateSetupLink => {
            nothing(input::maybe_members(request, payload, state).await?)?;
            asked.still_entitled().await?;
            let Asking { key, requester } = asked.asking;
            let link = identities::setup_link(&state.deps, (key, id), requester).await;
            page(link.map(|link| Named("setup_link", link)))
        }
        O::EndSessions => {
            let mut change = asked.change().await?;
            let ended = identities::sign_out(&mut change, id).await;
            done(change, ended, |()| Ok(respond::empty())).await
        }
        _ => {
            let mut change = asked.change().await?;
            let deleted = identities::delete(&mut change, (id, asked.version())).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
    }
}

async fn of_groups(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    use Operation as O;
    const AT: &str = "group";
    let (request, state, id) = (asked.request, asked.state, asked.segment(AT));
    match operation {
        O::CreateGroup => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let made = groups::create(&mut change, (&members, None), AT).await;
            done(change, made, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::UpdateGroup => {
            let members = input::record(request, payload, state, AT).await?;
            let mut change = asked.change().await?;
            let changed = groups::update(&mut change, (id, asked.version()), &members, AT).await;
            done(change, changed, |(body, saved)| one(AT, Ok((body, saved.version)))).await
        }
        O::DeleteGroup => {
            let mut change = asked.change().await?;
            let deleted = groups::delete(&mut change, (id, asked.version())).await;
            done(change, deleted, |()| Ok(respond::empty())).await
        }
        _ => {
            let members = input::members(request, payload, state).await?;
            let mut change = asked.change().await?;
            let add = operation == O::AddGroupMembers;
            let changed = groups::change_members(&mut change, id, (&members, add)).await;
            done(change, changed, |()| Ok(respond::empty())).await
        }
    }
}

async fn of_keys(operation: Operation, asked: &Asked<'_>, payload: Payload) -> Performed {
    let Asking { key, requester } = asked.asking;
    let deps = &asked.state.deps;
    if operation == Operation::RotateSigningKeys {
        let members = input::maybe_members(asked.request, payload, asked.state).await?;
        asked.still_entitled().await?;
        return page(signing_keys::rotate(deps, key, &members, requester).await);
    }
    let kid = asked.segment("signing_key");
    signing_keys::revoke(deps, key, kid, requester).await.map_err(by)?;
    Ok(respond::empty())
}

fn nothing(members: grantor_protocol::management::merge::Members) -> Result<(), Refused> {
    match members.keys().next() {
        None => Ok(()),
        Some(_) => Err(by(ManagementRefusal::field("", "this takes no members"))),
    }
}

/// Commits what was done and answers it; what was refused leaves nothing behind.
async fn done<T>(
    change: Change<'_>,
    outcome: Result<T, ManagementRefusal>,
    answer: impl FnOnce(T) -> Performed,
) -> Performed {
    let made = outcome.map_err(by)?;
    change.commit().await.map_err(by)?;
    answer(made)
}

fn application(saved: applications::SavedApplication) -> Performed {
    one("application", Ok((saved.body, saved.saved.version)))
}

/// A body under its name.
struct Named<T>(&'static str, T);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map([(self.0, &self.1)])
    }
}

/// One record under its name, with its version (RFC 9110 section 8.8.3).
fn one<T: Serialize>(name: &'static str, found: Result<(T, i64), ManagementRefusal>) -> Performed {
    let (body, version) = found.map_err(by)?;
    let mut response = page(Ok(Named(name, body)))?;
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, value);
    }
    Ok(response)
}

fn page<T: Serialize>(found: Result<T, ManagementRefusal>) -> Performed {
    let body = serde_json::to_vec(&found.map_err(by)?);
    let body = body.map_err(|e| by(OAuthError::server_error(e.to_string())))?;
    Ok(respond::json(StatusCode::OK, body))
}
