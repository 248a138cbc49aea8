//! The one table of what can be reached beside the Configuration API: path, where it stands, who may come in, what answers.
//!
//! A new endpoint does not compile before it says all of it; `routes` mounts this table and nothing else.
use crate::account::{self, activity, apps, home, password, profile, sessions, setup};
use crate::api::configuration;
use crate::interact::{consent, go_on, sign_in, sign_out};
use crate::oauth::{authorize, introspect, published, revoke, token, userinfo};
use crate::{cors, routes};
use actix_web::{Route, web};

/// Who may come in. Each kind is tried at every endpoint that names it (`tests/it/isolation/access.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: what is published, and where people begin.
    Public,
    /// An application that proves itself, or, being public, brings what only it was given.
    Client,
    /// The same, or a resource server, or the bearer of a management token.
    ClientOrBearer,
    /// The bearer of an access token.
    Bearer,
    /// The browser a stored request belongs to; a form also brings the token that was made for it.
    Interaction,
    /// A browser whose session is asked; a form also brings the token that was made for it.
    Browser,
    /// Anybody may look; the form brings the token that was made for the browser.
    Form,
    /// Whoever holds a one-time link; the form also brings the token that was made for it.
    Link,
}

/// Below which prefixes a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Each of an issuer's three.
    Issuer,
    /// Before the prefixes that are not empty (RFC 8414 section 3.1).
    BeforeIssuer,
    /// None.
    Root,
}

/// Who reads the answers, and so how a wrong method is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Program,
    /// A program of the Configuration API, which tells errors in its own shape.
    Manager,
    Person,
}

/// What answers each method of an endpoint.
type Handlers = Vec<(&'static str, Route)>;

macro_rules! endpoints {
    ($($name:ident $place:ident $path:literal),+ $(,)?) => {
        /// What can be reached.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Endpoint { $(#[doc = $path] $name),+ }
        impl Endpoint {
            /// Every endpoint, the busiest first.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// Its path below the prefixes.
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => $path),+ }
            }
            /// Which prefixes those are.
            pub const fn place(self) -> Place {
                match self { $(Self::$name => Place::$place),+ }
            }
        }
    };
}

endpoints! {
    Token Issuer "/token",
    Introspect Issuer "/introspect",
    Revoke Issuer "/revoke",
    Userinfo Issuer "/userinfo",
    Authorize Issuer "/authorize",
    Login Issuer "/login",
    Consent Issuer "/consent",
    Logout Issuer "/logout",
    Continue Issuer "/continue",
    Restart Issuer "/restart",
    Account Issuer "/account",
    AccountSignIn Issuer "/account/sign-in",
    AccountProfile Issuer "/account/profile",
    AccountPassword Issuer "/account/password",
    AccountSessions Issuer "/account/sessions",
    AccountApps Issuer "/account/apps",
    AccountActivity Issuer "/account/activity",
    Setup Issuer "/setup/{token}",
    OpenidConfiguration Issuer "/.well-known/openid-configuration",
    OauthMetadata Issuer "/.well-known/oauth-authorization-server",
    Jwks Issuer "/jwks",
    WellKnownJwks Issuer "/.well-known/jwks.json",
    OauthMetadataBefore BeforeIssuer "/.well-known/oauth-authorization-server",
    OpenidConfigurationBefore BeforeIssuer "/.well-known/openid-configuration",
    Front Root "/",
    Asset Root "/assets/{name}",
    OpenApi Root "/v1/openapi.json",
}

impl Endpoint {
    /// Who may come in.
    pub const fn access(self) -> Access {
        match self {
            Self::Token => Access::Client,
            Self::Introspect | Self::Revoke => Access::ClientOrBearer,
            Self::Userinfo => Access::Bearer,
            Self::Login | Self::Consent | Self::Continue | Self::Restart => Access::Interaction,
            Self::Logout
            | Self::Account
            | Self::AccountProfile
            | Self::AccountPassword
            | Self::AccountSessions
            | Self::AccountApps
            | Self::AccountActivity => Access::Browser,
            Self::AccountSignIn => Access::Form,
            Self::Setup => Access::Link,
            Self::Authorize
            | Self::OpenidConfiguration
            | Self::OauthMetadata
            | Self::Jwks
            | Self::WellKnownJwks
            | Self::OauthMetadataBefore
            | Self::OpenidConfigurationBefore
            | Self::Front
            | Self::Asset
            | Self::OpenApi => Access::Public,
        }
    }

    /// Its methods, as an `Allow` header names them. A page without HEAD is a step: `/continue` may end in a code.
    pub fn methods(self) -> Vec<&'static str> {
        self.handlers().into_iter().map(|(method, _)| method).collect()
    }

    pub(crate) const fn reader(self) -> Reader {
        match self {
            Self::Authorize
            | Self::Login
            | Self::Consent
            | Self::Logout
            | Self::Continue
            | Self::Restart
            | Self::Account
            | Self::AccountSignIn
            | Self::AccountProfile
            | Self::AccountPassword
            | Self::AccountSessions
            | Self::AccountApps
            | Self::AccountActivity
            | Self::Setup
            | Self::Front => Reader::Person,
            Self::Token
            | Self::Introspect
            | Self::Revoke
            | Self::Userinfo
            | Self::OpenidConfiguration
            | Self::OauthMetadata
            | Self::Jwks
            | Self::WellKnownJwks
            | Self::OauthMetadataBefore
            | Self::OpenidConfigurationBefore
            | Self::Asset => Reader::Program,
            Self::OpenApi => Reader::Manager,
        }
    }

    /// What answers each method.
    pub(crate) fn handlers(self) -> Handlers {
        match self {
            Self::Token => call(web::post().to(token::token)),
            Self::Introspect => call(web::post().to(introspect::introspect)),
            Self::Revoke => call(web::post().to(revoke::revoke)),
            Self::Userinfo => form(web::get().to(userinfo::userinfo), web::post().to(userinfo::userinfo)),
            Self::Authorize => form(web::get().to(authorize::get), web::post().to(authorize::post)),
            Self::Login => form(web::get().to(sign_in::get), web::post().to(sign_in::post)),
            Self::Consent => form(web::get().to(consent::get), web::post().to(consent::post)),
            Self::Logout => form(web::get().to(sign_out::get), web::post().to(sign_out::post)),
            Self::Continue => look(web::get().to(go_on::go_on)),
            Self::Restart => look(web::get().to(go_on::restart)),
            Self::Account => look(web::get().to(home::get)),
            Self::AccountSignIn => form(
                web::get().to(account::sign_in::get),
                web::post().to(account::sign_in::post),
            ),
            Self::AccountProfile => form(web::get().to(profile::get), web::post().to(profile::post)),
            Self::AccountPassword => form(web::get().to(password::get), web::post().to(password::post)),
            Self::AccountSessions => form(web::get().to(sessions::get), web::post().to(sessions::post)),
            Self::AccountApps => form(web::get().to(apps::get), web::post().to(apps::post)),
            Self::AccountActivity => look(web::get().to(activity::get)),
            // Scanners look at links before people do: a look by HEAD is as harmless as one by GET.
            Self::Setup => {
                let mut handlers = form(web::get().to(setup::get), web::post().to(setup::post));
                handlers.push(("HEAD", web::head().to(setup::get)));
                handlers
            }
            Self::OpenidConfiguration
            | Self::OauthMetadata
            | Self::OauthMetadataBefore
            | Self::OpenidConfigurationBefore => {
                document(web::get().to(published::metadata), web::head().to(published::metadata))
            }
            Self::Jwks | Self::WellKnownJwks => {
                document(web::get().to(published::jwks), web::head().to(published::jwks))
            }
            Self::OpenApi => look(web::get().to(configuration::described)),
            Self::Front => look(web::get().to(routes::front)),
            Self::Asset => document(web::get().to(routes::asset), web::head().to(routes::asset)),
        }
    }

    /// What answers the preflight of a browser, where another origin's page may read the answer.
    pub(crate) fn preflight(self) -> Option<Route> {
        match self {
            Self::Token | Self::Revoke | Self::Userinfo => Some(options().to(cors::preflight)),
            Self::OpenidConfiguration
            | Self::OauthMetadata
            | Self::Jwks
            | Self::WellKnownJwks
            | Self::OauthMetadataBefore
            | Self::OpenidConfigurationBefore => Some(options().to(cors::public_preflight)),
            Self::Introspect
            | Self::Authorize
            | Self::Login
            | Self::Consent
            | Self::Logout
            | Self::Continue
            | Self::Restart
            | Self::Account
            | Self::AccountSignIn
            | Self::AccountProfile
            | Self::AccountPassword
            | Self::AccountSessions
            | Self::AccountApps
            | Self::AccountActivity
            | Self::Setup
            | Self::Front
            | Self::Asset
            | Self::OpenApi => None,
        }
    }
}

fn call(post: Route) -> Handlers {
    vec![("POST", post)]
}

fn look(get: Route) -> Handlers {
    vec![("GET", get)]
}

fn form(get: Route, post: Route) -> Handlers {
    vec![("GET", get), ("POST", post)]
}

fn document(get: Route, head: Route) -> Handlers {
    vec![("GET", get), ("HEAD", head)]
}

fn options() -> Route {
    web::method(actix_web::http::Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_endpoint_has_a_place_of_its_own_and_answers_something() {
        let mut places = HashSet::new();
        for endpoint in Endpoint::ALL {
            assert!(places.insert((endpoint.place() as u8, endpoint.path())), "{endpoint:?}");
            assert!(!endpoint.methods().is_empty(), "{endpoint:?}");
            let steps = matches!(endpoint.access(), Access::Interaction | Access::Browser);
            assert!(!steps || !endpoint.methods().contains(&"HEAD"), "{endpoint:?}");
        }
    }
}
