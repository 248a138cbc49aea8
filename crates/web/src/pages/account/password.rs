//! A new password for the old one.
use super::super::Shell;
use super::{FieldProblem, Frame};
use crate::text::Text;
use askama::Template;
use grantor_protocol::account::{MIN_PASSWORD, PasswordFault};

/// The form. No password is ever put back.
#[derive(Debug, Template)]
#[template(path = "account/password.html")]
pub struct AccountPassword {
    pub shell: Shell,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    /// For password managers.
    pub username: String,
    pub problem: Option<PasswordProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    MissingOld,
    WrongOld,
    Refused(PasswordFault),
    /// Seconds to wait: of the account or the address.
    TooMany(u64),
    /// Of everybody's.
    TooBusy(u64),
}

impl PasswordProblem {
    pub(super) fn title(self, text: &Text) -> String {
        text.get(match self {
            Self::MissingOld | Self::Refused(PasswordFault::Missing) => "sign-in-missing-title",
            Self::WrongOld => "password-wrong-title",
            Self::Refused(_) => "password-refused-title",
            Self::TooMany(_) | Self::TooBusy(_) => "sign-in-busy-title",
        })
    }

    /// When to try again; empty when that is no question.
    pub(super) fn advice(self, text: &Text) -> String {
        match self {
            Self::TooMany(seconds) | Self::TooBusy(seconds) => match seconds {
                seconds @ 0..=90 => text.with("sign-in-busy-seconds", &[("seconds", seconds.max(1))]),
                seconds => text.with("sign-in-busy-minutes", &[("minutes", seconds.div_ceil(60))]),
            },
            _ => String::new(),
        }
    }

    /// The field it is about and what to do there.
    pub(super) fn field(self, text: &Text) -> Option<FieldProblem> {
        let (id, key) = match self {
            Self::MissingOld => ("old-password", "password-old-missing"),
            Self::WrongOld => ("old-password", "password-old-wrong"),
            Self::Refused(PasswordFault::NotRepeated) => ("repeated-password", "password-not-repeated"),
            Self::Refused(PasswordFault::Missing) => ("new-password", "password-new-missing"),
            Self::Refused(PasswordFault::TooShort) => ("new-password", "password-too-short"),
            Self::Refused(PasswordFault::TooLong) => ("new-password", "password-too-long"),
            Self::Refused(PasswordFault::Obvious) => ("new-password", "password-obvious"),
            Self::Refused(PasswordFault::Unchanged) => ("new-password", "password-unchanged"),
            Self::TooMany(_) | Self::TooBusy(_) => return None,
        };
        let message = text.with(key, &[("count", MIN_PASSWORD)]);
        Some(FieldProblem { id, message })
    }
}

/// What a new password has to be, said before anybody types one.
pub(super) fn rules(text: &Text) -> [String; 3] {
    [
        text.with("password-rule-length", &[("count", MIN_PASSWORD)]),
        text.get("password-rule-obvious"),
        text.get("password-rule-free"),
    ]
}

/// What is wrong at one field; empty when nothing is.
pub(super) fn at(problem: Option<&FieldProblem>, id: &str) -> String {
    problem
        .filter(|p| p.id == id)
        .map(|p| p.message.clone())
        .unwrap_or_default()
}

impl AccountPassword {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("password-title")
    }

    fn rules(&self) -> [String; 3] {
        rules(&self.shell.text)
    }

    fn problem_title(&self) -> Option<String> {
        self.problem.map(|p| p.title(&self.shell.text))
    }

    fn problem_advice(&self) -> String {
        self.problem.map(|p| p.advice(&self.shell.text)).unwrap_or_default()
    }

    fn problems(&self) -> Vec<FieldProblem> {
        self.problem
            .and_then(|p| p.field(&self.shell.text))
            .into_iter()
            .collect()
    }

    fn at(&self, id: &str) -> String {
        at(self.problems().first(), id)
    }
}
