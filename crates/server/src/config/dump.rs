//! Every value in use and its source, as TOML with comments or as JSON.
use super::secret::{self, REDACTED};
use super::{Entries, Entry, keys, one_line};
use serde_json::{Map, json};
use toml::Value;

/// What `config dump` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DumpFormat {
    /// A file `--config` accepts, once masked secrets are put back; the source stands behind each value.
    Toml,
    /// `{"section": {"key": {"value": …, "source": "…"}}}`
    Json,
}

pub(super) fn render(entries: &Entries, format: DumpFormat) -> String {
    match format {
        DumpFormat::Toml => as_toml(entries),
        DumpFormat::Json => as_json(entries),
    }
}

fn as_toml(entries: &Entries) -> String {
    let mut text = String::new();
    let mut current = "";
    for (key, entry) in entries {
        let (section, name) = keys::split(key);
        if section != current {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}[{section}]\n"));
            current = section;
        }
        text.push_str(&format!(
            "{name} = {} # {}\n",
            shown(key, entry),
            one_line(&entry.origin.to_string())
        ));
    }
    text
}

fn as_json(entries: &Entries) -> String {
    let mut sections = Map::new();
    for (key, entry) in entries {
        let (section, name) = keys::split(key);
        let section = sections.entry(section).or_insert_with(|| json!({}));
        section[name] = json!({ "value": shown(key, entry), "source": entry.origin.to_string() });
    }
    format!("{:#}\n", serde_json::Value::Object(sections))
}

/// The value, or the mask for a secret that is set.
fn shown(key: &str, entry: &Entry) -> Value {
    let masked = keys::is_secret(key) && entry.value.as_str() != Some("");
    if masked {
        Value::String(REDACTED.to_owned())
    } else if keys::may_hold_password(key) {
        Value::String(secret::masked(entry.value.as_str().unwrap_or_default()))
    } else {
        entry.value.clone()
    }
}
