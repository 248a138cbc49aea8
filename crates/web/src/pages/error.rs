//! Error pages: a plain sentence, what to do, a reference, and a way out. Developers see more in development mode.
//!
//! Does not own: which error gets a page rather than a redirect, nor the status (it is given).
use super::{Shell, link};
use askama::Template;

/// An error page.
#[derive(Debug, Template)]
#[template(path = "error/page.html")]
pub struct ErrorPage {
    pub shell: Shell,
    /// The HTTP status of the response.
    pub status: u16,
    pub kind: ErrorKind,
    /// When it happened, RFC 3339 in UTC.
    pub time: String,
    /// Rows for developers, filled in development mode only. The first part is one of `parameter`, `received`, `allowed`,
    /// `registered`, `difference`, `hint`, `specification` (translated), or any other label.
    pub detail: Vec<(String, String)>,
    /// Name and address of the application.
    pub home: Option<(String, String)>,
    /// Path that starts the same request again.
    pub restart: Option<String>,
    /// Path of the sign-out page.
    pub sign_out: Option<String>,
}

/// What happened, as far as the user has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Generic,
    /// The redirect URI is not one of the application's.
    RedirectUri,
    UnknownClient,
    BadRequest,
    /// The interaction has ended or is too old.
    Stale,
    NoCookie,
    NotFound,
    MethodNotAllowed,
    TooMany,
    Unavailable,
    Forbidden,
    /// A one-time link that is unknown, used or too old.
    LinkGone,
    Internal,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Generic,
        Self::RedirectUri,
        Self::UnknownClient,
        Self::BadRequest,
        Self::Stale,
        Self::NoCookie,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooMany,
        Self::Unavailable,
        Self::Forbidden,
        Self::LinkGone,
        Self::Internal,
    ];

    /// The page's title, the sentence that says what happened, and the one that says what to do.
    const fn keys(self) -> [&'static str; 3] {
        match self {
            Self::Generic => ["error-generic-title", "error-generic-what", "error-generic-advice"],
            Self::RedirectUri => ["error-redirect-title", "error-redirect-what", "error-redirect-advice"],
            Self::UnknownClient => ["error-client-title", "error-client-what", "error-client-advice"],
            Self::BadRequest => ["error-request-title", "error-request-what", "error-request-advice"],
            Self::Stale => ["error-stale-title", "error-stale-what", "error-stale-advice"],
            Self::NoCookie => ["error-cookie-title", "error-cookie-what", "error-cookie-advice"],
            Self::NotFound => [
                "error-not-found-title",
                "error-not-found-what",
                "error-not-found-advice",
            ],
            Self::MethodNotAllowed => ["error-method-title", "error-method-what", "error-method-advice"],
            Self::TooMany => ["error-too-many-title", "error-too-many-what", "error-too-many-advice"],
            Self::Unavailable => [
                "error-unavailable-title",
                "error-unavailable-what",
                "error-unavailable-advice",
            ],
            Self::Forbidden => [
                "error-forbidden-title",
                "error-forbidden-what",
                "error-forbidden-advice",
            ],
            Self::LinkGone => ["error-link-title", "error-link-what", "error-link-advice"],
            Self::Internal => ["error-internal-title", "error-internal-what", "error-internal-advice"],
        }
    }
}

/// A developer row as it is shown.
struct DetailRow<'a> {
    label: String,
    value: &'a str,
    is_link: bool,
}

impl ErrorPage {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.sentence(0)
    }

    fn sentence(&self, index: usize) -> String {
        self.shell.t(self.kind.keys()[index])
    }

    /// Calm where waiting or starting again helps.
    fn emblem(&self) -> &'static str {
        match self.kind {
            ErrorKind::Stale
            | ErrorKind::NoCookie
            | ErrorKind::NotFound
            | ErrorKind::MethodNotAllowed
            | ErrorKind::LinkGone
            | ErrorKind::TooMany
            | ErrorKind::Unavailable => "emblem-caution",
            _ => "emblem-bad",
        }
    }

    /// The time for reading: `2026-05-01 12:00:00 UTC`.
    fn shown_time(&self) -> String {
        self.time
            .strip_suffix('Z')
            .map_or_else(|| self.time.clone(), |time| format!("{} UTC", time.replace('T', " ")))
    }

    fn rows(&self) -> Vec<DetailRow<'_>> {
        let label = |name: &str| {
            self.shell
                .text
                .find(&format!("detail-{name}"))
                .unwrap_or_else(|| name.to_owned())
        };
        self.detail
            .iter()
            .map(|(name, value)| DetailRow {
                label: label(name),
                value,
                // Only our own references become links, never a received address.
                is_link: name == "specification" && link::is_web(value),
            })
            .collect()
    }

    fn home_link(&self) -> Option<(String, &str)> {
        let (name, url) = self.home.as_ref().filter(|(_, url)| link::is_followable(url))?;
        Some((
            self.shell.text.with("error-home", &[("application", name.as_str())]),
            url,
        ))
    }

    fn restart_link(&self) -> Option<&str> {
        self.restart.as_deref().filter(|path| link::is_followable(path))
    }

    fn sign_out_link(&self) -> Option<&str> {
        self.sign_out.as_deref().filter(|path| link::is_followable(path))
    }

    fn has_actions(&self) -> bool {
        self.home_link().is_some() || self.restart_link().is_some() || self.sign_out_link().is_some()
    }
}
