//! Values that stand elsewhere: `$(env:NAME)` is an environment variable, `$(file:PATH)` a file beside the document.
use grantor_protocol::apply::Document;
use grantor_protocol::client::Violation;
use grantor_protocol::management::merge::Members;
use serde_json::Value;
use std::path::Path;

/// Longest file that is read for a value, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Puts the values in their places; what cannot be had is a violation of the field that names it.
pub(super) fn fill(document: &mut Document, folder: &Path) -> Vec<Violation> {
    let mut found = Vec::new();
    for (list, entries) in [
        ("resource_servers", &mut document.resource_servers),
        ("users", &mut document.users),
        ("groups", &mut document.groups),
        ("roles", &mut document.roles),
        ("applications", &mut document.applications),
    ] {
        for (i, entry) in entries.iter_mut().enumerate() {
            members(entry, &format!("{list}[{i}]"), folder, &mut found);
        }
    }
    found
}

fn members(all: &mut Members, at: &str, folder: &Path, found: &mut Vec<Violation>) {
    for (name, value) in all {
        fill_value(value, &format!("{at}.{name}"), folder, found);
    }
}

fn fill_value(value: &mut Value, at: &str, folder: &Path, found: &mut Vec<Violation>) {
    match value {
        Value::String(text) => match named(text, folder) {
            None => {}
            Some(Ok(filled)) => *text = filled,
            Some(Err(problem)) => found.push(Violation::new(at, problem)),
        },
        Value::Array(all) => {
            for (i, inner) in all.iter_mut().enumerate() {
                fill_value(inner, &format!("{at}[{i}]"), folder, found);
            }
        }
        Value::Object(all) => members(all, at, folder, found),
        _ => {}
    }
}

/// `None` for a text that is just a text.
fn named(text: &str, folder: &Path) -> Option<Result<String, String>> {
    let inside = text.strip_prefix("$(")?.strip_suffix(')')?;
    let (kind, name) = inside.split_once(':')?;
    match kind {
        "env" => Some(std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))),
        "file" => Some(file(&folder.join(name))),
        _ => None,
    }
}

/// The text of a file, without the line end that editors put at its end.
fn file(path: &Path) -> Result<String, String> {
    let unreadable = |cause: String| format!("the file {} cannot be read: {cause}", path.display());
    let length = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.len();
    if length > LONGEST {
        return Err(unreadable(format!("it is longer than {LONGEST} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
    let end = text.strip_suffix('\n').unwrap_or(&text);
    Ok(end.strip_suffix('\r').unwrap_or(end).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_fetched_from_where_they_are_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "from a file\n").unwrap();
        let value = json!({
            "tenant": "t", "realm": "r",
            "applications": [{"client_secrets": ["$(file:secret)", "$(file:nothing)", "$(env:PATH)", "$(x:y)", "$(env:"]}],
        });
        let mut document: Document = serde_json::from_value(value).unwrap();
        let found = fill(&mut document, folder.path());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].field, "applications[0].client_secrets[1]");
        let secrets = &document.applications[0]["client_secrets"];
        assert_eq!(secrets[0], "from a file");
        assert_eq!(secrets[2], std::env::var("PATH").unwrap());
        assert_eq!((&secrets[3], &secrets[4]), (&json!("$(x:y)"), &json!("$(env:")));
    }
}
