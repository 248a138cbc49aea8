//! The names: every key there is, its default, its environment variable, and the nearest name to a wrong one.
use super::{Entries, Entry, Origin};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use toml::Value;

/// The documented defaults; the list of keys is this file and nothing else.
pub(super) const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Keys whose value is never shown and may come from a file (`…_FILE`).
const SECRETS: [&str; 3] = ["redis.url", "secrets.master_key", "secrets.next_master_key"];

/// Keys whose value may hold a password: it is shown without, and may come from a file as well.
const URLS: [&str; 1] = ["database.url"];

static KEYS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let table: toml::Table = DEFAULTS.parse().expect("a test parses the embedded defaults");
    let section = |(section, keys): (String, Value)| match keys {
        Value::Table(keys) => keys
            .into_iter()
            .map(|(name, value)| (format!("{section}.{name}"), value))
            .collect(),
        other => vec![(section, other)],
    };
    table.into_iter().flat_map(section).collect()
});

/// All keys at their defaults.
pub(super) fn defaults() -> Entries {
    let entry = |value: &Value| Entry {
        value: value.clone(),
        origin: Origin::Default,
    };
    KEYS.iter().map(|(key, value)| (key.clone(), entry(value))).collect()
}

/// The default of `key`; `None` when there is no such key.
pub(super) fn default_of(key: &str) -> Option<&'static Value> {
    KEYS.get(key)
}

/// Every key in alphabetical order.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    KEYS.keys().map(String::as_str)
}

/// Whether the value of `key` is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key)
}

/// Whether the value of `key` may hold a password.
pub(super) fn may_hold_password(key: &str) -> bool {
    URLS.contains(&key)
}

/// Section and name of a key.
pub(super) fn split(key: &str) -> (&str, &str) {
    key.split_once('.').unwrap_or(("", key))
}

/// The environment variable that sets `key`.
pub(super) fn environment_name(key: &str) -> String {
    let (section, name) = split(key);
    format!(
        "GRANTOR__{}__{}",
        section.to_ascii_uppercase(),
        name.to_ascii_uppercase()
    )
}

/// The known key that `key` most likely meant. The same name in another section counts as near; where several sections have it, the
/// one that is spelled most alike.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let distance = |known: &str| {
        let spelled = strsim::damerau_levenshtein(known, key);
        let near = if split(known).1 == split(key).1 { 1 } else { spelled };
        (near, spelled)
    };
    all()
        .map(|known| (distance(known), known))
        .min()
        .filter(|((near, _), known)| near * 2 <= known.len())
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_what_was_meant() {
        for (key, expected) in [
            ("server.lisen", Some("server.listen")),
            ("sever.listen", Some("server.listen")),
            ("listen", Some("server.listen")),
            ("logs.level", Some("log.level")),
            ("server.body_bytes", Some("limits.body_bytes")),
            ("data.foldr", Some("data.folder")),
            ("completely.unrelated_to_anything_here_at_all", None),
        ] {
            assert_eq!(nearest(key), expected, "{key}");
        }
    }
}
