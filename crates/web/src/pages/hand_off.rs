//! The hand-off page, which sends the browser on after a POST. Browsers block a redirect from a form to another origin
//! under `form-action 'self'`, so the way out is a page with a refresh and a link.
//!
//! Does not own: building the target, or answering GET requests (those redirect).
use super::{Shell, link};
use askama::Template;

/// The hand-off page.
#[derive(Debug, Template)]
#[template(path = "oauth/hand_off.html")]
pub struct HandOff {
    pub shell: Shell,
    /// Absolute URL with the response parameters in it.
    pub target: String,
    /// What people know the target by.
    pub host: String,
    /// False when the target carries an error.
    pub ok: bool,
}

impl HandOff {
    /// The whole document. An error when the target is no absolute URL or its scheme could run code
    /// (`javascript:`, `data:`): such a target never reaches a page.
    pub fn render(&self) -> Result<String, askama::Error> {
        if link::is_navigable(&self.target) {
            Template::render(self)
        } else {
            Err(askama::Error::custom(
                "the target of a hand-off is no address a browser may be sent to",
            ))
        }
    }

    fn heading(&self) -> String {
        self.shell.text.with("hand-off-title", &[("host", self.host.as_str())])
    }

    fn lead(&self) -> String {
        self.shell.t(if self.ok {
            "hand-off-lead"
        } else {
            "hand-off-lead-refused"
        })
    }
}
