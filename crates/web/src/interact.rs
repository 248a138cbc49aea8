//! The pages of an interaction. Each POST stores a fact and returns to `/continue`; steps never name each other.
pub(crate) mod consent;
pub(crate) mod go_on;
pub(crate) mod sign_in;
pub(crate) mod sign_out;

use crate::cookies::Jar;
use crate::error::{Answer, PageDetail};
use crate::pages::ErrorKind;
use crate::state::State;
use crate::{prefix, respond};
use actix_web::http::StatusCode;
use actix_web::http::header::ORIGIN;
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::authorize::{Place, client_of};
use grantor_flows::catalog::ClientEntry;
use grantor_flows::interaction::{self, Found, Interaction};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::sessions::{self, LiveSession};
use grantor_protocol::OAuthError;
use grantor_protocol::form::Params;
use std::sync::Arc;

/// A page request that found its interaction.
struct Visit {
    issuer: Arc<IssuerEntry>,
    jar: Jar,
    id: String,
    interaction: Interaction,
    client: Arc<ClientEntry>,
    live: Option<LiveSession>,
}

impl Visit {
    /// Loads everything a step needs, or says what page stands in for it (E4).
    async fn of(request: &HttpRequest, state: &State, params: &Params<'_>) -> Result<Self, Answer> {
        let issuer = prefix::issuer(request, state).await?;
        let key = &issuer.issuer.key;
        let jar = Jar::read(request, state, key);
        let id = params
            .get("tx")
            .map_err(OAuthError::from)?
            .unwrap_or_default()
            .to_owned();
        let interaction = match interaction::find(&state.deps, &issuer.issuer, &id, jar.browser.as_deref()).await? {
            Found::Ours(interaction) => *interaction,
            Found::Stale => return Err(stale()),
            Found::Foreign => return Err(foreign(state, &issuer, &id)),
        };
        let Some(client) = client_of(&state.deps, &issuer, &interaction).await? else {
            return Err(stale());
        };
        let live = sessions::find(&state.deps, key, jar.session.as_deref(), state.deps.clock.now()).await?;
        Ok(Self {
            issuer,
            jar,
            id,
            interaction,
            client,
            live,
        })
    }

    fn place<'a>(&'a self, state: &'a State) -> Place<'a> {
        Place {
            deps: &state.deps,
            issuer: &self.issuer,
            entry: &self.client,
            interaction: &self.interaction,
            live: self.live.as_ref(),
            now: state.deps.clock.now(),
        }
    }

    fn browser(&self) -> &str {
        self.jar.browser.as_deref().unwrap_or_default()
    }

    fn csrf(&self, state: &State, form: &str) -> String {
        interaction::form_token(
            &state.deps,
            &self.issuer.issuer.key,
            self.browser(),
            &format!("{form}:{}", self.id),
        )
    }

    fn is_csrf(&self, state: &State, form: &str, sent: &str) -> bool {
        let name = format!("{form}:{}", self.id);
        interaction::is_form_token(&state.deps, &self.issuer.issuer.key, self.browser(), &name, sent)
    }

    fn path(&self, state: &State, page: &str) -> String {
        format!("{}{}/{page}", state.settings.base_path, self.issuer.issuer.prefix())
    }

    /// Back to the decision (303: the form is not posted again).
    fn go_on(&self, state: &State) -> HttpResponse {
        respond::redirect(
            StatusCode::SEE_OTHER,
            &format!("{}?tx={}", self.path(state, "continue"), self.id),
        )
    }

    /// A form must come from the page we showed to this browser, on our own origin (O-196 to O-201).
    fn check_form(&self, request: &HttpRequest, state: &State, form: &str, params: &Params<'_>) -> Result<(), Answer> {
        let sent = params.get("csrf").ok().flatten().unwrap_or_default();
        if self.is_csrf(state, form, sent) && is_own_origin(request, state) {
            return Ok(());
        }
        Err(forbidden(Some(format!(
            "{}?tx={}",
            self.path(state, "continue"),
            self.id
        ))))
    }
}

/// `Origin` and `Sec-Fetch-Site`, where the browser sends them. Under `no-referrer` Chromium names our own origin `null`.
pub(crate) fn is_own_origin(request: &HttpRequest, state: &State) -> bool {
    let header = |name: &str| {
        let mut all = request.headers().get_all(name);
        let first = all.next()?.to_str().unwrap_or("unreadable");
        Some(if all.next().is_none() { first } else { "several" })
    };
    let site = header("sec-fetch-site");
    let site_is_ours = site.is_none_or(|s| s == "same-origin" || s == "none");
    let origin_is_ours = match header(ORIGIN.as_str()) {
        None => true,
        Some("null") => site == Some("same-origin"),
        Some(origin) => origin == state.settings.origin,
    };
    site_is_ours && origin_is_ours
}

pub(crate) fn forbidden(restart: Option<String>) -> Answer {
    let detail = PageDetail {
        restart,
        cause: "form token or origin".into(),
        ..PageDetail::default()
    };
    Answer::page(StatusCode::FORBIDDEN, ErrorKind::Forbidden, detail)
}

fn stale() -> Answer {
    let detail = PageDetail {
        cause: "unknown or expired interaction".into(),
        ..PageDetail::default()
    };
    Answer::page(StatusCode::BAD_REQUEST, ErrorKind::Stale, detail)
}

/// Another browser's, or cookies are off: starting the same request again is offered.
fn foreign(state: &State, issuer: &IssuerEntry, id: &str) -> Answer {
    let restart = format!("{}{}/restart?tx={id}", state.settings.base_path, issuer.issuer.prefix());
    let detail = PageDetail {
        restart: Some(restart),
        cause: "interaction of another browser, or no cookie".into(),
        ..PageDetail::default()
    };
    Answer::page(StatusCode::BAD_REQUEST, ErrorKind::NoCookie, detail)
}
