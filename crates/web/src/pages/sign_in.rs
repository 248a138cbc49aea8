//! The sign-in page: user name and password, with what went wrong the last time.
//!
//! Does not own: checking the password, counting attempts, or which status a problem gets.
use super::Shell;
use askama::Template;

/// The sign-in page. The password of a failed attempt is never put back.
#[derive(Debug, Template)]
#[template(path = "oauth/sign_in.html")]
pub struct SignIn {
    pub shell: Shell,
    /// Path the form is posted to.
    pub action: String,
    /// Which interaction this is; empty on our own pages.
    pub tx: String,
    /// Which of our own pages comes next; empty in an interaction.
    pub to: String,
    pub csrf: String,
    /// Display name of the application that sent the user here; may be empty.
    pub application: String,
    /// What was typed before, or `login_hint`.
    pub username: String,
    pub problem: Option<SignInProblem>,
    pub reason: SignInReason,
}

/// Why the form is shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProblem {
    WrongCredentials,
    /// A field was left empty.
    Missing,
    /// Of the account or from the address; the page does not tell which.
    TooMany {
        retry_after_seconds: u64,
    },
    /// Of everybody's.
    TooBusy {
        retry_after_seconds: u64,
    },
    /// The page was open too long; a new form is offered.
    Stale,
}

/// Why the user is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInReason {
    Ordinary,
    /// `prompt=login` or `max_age`: the same user has to show the password again.
    Reauthenticate {
        username: String,
    },
    /// `prompt=select_account`.
    ChooseAccount,
}

/// A line of the summary: the field it is about and what to do.
struct FieldProblem {
    id: &'static str,
    message: String,
}

impl SignIn {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t(match self.reason {
            SignInReason::Ordinary => "sign-in-title",
            SignInReason::Reauthenticate { .. } => "sign-in-again-title",
            SignInReason::ChooseAccount => "sign-in-choose-title",
        })
    }

    fn lead_key(&self) -> &'static str {
        match (&self.reason, self.application.is_empty()) {
            (SignInReason::Ordinary, false) => "sign-in-lead-application",
            (SignInReason::Ordinary, true) => "sign-in-lead",
            (SignInReason::Reauthenticate { .. }, false) => "sign-in-again-lead-application",
            (SignInReason::Reauthenticate { .. }, true) => "sign-in-again-lead",
            (SignInReason::ChooseAccount, false) => "sign-in-choose-lead-application",
            (SignInReason::ChooseAccount, true) => "sign-in-choose-lead",
        }
    }

    /// The lead before and after the application's name, or the whole of it when there is no name.
    fn lead(&self) -> (String, String) {
        if self.application.is_empty() {
            (self.shell.t(self.lead_key()), String::new())
        } else {
            self.shell.text.around(self.lead_key(), "application")
        }
    }

    fn shown_username(&self) -> &str {
        match &self.reason {
            SignInReason::Reauthenticate { username } => username,
            _ => &self.username,
        }
    }

    fn is_fixed(&self) -> bool {
        matches!(self.reason, SignInReason::Reauthenticate { .. })
    }

    fn is_expecting_password(&self) -> bool {
        !self.shown_username().is_empty()
    }

    fn problem_title(&self) -> Option<String> {
        let text = &self.shell.text;
        Some(match self.problem.as_ref()? {
            SignInProblem::WrongCredentials => text.get("sign-in-wrong-title"),
            SignInProblem::Missing => text.get("sign-in-missing-title"),
            SignInProblem::TooMany { .. } | SignInProblem::TooBusy { .. } => text.get("sign-in-busy-title"),
            SignInProblem::Stale => text.get("sign-in-stale-title"),
        })
    }

    fn problem_advice(&self) -> Option<String> {
        let text = &self.shell.text;
        match self.problem.as_ref()? {
            SignInProblem::TooMany { retry_after_seconds } | SignInProblem::TooBusy { retry_after_seconds } => {
                Some(match *retry_after_seconds {
                    seconds @ 0..=90 => text.with("sign-in-busy-seconds", &[("seconds", seconds.max(1))]),
                    seconds => text.with("sign-in-busy-minutes", &[("minutes", seconds.div_ceil(60))]),
                })
            }
            SignInProblem::Stale => Some(text.get("sign-in-stale-advice")),
            SignInProblem::WrongCredentials | SignInProblem::Missing => None,
        }
    }

    fn field_problems(&self) -> Vec<FieldProblem> {
        [
            ("username", self.username_problem()),
            ("password", self.password_problem()),
        ]
        .into_iter()
        .filter_map(|(id, message)| Some(FieldProblem { id, message: message? }))
        .collect()
    }

    /// A wrong pair is reported at both fields alike, so that nobody learns which user names exist.
    fn username_problem(&self) -> Option<String> {
        match self.problem.as_ref()? {
            SignInProblem::WrongCredentials if !self.is_fixed() => Some(self.shell.t("sign-in-wrong-username")),
            SignInProblem::Missing if self.shown_username().trim().is_empty() => {
                Some(self.shell.t("sign-in-missing-username"))
            }
            _ => None,
        }
    }

    fn password_problem(&self) -> Option<String> {
        match self.problem.as_ref()? {
            SignInProblem::WrongCredentials => Some(self.shell.t("sign-in-wrong-password")),
            SignInProblem::Missing => Some(self.shell.t("sign-in-missing-password")),
            _ => None,
        }
    }
}
