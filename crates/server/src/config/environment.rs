//! Environment variables `GRANTOR__SECTION__KEY`, and `GRANTOR__SECTION__KEY_FILE` for what holds secrets.
use super::{ConfigError, Entries, Entry, Origin, keys, secret_file, value};
use std::collections::BTreeMap;
use std::path::Path;

const PREFIX: &str = "GRANTOR__";
const FILE_SUFFIX: &str = "_FILE";

/// Every variable of this process that is UTF-8. One of ours that is not is refused.
pub(super) fn of_process() -> Result<Vec<(String, String)>, ConfigError> {
    let mut variables = Vec::new();
    for (name, text) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        match text.into_string() {
            Ok(text) => variables.push((name, text)),
            Err(_) if name.starts_with("GRANTOR_") => return Err(ConfigError::NotUtf8(name)),
            Err(_) => {}
        }
    }
    Ok(variables)
}

/// Lays the variables over `entries`. Names with another prefix are passed over, unknown ones with ours refused.
pub(super) fn overlay(entries: &mut Entries, variables: &[(String, String)]) -> Result<(), ConfigError> {
    let known = Names::new();
    let mut set_by: BTreeMap<&str, &str> = BTreeMap::new();
    for (variable, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let (key, from_file) = known.key_of(variable).ok_or_else(|| unknown(variable))?;
        if let Some(first) = set_by.insert(key, variable) {
            let (first, second) = (first.to_owned(), variable.clone());
            return Err(ConfigError::SetTwice {
                place: "environment",
                first,
                second,
            });
        }
        let content = if from_file {
            secret_file::read(Path::new(text))?
        } else {
            text.clone()
        };
        let origin = Origin::Environment(variable.clone());
        let value = value::from_text(key, &content, &origin)?;
        entries.insert(key.to_owned(), Entry { value, origin });
    }
    Ok(())
}

/// Names of variables to keys.
struct Names(BTreeMap<String, &'static str>);

impl Names {
    fn new() -> Self {
        Self(keys::all().map(|key| (keys::environment_name(key), key)).collect())
    }
    /// The key a variable sets, and whether its value is the path of a file that holds the secret.
    fn key_of(&self, variable: &str) -> Option<(&'static str, bool)> {
        let from_file = || {
            let key = self.0.get(variable.strip_suffix(FILE_SUFFIX)?)?;
            (keys::is_secret(key) || keys::may_hold_password(key)).then_some((*key, true))
        };
        self.0.get(variable).map(|key| (*key, false)).or_else(from_file)
    }
}

fn unknown(variable: &str) -> ConfigError {
    let key = variable
        .trim_start_matches(PREFIX)
        .to_ascii_lowercase()
        .replacen("__", ".", 1);
    let hint = keys::nearest(&key).map_or_else(
        || "; `grantor config dump` lists every key".to_owned(),
        |near| format!(": did you mean \"{near}\"? ({})", keys::environment_name(near)),
    );
    ConfigError::UnknownKey {
        place: format!("environment {variable}"),
        key,
        hint,
    }
}
