//! What happened to an account.
use super::super::Shell;
use super::{Frame, Moment};
use crate::text::Text;
use askama::Template;
use grantor_protocol::events::EventKind;

/// The page: a filter, the events, and the way to older ones.
#[derive(Debug, Template)]
#[template(path = "account/activity.html")]
pub struct AccountActivity {
    pub shell: Shell,
    pub frame: Frame,
    pub filters: Vec<FilterLink>,
    pub events: Vec<EventLine>,
    /// Path of the next page; none on the last.
    pub next: Option<String>,
    /// Path of the first page; none on the first.
    pub newest: Option<String>,
}

/// A part of the list that can be chosen.
#[derive(Debug, Clone)]
pub struct FilterLink {
    pub label: String,
    pub href: String,
    pub is_chosen: bool,
}

/// An event.
#[derive(Debug, Clone)]
pub struct EventLine {
    pub at: Moment,
    pub what: String,
    /// False for what was refused, or ought to make one look twice.
    pub is_good: bool,
    /// The application's name; may be empty.
    pub application: String,
    pub address: String,
}

/// An event in words, and whether it is as it should be. A kind without words is shown as it is spelled.
pub fn event_words(text: &Text, kind: EventKind) -> (String, bool) {
    let words = text.find(&format!("event-{}", kind.as_str().replace('.', "-")));
    let is_good = !matches!(
        kind,
        EventKind::SignInFailed
            | EventKind::SignInLocked
            | EventKind::CodeReplayed
            | EventKind::RefreshReplayed
            | EventKind::RefreshLate
            | EventKind::TokenRefused
    );
    (words.unwrap_or_else(|| kind.as_str().to_owned()), is_good)
}

/// The name of a part of the list.
pub fn filter_words(text: &Text, show: &str) -> String {
    text.get(match show {
        "sign-ins" => "activity-show-sign-ins",
        "apps" => "activity-show-apps",
        "account" => "activity-show-account",
        _ => "activity-show-all",
    })
}

impl AccountActivity {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("activity-title")
    }
}
