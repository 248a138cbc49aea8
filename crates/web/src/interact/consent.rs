//! `/consent`: what the application asks for, in plain words (L6), and the user's answer.
use super::Visit;
use crate::error::{self, Answer};
use crate::pages::Consent;
use crate::state::State;
use crate::{read, respond, scopes};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::authorize::Next;
use grantor_flows::consent::{allow, ask_again, deny};
use grantor_flows::sessions::LiveSession;
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::user::User;
use grantor_protocol::words::OidcScope;

const FORM: &str = "consent";

pub(crate) async fn get(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    show(&request, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

pub(crate) async fn post(request: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    submit(&request, payload, &state)
        .await
        .unwrap_or_else(|answer| error::page(&request, &state, answer))
}

async fn show(request: &HttpRequest, state: &State) -> Result<HttpResponse, Answer> {
    let params = Params::parse(request.query_string().as_bytes()).map_err(OAuthError::from)?;
    let visit = Visit::of(request, state, &params).await?;
    let (Next::Consent(asked), Some(live)) = (visit.place(state).next().await?, &visit.live) else {
        return Ok(visit.go_on(state));
    };
    let shell = respond::shell(request, state, visit.interaction.request.ui_locales.as_deref());
    let view = Consent {
        action: visit.path(state, "consent"),
        tx: visit.id.clone(),
        csrf: visit.csrf(state, FORM),
        shown: visit.csrf(state, &shown_to(live, &asked)),
        application: visit.client.client.display_name.clone(),
        application_uri: visit.client.client.config.client_uri.clone(),
        redirect_host: visit.interaction.return_address.host(),
        signed_in_as: live.user.username.clone(),
        not_you: format!("{}?tx={}", visit.path(state, "login"), visit.id),
        groups: scopes::groups(&shell.text, visit.client.resource_server.as_ref(), &asked, |scope| {
            shown(scope, &live.user)
        }),
        shell,
    };
    respond::rendered(StatusCode::OK, view.render())
}

async fn submit(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<HttpResponse, Answer> {
    read::forbid_query(request)?;
    read::require_form(request)?;
    let body = read::body(payload, state).await?;
    let params = Params::parse(&body).map_err(OAuthError::from)?;
    params.check_no_repetition()?;
    let visit = Visit::of(request, state, &params).await?;
    visit.check_form(request, state, FORM, &params)?;
    match params.get("decision").map_err(OAuthError::from)? {
        // A no counts whatever has happened since.
        Some("deny") => deny(&state.deps, &visit.issuer.issuer.key, &visit.id).await?,
        Some("allow") => yes(state, &visit, &params).await?,
        _ => return Err(OAuthError::invalid_request("decision must be allow or deny").into()),
    }
    Ok(visit.go_on(state))
}

/// A yes counts from the user it was asked of, for the scopes that were shown, and while the question stands: a late or
/// repeated form changes nothing, one that was made for somebody else is asked again.
async fn yes(state: &State, visit: &Visit, params: &Params<'_>) -> Result<(), Answer> {
    let Some(live) = &visit.live else { return Ok(()) };
    let key = &visit.issuer.issuer.key;
    let shown = params.get("shown").map_err(OAuthError::from)?.unwrap_or_default();
    let place = visit.place(state);
    // Other scopes than those that were shown, because roles changed meanwhile, are another question.
    let scopes = place.scopes().await?;
    if !visit.is_csrf(state, &shown_to(live, &scopes), shown) {
        return Ok(ask_again(&state.deps, key, &visit.id).await?);
    }
    if let Next::Consent(scopes) = place.next().await? {
        allow(&state.deps, key, (&visit.id, &visit.interaction), (live, &scopes)).await?;
    }
    Ok(())
}

/// What a consent page was made for: nobody answers a question that was put to somebody else (O-292).
fn shown_to(live: &LiveSession, scopes: &ScopeSet) -> String {
    format!("shown:{}:{scopes}", live.mark())
}

/// What exactly would be told.
fn shown(scope: OidcScope, user: &User) -> String {
    let profile = &user.profile;
    match scope {
        OidcScope::OpenId | OidcScope::OfflineAccess => String::new(),
        OidcScope::Profile => profile.name.clone().unwrap_or_else(|| user.username.clone()),
        OidcScope::Email => user.email.clone().unwrap_or_default(),
        OidcScope::Phone => profile.phone_number.clone().unwrap_or_default(),
        OidcScope::Address => {
            let address = profile.address.clone().unwrap_or_default();
            let parts = [
                address.street_address,
                address.locality,
                address.postal_code,
                address.country,
            ];
            address
                .formatted
                .unwrap_or_else(|| parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
    }
}
