//! The text of an `apply` document: where in it a violation is, what stands there, and secrets that stand elsewhere.
//!
//! A document may hold secrets: what stands at a secret is never said.
mod secrets;

use grantor_protocol::apply::Document;
use grantor_protocol::client::Violation;
use grantor_protocol::management::merge::told;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A document as it stands in its file.
pub struct Source<'t> {
    /// How the file is called in errors.
    pub name: &'t str,
    text: &'t str,
    table: Spanned<DeTable<'t>>,
}

impl<'t> Source<'t> {
    /// Reads the text. Errors name the line and what is wanted there.
    pub fn read(name: &'t str, text: &'t str) -> anyhow::Result<Self> {
        let table = DeTable::parse(text).map_err(|error| fault(name, text, &error))?;
        Ok(Self { name, text, table })
    }

    /// The document, with the secrets that it names by environment variable or file. Files are looked for beside it.
    pub fn document(&self, folder: &Path) -> anyhow::Result<Document> {
        let mut document = self.parse()?;
        let found = secrets::fill(&mut document, folder);
        match found.is_empty() {
            true => Ok(document),
            false => Err(anyhow::anyhow!("{}", self.explain(&found))),
        }
    }

    /// The document as it stands there.
    pub fn parse(&self) -> anyhow::Result<Document> {
        toml::from_str(self.text).map_err(|error| fault(self.name, self.text, &error))
    }

    /// A line a violation: file, line, field, what is allowed there, and what stands there.
    pub fn explain(&self, violations: &[Violation]) -> String {
        let line = |violation: &Violation| {
            let (line, value) = self.place(&violation.field);
            // A misspelt name may be that of a secret.
            let is_unknown = violation.description.starts_with("unknown field");
            let value = value.filter(|_| !is_unknown && !is_secret(&violation.field));
            let got = value.map(|v| format!(" (got {v})")).unwrap_or_default();
            let Violation { field, description } = violation;
            format!("{}:{line}: {field}: {description}{got}", self.name)
        };
        violations.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The line of a field, or of the closest thing around it, and what stands there.
    fn place(&self, field: &str) -> (usize, Option<String>) {
        let mut span = self.table.span();
        let mut here: Option<&DeValue<'_>> = None;
        let mut whole = true;
        for segment in segments(field) {
            let next = match (here, segment) {
                (None, Segment::Name(name)) => self.table.get_ref().get(name),
                (Some(DeValue::Table(table)), Segment::Name(name)) => table.get(name),
                (Some(DeValue::Array(array)), Segment::Index(index)) => array.get(index),
                _ => None,
            };
            let Some(next) = next else {
                whole = false;
                break;
            };
            span = next.span();
            here = Some(next.get_ref());
        }
        let line = line_of(self.text, span.start);
        (line, here.filter(|_| whole).and_then(shown))
    }
}

enum Segment<'f> {
    Name(&'f str),
    Index(usize),
}

/// `applications[2].protocol_config.pkce`, taken apart.
fn segments(field: &str) -> impl Iterator<Item = Segment<'_>> {
    field
        .split(['.', '[', ']'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            let index = part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
            index.map_or(Segment::Name(part), Segment::Index)
        })
}

fn is_secret(field: &str) -> bool {
    ["secret", "password"].iter().any(|name| field.contains(name))
}

/// A value short enough to say; of lists and tables nothing.
fn shown(value: &DeValue<'_>) -> Option<String> {
    let text = match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    };
    Some(text.chars().take(80).collect())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// The toml crate quotes the text around a fault, which may be a secret; what it says of it is enough.
fn fault(name: &str, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = line_of(text, error.span().map_or(text.len(), |span| span.start));
    let message = without_values(error.message());
    anyhow::anyhow!("{name}:{line}: {message}")
}

/// serde quotes the value it did not expect, and here it is not known what it is.
fn without_values(message: &str) -> String {
    const QUOTING: [&str; 4] = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
    ];
    match QUOTING.iter().any(|start| message.starts_with(start)) {
        true => told("secret", message),
        false => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "tenant = \"default\"\nrealm = \"main\"\n";

    /// What is said of a document that goes on like this after its first two lines; never with "hunter2" in it.
    fn check(rest: &str, expected: &str) {
        let text = format!("{START}{rest}");
        let read = Source::read("f.toml", &text).and_then(|s| s.document(Path::new(".")).map(drop));
        let said = read.unwrap_err().to_string();
        assert!(said.starts_with(expected), "{rest}\n got {said}\nwant {expected}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn what_is_no_document_is_said_with_its_line_and_no_value() {
        check("user = 1", "f.toml:3: unknown field `user`, expected one of");
        check("[[users]]\nusername = \"a\"\npassword = \"hunter2", "f.toml:5: ");
        check("[[users]]\nusername = \"a\"\npassword = hunter2", "f.toml:5: ");
        check(
            "[[users]]\npassword = \"hunter2\"\npassword = \"hunter2\"",
            "f.toml:5: duplicate key",
        );
        check(
            "users = \"hunter2, expected more hunter2\"",
            "f.toml:3: wanted a sequence",
        );
    }

    #[test]
    fn a_violation_is_told_with_file_line_field_and_value() {
        let text = format!(
            "{START}\n[[applications]]\nid = \"a\"\n[applications.protocol_config]\npkce = \"plain\"\nredirect_uris = [\n  \"https://a\",\n  \"b\",\n]\n\
             [[applications]]\nid = \"b\"\nclient_secrets = [\"hunter2\"]\n"
        );
        let source = Source::read("f.toml", &text).unwrap();
        for (field, expected) in [
            (
                "applications[0].protocol_config.pkce",
                "f.toml:7: applications[0].protocol_config.pkce: x (got \"plain\")",
            ),
            (
                "applications[0].protocol_config.redirect_uris[1]",
                "f.toml:10: applications[0].protocol_config.redirect_uris[1]: x (got \"b\")",
            ),
            // What is missing is looked for where it should stand.
            (
                "applications[1].display_name",
                "f.toml:12: applications[1].display_name: x",
            ),
            (
                "applications[1].client_secrets[0]",
                "f.toml:14: applications[1].client_secrets[0]: x",
            ),
            ("nothing", "f.toml:1: nothing: x"),
        ] {
            assert_eq!(source.explain(&[Violation::new(field, "x")]), expected);
        }
    }
}
