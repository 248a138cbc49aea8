//! Values that stand elsewhere: `$(env:NAME)` is an environment variable, `$(file:PATH)` a file beside the document.
use grantor_protocol::apply::Document;
use grantor_protocol::client::Violation;
use serde_json::Value;
use std::path::Path;

/// Longest file that is read for a value, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Members whose value may stand elsewhere. All others are data, also of people who name themselves `$(file:…)`: filling those
/// would hand files of the server to whoever reads the record.
const SECRETS: [(&str, &str); 3] = [
    ("users", "password"),
    ("applications", "client_secrets"),
    ("resource_servers", "introspection"),
];

/// Puts the values in their places; what cannot be had is a violation of the field that names it.
pub(super) fn fill(document: &mut Document, folder: &Path) -> Vec<Violation> {
    let mut found = Vec::new();
    for (list, member) in SECRETS {
        let entries = match list {
            "users" => &mut document.users,
            "applications" => &mut document.applications,
            _ => &mut document.resource_servers,
        };
        for (i, entry) in entries.iter_mut().enumerate() {
            if let Some(value) = entry.get_mut(member) {
                fill_value(value, &format!("{list}[{i}].{member}"), folder, &mut found);
            }
        }
    }
    found
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
        // A credential: its secret alone.
        Value::Object(all) => {
            if let Some(secret) = all.get_mut("secret") {
                fill_value(secret, &format!("{at}.secret"), folder, found);
            }
        }
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

    #[test]
    fn what_people_call_themselves_is_never_fetched() {
        let value = json!({
            "tenant": "t", "realm": "r",
            "users": [{"username": "$(env:PATH)", "password": "$(env:PATH)", "profile": {"name": "$(env:PATH)", "nickname": "$(file:/etc/passwd)"}}],
            "applications": [{"client_id": "$(env:PATH)", "display_name": "$(env:PATH)"}],
            "resource_servers": [{"display_name": "$(env:PATH)", "introspection": [{"id": "$(env:PATH)", "secret": "$(env:PATH)"}]}],
            "groups": [{"display_name": "$(env:PATH)"}],
            "roles": [{"display_name": "$(env:PATH)"}],
        });
        let mut document: Document = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(fill(&mut document, Path::new("")), []);
        let path = json!(std::env::var("PATH").unwrap());
        let mut expected = value;
        expected["users"][0]["password"] = path.clone();
        expected["resource_servers"][0]["introspection"][0]["secret"] = path;
        assert_eq!(serde_json::to_value(&document).unwrap(), expected);
    }
}
