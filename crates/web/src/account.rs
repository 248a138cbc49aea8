//! The pages of a person's own account, under every issuer's prefix. A GET changes nothing; a POST ends with 303 and a word that
//! the next page says once.
mod activity;
mod apps;
mod home;
mod password;
mod profile;
mod sessions;
mod setup;
mod sign_in;

use crate::cookies::{self, Jar};
use crate::error::Answer;
use crate::interact::{forbidden, is_own_origin};
use crate::pages::{Flash, Frame, Moment, Shell};
use crate::routes::page;
use crate::state::State;
use crate::{address, prefix, read, respond};
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use grantor_flows::account::Owner;
use grantor_flows::interaction::{form_token, is_form_token, new_browser};
use grantor_flows::issuers::IssuerEntry;
use grantor_flows::sessions::{self as flow, LiveSession, Seat};
use grantor_protocol::form::Params;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::{OAuthError, UnixMillis};
use std::sync::Arc;

pub(crate) use crate::pages::AccountPage as Page;

/// Mounts the pages under one issuer.
pub(crate) fn mount(config: &mut web::ServiceConfig) {
    config
        .service(page("/account", web::get().to(home::get), None))
        .service(page(
            "/account/sign-in",
            web::get().to(sign_in::get),
            Some(web::post().to(sign_in::post)),
        ))
        .service(page(
            "/account/profile",
            web::get().to(profile::get),
            Some(web::post().to(profile::post)),
        ))
        .service(page(
            "/account/password",
            web::get().to(password::get),
            Some(web::post().to(password::post)),
        ))
        .service(page(
            "/account/sessions",
            web::get().to(sessions::get),
            Some(web::post().to(sessions::post)),
        ))
        .service(page(
            "/account/apps",
            web::get().to(apps::get),
            Some(web::post().to(apps::post)),
        ))
        .service(page("/account/activity", web::get().to(activity::get), None));
    // Scanners look at links before people do: a look by HEAD is as harmless as one by GET.
    let setup = page(
        "/setup/{token}",
        web::get().to(setup::get),
        Some(web::post().to(setup::post)),
    );
    config.service(setup.route(web::head().to(setup::get)));
}

/// Somebody who is signed in, on a page of their account.
struct Visit {
    issuer: Arc<IssuerEntry>,
    jar: Jar,
    /// The browser's own cookie, or the one it is about to get.
    browser: String,
    live: LiveSession,
    address: String,
    agent: String,
    now: UnixMillis,
    page: Page,
}

/// Who came to a page.
enum Caller {
    In(Box<Visit>),
    /// Nobody: the way to the sign-in page.
    Out(HttpResponse),
}

impl Visit {
    async fn of(request: &HttpRequest, state: &State, page: Page) -> Result<Caller, Answer> {
        let issuer = prefix::issuer(request, state).await?;
        let jar = Jar::read(request, state, &issuer.issuer.key);
        let now = state.deps.clock.now();
        let session = jar.session.as_deref();
        let Some(live) = flow::find(&state.deps, &issuer.issuer.key, session, now).await? else {
            let to = format!("{}?to={}", path(state, &issuer, "account/sign-in"), page.name());
            return Ok(Caller::Out(respond::redirect(StatusCode::SEE_OTHER, &to)));
        };
        Ok(Caller::In(Box::new(Self {
            browser: jar.browser.clone().unwrap_or_else(|| new_browser(&state.deps)),
            issuer,
            jar,
            live,
            address: address::of(request, state),
            agent: address::agent(request),
            now,
            page,
        })))
    }

    /// The same for a form, with its body. A form from elsewhere is refused whoever sent it.
    async fn posted(
        request: &HttpRequest,
        payload: web::Payload,
        state: &State,
        page: Page,
    ) -> Result<(Caller, Bytes), Answer> {
        let body = form_body(request, payload, state).await?;
        if !is_own_origin(request, state) {
            let issuer = prefix::issuer(request, state).await?;
            return Err(forbidden(Some(path(state, &issuer, page.path()))));
        }
        Ok((Self::of(request, state, page).await?, body))
    }

    fn key(&self) -> &RealmKey {
        &self.issuer.issuer.key
    }

    fn owner<'a>(&'a self, state: &'a State) -> Owner<'a> {
        Owner {
            deps: &state.deps,
            key: self.key(),
            live: &self.live,
            address: &self.address,
            now: self.now,
        }
    }

    fn seat(&self) -> Seat<'_> {
        Seat {
            session: self.jar.session.as_deref(),
            address: &self.address,
            agent: &self.agent,
        }
    }

    fn path(&self, state: &State, page: Page) -> String {
        path(state, &self.issuer, page.path())
    }

    /// A form is good for this page, this browser and this session: signing in anew makes it old.
    fn form(&self) -> String {
        format!("account:{}:{}", self.page.name(), self.live.mark())
    }

    fn csrf(&self, state: &State) -> String {
        form_token(&state.deps, self.key(), &self.browser, &self.form())
    }

    /// What was posted, once it is proven to come from the page we showed to this browser (O-196 to O-201).
    fn params<'b>(&self, state: &State, body: &'b [u8]) -> Result<Params<'b>, Answer> {
        let params = Params::parse(body).map_err(OAuthError::from)?;
        params.check_no_repetition()?;
        let sent = params.get("csrf").ok().flatten().unwrap_or_default();
        let browser = self.jar.browser.as_deref().unwrap_or_default();
        if is_form_token(&state.deps, self.key(), browser, &self.form(), sent) {
            return Ok(params);
        }
        Err(forbidden(Some(self.path(state, self.page))))
    }

    fn frame(&self, state: &State, shell: &Shell) -> Frame {
        let flash = self.jar.flash.as_deref().and_then(Flash::parse);
        let base = path(state, &self.issuer, "");
        Frame::new(&shell.text, &base, self.page, &self.live.user.username, flash)
    }

    /// The page, with the cookies that go with it.
    fn rendered(
        &self,
        state: &State,
        status: StatusCode,
        html: Result<String, askama::Error>,
    ) -> Result<HttpResponse, Answer> {
        let mut response = respond::rendered(status, html)?;
        if self.jar.browser.is_none() {
            cookies::set_browser(&mut response, state, self.key(), &self.browser);
        }
        if self.jar.flash.is_some() {
            cookies::set_flash(&mut response, state, self.key(), None);
        }
        Ok(response)
    }

    /// Done: on to a page that says so.
    fn done(&self, state: &State, page: Page, flash: Flash) -> HttpResponse {
        let mut response = respond::redirect(StatusCode::SEE_OTHER, &self.path(state, page));
        cookies::set_flash(&mut response, state, self.key(), Some(flash.as_str()));
        response
    }
}

async fn form_body(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<Bytes, Answer> {
    read::forbid_query(request)?;
    read::require_form(request)?;
    read::body(payload, state).await
}

/// The path of a page under an issuer; `page` without its first slash.
fn path(state: &State, issuer: &IssuerEntry, page: &str) -> String {
    format!("{}{}/{page}", state.settings.base_path, issuer.issuer.prefix())
}

fn moment(at: UnixMillis) -> Moment {
    Moment::of_unix_seconds(at.seconds())
}

/// A value of a form as it was typed; empty when it is not there or unreadable.
fn typed<'p>(params: &'p Params<'_>, name: &'static str) -> &'p str {
    params.get(name).ok().flatten().unwrap_or_default()
}
