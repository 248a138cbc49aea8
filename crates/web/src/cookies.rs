//! The cookies of a realm: who is signed in, which browser this is (decision 14), and which accounts it knows.
use crate::cookie_header::only_cookie;
use crate::state::State;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, SET_COOKIE};
use actix_web::{HttpRequest, HttpResponse};
use grantor_flows::authorize::Cookies;
use grantor_protocol::issuer::RealmKey;

/// How long a browser stays known to an account it has signed in to; browsers keep no cookie longer.
const DEVICE_DAYS: i64 = 400;

/// The cookies a request brought for a realm.
#[derive(Default)]
pub(crate) struct Jar {
    pub(crate) session: Option<String>,
    pub(crate) browser: Option<String>,
    pub(crate) device: Option<String>,
    /// What the page before has done.
    pub(crate) flash: Option<String>,
}

impl Jar {
    /// Reads them. A cookie that stands twice is nobody's: another host may have planted the second.
    pub(crate) fn read(request: &HttpRequest, state: &State, key: &RealmKey) -> Self {
        let one = |name: String, is_ours: fn(&str) -> bool| {
            let headers = request.headers().get_all(COOKIE).filter_map(|v| v.to_str().ok());
            only_cookie(headers, &name).filter(|v| is_ours(v)).map(str::to_owned)
        };
        Self {
            session: one(name(state, "session", key), is_random),
            browser: one(name(state, "browser", key), is_random),
            device: one(name(state, "device", key), is_of_device),
            flash: one(name(state, "flash", key), |word| word.len() < 32),
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
fn is_random(value: &str) -> bool {
    value.len() == 43 && is_base64url(value)
}

/// 16 random bytes and marks of 32, all in base64url.
fn is_of_device(value: &str) -> bool {
    value.len() < 256
        && value
            .split('.')
            .enumerate()
            .all(|(i, part)| part.len() == if i == 0 { 22 } else { 43 } && is_base64url(part))
}

fn is_base64url(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Sets the session cookie; `None` ends it.
pub(crate) fn set_session(response: &mut HttpResponse, state: &State, key: &RealmKey, value: Option<&str>) {
    set(response, state, name(state, "session", key), value, None);
}

/// Sets the cookie of a browser that has signed in; it outlives the session.
pub(crate) fn set_device(response: &mut HttpResponse, state: &State, key: &RealmKey, value: &str) {
    let name = name(state, "device", key);
    set(response, state, name, Some(value), Some(Duration::days(DEVICE_DAYS)));
}

/// Sets the cookie that tells browsers apart.
pub(crate) fn set_browser(response: &mut HttpResponse, state: &State, key: &RealmKey, value: &str) {
    set(response, state, name(state, "browser", key), Some(value), None);
}

/// Sets what the next page says once; `None` when it was said.
pub(crate) fn set_flash(response: &mut HttpResponse, state: &State, key: &RealmKey, word: Option<&str>) {
    let name = name(state, "flash", key);
    set(response, state, name, word, word.map(|_| Duration::minutes(1)));
}

fn set(response: &mut HttpResponse, state: &State, name: String, value: Option<&str>, max_age: Option<Duration>) {
    let mut cookie = Cookie::build(name, value.unwrap_or_default().to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.settings.https)
        .finish();
    if max_age.is_some() {
        cookie.set_max_age(max_age);
    }
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
