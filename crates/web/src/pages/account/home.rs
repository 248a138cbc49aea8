//! Where things stand.
use super::super::Shell;
use super::{EventLine, Frame, Moment};
use askama::Template;

/// The first page of an account.
#[derive(Debug, Template)]
#[template(path = "account/home.html")]
pub struct AccountHome {
    pub shell: Shell,
    pub frame: Frame,
    /// How the person is called; may be empty.
    pub name: String,
    /// When this session was signed in to.
    pub since: Moment,
    /// The sign-in before it, and its address.
    pub before: Option<(Moment, String)>,
    pub events: Vec<EventLine>,
    pub apps: Vec<HeldApp>,
    /// Applications that are not shown here.
    pub more_apps: usize,
    pub all_events: String,
    pub all_apps: String,
}

/// An application with access, in one line.
#[derive(Debug, Clone)]
pub struct HeldApp {
    pub name: String,
    pub used: Option<Moment>,
}

impl AccountHome {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("account-title")
    }

    fn called(&self) -> &str {
        match self.name.is_empty() {
            true => &self.frame.signed_in_as,
            false => &self.name,
        }
    }

    fn greeting(&self) -> (String, String) {
        self.shell.text.around("account-lead", "name")
    }

    fn rest_of_apps(&self) -> String {
        self.shell.text.with("account-more-apps", &[("count", self.more_apps)])
    }
}
