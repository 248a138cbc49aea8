//! The two cookies of a realm: who is signed in, and which browser this is (decision 14).
use crate::state::State;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::authorize::Cookies;
use grantor_protocol::issuer::RealmKey;

/// The cookies a request brought for a realm.
#[derive(Default)]
pub(crate) struct Jar {
    pub(crate) session: Option<String>,
    pub(crate) browser: Option<String>,
}

impl Jar {
    /// Reads them. A cookie that stands twice is nobody's: another host may have planted the second.
    pub(crate) fn read(request: &HttpRequest, state: &State, key: &RealmKey) -> Self {
        let one = |name: String| {
            let mut found = request
                .headers()
                .get_all(COOKIE)
                .filter_map(|v| v.to_str().ok())
                .flat_map(|v| v.split(';'))
                .filter_map(|pair| {
                    pair.trim()
                        .split_once('=')
                        .filter(|(n, _)| *n == name)
                        .map(|(_, v)| v.to_owned())
                });
            let first = found.next().filter(|v| is_ours(v));
            if found.next().is_some() { None } else { first }
        };
        Self {
            session: one(name(state, "session", key)),
            browser: one(name(state, "browser", key)),
        }
    }

    pub(crate) fn as_cookies(&self) -> Cookies<'_> {
        Cookies {
            session: self.session.as_deref(),
            browser: self.browser.as_deref(),
        }
    }
}

/// 32 random bytes in base64url: anything else was chosen by somebody and is nobody's (O-209).
fn is_ours(value: &str) -> bool {
    value.len() == 43
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Sets the session cookie; `None` ends it.
pub(crate) fn set_session(response: &mut HttpResponse, state: &State, key: &RealmKey, value: Option<&str>) {
    set(response, state, name(state, "session", key), value);
}

/// Sets the cookie that tells browsers apart.
pub(crate) fn set_browser(response: &mut HttpResponse, state: &State, key: &RealmKey, value: &str) {
    set(response, state, name(state, "browser", key), Some(value));
}

fn set(response: &mut HttpResponse, state: &State, name: String, value: Option<&str>) {
    let mut cookie = Cookie::build(name, value.unwrap_or_default().to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.settings.https)
        .finish();
    if value.is_none() {
        cookie.make_removal();
    }
    if let Ok(value) = cookie.to_string().parse() {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// `__Host-` keeps other hosts and plain HTTP from setting it (RFC 6265bis section 4.1.3.2); it needs https.
fn name(state: &State, what: &str, key: &RealmKey) -> String {
    let prefix = if state.settings.https { "__Host-" } else { "" };
    format!("{prefix}grantor-{what}.{}.{}", key.tenant, key.realm)
}
