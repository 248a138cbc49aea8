//! The page behind a one-time link: a password, and how one wants to be called.
use super::super::Shell;
use super::FieldProblem;
use super::password::{PasswordProblem, at, rules};
use super::profile::fault_key;
use askama::Template;
use grantor_protocol::account::{Field, FieldFault};

/// The form. No password is ever put back.
#[derive(Debug, Template)]
#[template(path = "account/setup.html")]
pub struct Setup {
    pub shell: Shell,
    pub action: String,
    pub csrf: String,
    pub username: String,
    pub name: String,
    pub name_fault: Option<FieldFault>,
    pub problem: Option<PasswordProblem>,
}

impl Setup {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("setup-title")
    }

    fn rules(&self) -> [String; 3] {
        rules(&self.shell.text)
    }

    fn problem_title(&self) -> Option<String> {
        let of_name = self.name_fault.map(|_| self.shell.t("profile-problem-title"));
        self.problem.map(|p| p.title(&self.shell.text)).or(of_name)
    }

    fn problem_advice(&self) -> String {
        self.problem.map(|p| p.advice(&self.shell.text)).unwrap_or_default()
    }

    fn problems(&self) -> Vec<FieldProblem> {
        let of_name = self.name_fault.map(|fault| FieldProblem {
            id: "name",
            message: self.shell.t(fault_key(Field::Name, fault)),
        });
        let of_password = self.problem.and_then(|p| p.field(&self.shell.text));
        of_name.into_iter().chain(of_password).collect()
    }

    fn at(&self, id: &str) -> String {
        let problems = self.problems();
        at(problems.iter().find(|p| p.id == id), id)
    }
}
