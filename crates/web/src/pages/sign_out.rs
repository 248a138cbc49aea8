//! The pages around signing out (OpenID Connect RP-Initiated Logout section 2): the question and its result.
//!
//! Does not own: ending the browser session, or where the user goes afterwards.
use super::Shell;
use askama::Template;

/// Asks before signing out.
#[derive(Debug, Template)]
#[template(path = "oauth/sign_out.html")]
pub struct SignOut {
    pub shell: Shell,
    /// Path the form is posted to.
    pub action: String,
    pub csrf: String,
    pub signed_in_as: Option<String>,
}

/// Says that the browser session has ended.
#[derive(Debug, Template)]
#[template(path = "oauth/signed_out.html")]
pub struct SignedOut {
    pub shell: Shell,
}

impl SignOut {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("sign-out-title")
    }
}

impl SignedOut {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("signed-out-title")
    }
}
