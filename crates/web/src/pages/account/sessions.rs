//! Where an account is signed in.
use super::super::Shell;
use super::{Frame, Moment};
use crate::text::Text;
use askama::Template;

/// The list. Its forms answer `end=one` with `session=ID`, and `end=others` with `offline=yes` or without.
#[derive(Debug, Template)]
#[template(path = "account/sessions.html")]
pub struct AccountSessions {
    pub shell: Shell,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub sessions: Vec<SessionView>,
}

/// A browser session.
#[derive(Debug, Clone)]
pub struct SessionView {
    pub id: String,
    pub is_current: bool,
    /// The device in words.
    pub device: String,
    /// What the browser said of itself; may be empty.
    pub agent: String,
    pub address: String,
    pub signed_in: Moment,
    pub last_seen: Moment,
    /// Its end, when nobody ends it before.
    pub ends: Moment,
    pub method: String,
    pub applications: Vec<String>,
    /// Until when tokens outlive it.
    pub outlived: Option<Moment>,
}

/// A device in words, from the names of its browser and system.
pub fn device_words(text: &Text, browser: Option<&str>, system: Option<&str>) -> String {
    match (browser, system) {
        (Some(browser), Some(system)) => text.with("session-device", &[("browser", browser), ("system", system)]),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => text.get("session-device-unknown"),
    }
}

/// How somebody signed in, in words (RFC 8176).
pub fn method_words(text: &Text, amr: &[String]) -> String {
    let word = |method: &String| match method.as_str() {
        "pwd" => text.get("session-method-password"),
        other => other.to_owned(),
    };
    amr.iter().map(word).collect::<Vec<_>>().join(", ")
}

impl AccountSessions {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("sessions-title")
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|s| !s.is_current)
    }
}
