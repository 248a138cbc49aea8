//! The consent page: who asks, for what exactly, and where the answer is sent.
//!
//! Does not own: which scopes need asking, or remembering the answer.
use super::{Shell, link};
use crate::text::Text;
use askama::Template;

/// The consent page. Its form answers `decision=allow` or `decision=deny`.
#[derive(Debug, Template)]
#[template(path = "oauth/consent.html")]
pub struct Consent {
    pub shell: Shell,
    /// Path the form is posted to.
    pub action: String,
    /// Which interaction this is.
    pub tx: String,
    pub csrf: String,
    /// Ties the answer to the session and the scopes this page was made for.
    pub shown: String,
    pub application: String,
    /// The application's site; shown as a link only when it is a web address.
    pub application_uri: Option<String>,
    /// Host (or scheme, for native applications) of the redirect URI.
    pub redirect_host: String,
    pub signed_in_as: String,
    /// Path that lets another user sign in.
    pub not_you: String,
    pub groups: Vec<ScopeGroup>,
}

/// The scopes of one resource server, or those of OpenID Connect.
#[derive(Debug, Clone)]
pub struct ScopeGroup {
    pub title: String,
    pub scopes: Vec<ScopeLine>,
}

/// One scope in plain words.
#[derive(Debug, Clone)]
pub struct ScopeLine {
    /// The scope as the specification spells it.
    pub scope: String,
    pub title: String,
    /// What exactly, for example the e-mail address; may be empty.
    pub detail: String,
}

/// The title above the scopes of OpenID Connect.
pub fn oidc_group_title(text: &Text) -> String {
    text.get("scope-group-oidc")
}

/// The wording for a scope of OpenID Connect Core sections 5.4 and 11. `detail` is what the application would exactly
/// see; when it is empty a general sentence stands there. A scope without wording is shown as it is.
pub fn oidc_scope_line(text: &Text, scope: &str, detail: &str) -> ScopeLine {
    let title = text.find(&format!("scope-{scope}-title"));
    let general = || text.find(&format!("scope-{scope}-detail")).unwrap_or_default();
    ScopeLine {
        scope: scope.to_owned(),
        title: title.unwrap_or_else(|| scope.to_owned()),
        detail: if detail.is_empty() {
            general()
        } else {
            detail.to_owned()
        },
    }
}

impl Consent {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("consent-title")
    }

    fn lead(&self) -> (String, String) {
        self.shell.text.around("consent-lead", "application")
    }

    fn redirect(&self) -> (String, String) {
        self.shell.text.around("consent-redirect", "host")
    }

    /// The first letter of the application's name, for its tile.
    fn initial(&self) -> String {
        let letter = self.application.chars().find(|c| c.is_alphanumeric());
        letter.map(|c| c.to_uppercase().to_string()).unwrap_or_default()
    }

    fn site(&self) -> Option<(&str, &str)> {
        self.application_uri
            .as_deref()
            .filter(|uri| link::is_web(uri))
            .map(|uri| (uri, link::host(uri)))
    }

    fn not_you_link(&self) -> Option<&str> {
        Some(self.not_you.as_str()).filter(|path| link::is_followable(path))
    }

    fn is_own_device(&self) -> bool {
        link::is_loopback(&self.redirect_host)
    }
}
