//! Which applications may use an account.
use super::super::{ScopeGroup, Shell, link};
use super::{Frame, Moment};
use askama::Template;

/// The list. A form of it answers `application=ID`.
#[derive(Debug, Template)]
#[template(path = "account/apps.html")]
pub struct AccountApps {
    pub shell: Shell,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub apps: Vec<AppView>,
}

/// An application and what it holds.
#[derive(Debug, Clone)]
pub struct AppView {
    pub id: String,
    pub name: String,
    /// Its site; shown as a link only when it is a web address.
    pub uri: Option<String>,
    /// Where people are sent after signing in.
    pub host: String,
    pub groups: Vec<ScopeGroup>,
    pub granted: Moment,
    pub used: Option<Moment>,
    /// When the last of its tokens ends.
    pub ends: Option<Moment>,
    pub is_offline: bool,
    /// It is never asked about, so it may be back with the next sign-in.
    pub is_trusted: bool,
}

impl AppView {
    fn site(&self) -> Option<&str> {
        self.uri.as_deref().filter(|uri| link::is_web(uri))
    }

    /// The first letter of its name, for its tile.
    fn initial(&self) -> String {
        let letter = self.name.chars().find(|c| c.is_alphanumeric());
        letter.map(|c| c.to_uppercase().to_string()).unwrap_or_default()
    }
}

impl AccountApps {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("apps-title")
    }
}
