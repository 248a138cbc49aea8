//! What people say of themselves.
use super::super::Shell;
use super::Frame;
use crate::text::Text;
use askama::Template;
use grantor_protocol::account::{Field, FieldFault};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/profile.html")]
pub struct AccountProfile {
    pub shell: Shell,
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub username: String,
    /// May be empty.
    pub email: String,
    pub email_verified: bool,
    pub fields: Vec<ProfileField>,
}

/// A field as it is shown.
#[derive(Debug, Clone)]
pub struct ProfileField {
    pub id: &'static str,
    pub label: String,
    /// May be empty.
    pub hint: String,
    pub value: String,
    /// The token for `autocomplete` (HTML section 4.10.18.7.1).
    pub autocomplete: &'static str,
    /// What is wrong with it; empty when nothing is.
    pub problem: String,
}

impl ProfileField {
    /// The field with its words.
    pub fn new(text: &Text, field: Field, value: &str, fault: Option<FieldFault>) -> Self {
        let (label, hint, autocomplete) = match field {
            Field::Name => ("profile-name", "", "name"),
            Field::GivenName => ("profile-given-name", "", "given-name"),
            Field::FamilyName => ("profile-family-name", "", "family-name"),
            Field::Nickname => ("profile-nickname", "", "nickname"),
            Field::Website => ("profile-website", "profile-website-hint", "url"),
            Field::Birthdate => ("profile-birthdate", "profile-birthdate-hint", "bday"),
            Field::Locale => ("profile-locale", "profile-locale-hint", "language"),
            Field::Zoneinfo => ("profile-zone", "profile-zone-hint", "off"),
        };
        let words = |key: &str| if key.is_empty() { String::new() } else { text.get(key) };
        Self {
            id: field.as_str(),
            label: words(label),
            hint: words(hint),
            value: value.to_owned(),
            autocomplete,
            problem: fault.map(|fault| text.get(fault_key(field, fault))).unwrap_or_default(),
        }
    }

    fn described_by(&self) -> String {
        let of = |wanted: bool, part: &str| wanted.then(|| format!("{}-{part}", self.id));
        let parts = [
            of(!self.hint.is_empty(), "hint"),
            of(!self.problem.is_empty(), "problem"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// What to do about a fault.
pub(super) fn fault_key(field: Field, fault: FieldFault) -> &'static str {
    match (fault, field) {
        (FieldFault::TooLong, _) => "profile-too-long",
        (FieldFault::Malformed, Field::Website) => "profile-website-wrong",
        (FieldFault::Malformed, Field::Birthdate) => "profile-birthdate-wrong",
        (FieldFault::Malformed, Field::Locale) => "profile-locale-wrong",
        (FieldFault::Malformed, Field::Zoneinfo) => "profile-zone-wrong",
        (FieldFault::Malformed | FieldFault::Unreadable, _) => "profile-unreadable",
    }
}

impl AccountProfile {
    /// The whole document.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn heading(&self) -> String {
        self.shell.t("profile-title")
    }

    fn problems(&self) -> Vec<&ProfileField> {
        self.fields.iter().filter(|f| !f.problem.is_empty()).collect()
    }

    fn email_state(&self) -> String {
        self.shell.t(match (self.email.is_empty(), self.email_verified) {
            (true, _) => "profile-email-none",
            (false, true) => "profile-email-verified",
            (false, false) => "profile-email-unverified",
        })
    }
}
