//! The TOML file.
use super::{ConfigError, Entries, Entry, Origin, Sources, keys, secret_file, value};
use std::fs;
use std::path::{Path, PathBuf};
use toml::Value;
use toml::de::{DeTable, DeValue};

pub(super) const FILE_NAME: &str = "grantor.toml";
const FILE_VARIABLE: &str = "GRANTOR_CONFIG";
/// Largest configuration file read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The file to read: `--config`, else GRANTOR_CONFIG, else `grantor.toml` when it is there.
pub(super) fn locate(sources: &Sources) -> Option<PathBuf> {
    let variable = || {
        sources
            .environment
            .iter()
            .find(|(name, text)| name == FILE_VARIABLE && !text.is_empty())
    };
    let present = || {
        sources
            .working_directory
            .join(FILE_NAME)
            .exists()
            .then(|| PathBuf::from(FILE_NAME))
    };
    sources
        .file
        .clone()
        .or_else(|| variable().map(|(_, path)| path.into()))
        .or_else(present)
}

/// Lays the keys of the file at `path` (relative to `directory`) over `entries`.
/// A file that holds a secret must be closed to group and others.
pub(super) fn overlay(entries: &mut Entries, directory: &Path, path: &Path) -> Result<(), ConfigError> {
    let place = directory.join(path);
    let text = read(&place, path)?;
    for (key, value, line) in parse(&text, path)? {
        if keys::is_secret(&key) && value.as_str() != Some("") {
            secret_file::check_mode(&place)?;
        }
        entries.insert(
            key,
            Entry {
                value,
                origin: Origin::file(path, line),
            },
        );
    }
    Ok(())
}

fn read(place: &Path, path: &Path) -> Result<String, ConfigError> {
    let refused = |source| ConfigError::File {
        path: path.to_owned(),
        action: "read",
        source,
    };
    if fs::metadata(place).map_err(refused)?.len() > MAX_BYTES {
        return Err(ConfigError::TooLarge {
            path: path.to_owned(),
            limit: MAX_BYTES,
        });
    }
    fs::read_to_string(place).map_err(refused)
}

/// Key, value and line of every key in the file.
pub(super) fn parse(text: &str, path: &Path) -> Result<Vec<(String, Value, usize)>, ConfigError> {
    // The parser's own display would quote the line, which may hold a secret.
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        place: Origin::file(path, line_of(text, error.span().map_or(text.len(), |span| span.start))).to_string(),
        message: error.message().to_owned(),
    };
    let values: toml::Table = text.parse().map_err(syntax)?;
    let positions = DeTable::parse(text).map_err(syntax)?;
    let mut found = Vec::new();
    for (section, keys) in positions.get_ref() {
        let origin = Origin::file(path, line_of(text, section.span().start));
        let DeValue::Table(keys) = keys.get_ref() else {
            return Err(outside_sections(section.get_ref(), &origin));
        };
        if keys.is_empty() && !keys::all().any(|known| keys::split(known).0 == section.get_ref()) {
            return Err(unknown(section.get_ref(), &origin));
        }
        for name in keys.keys() {
            let line = line_of(text, name.span().start);
            let key = format!("{}.{}", section.get_ref(), name.get_ref());
            let value = values[section.get_ref().as_ref()][name.get_ref().as_ref()].clone();
            found.push((accept(&key, &value, &Origin::file(path, line))?, value, line));
        }
    }
    Ok(found)
}

fn accept(key: &str, value: &Value, origin: &Origin) -> Result<String, ConfigError> {
    if keys::default_of(key).is_none() {
        return Err(unknown(key, origin));
    }
    value::check(key, value, origin).map(|()| key.to_owned())
}

/// A key above the first section, or a section's name used as a key.
fn outside_sections(key: &str, origin: &Origin) -> ConfigError {
    if keys::all().any(|known| keys::split(known).0 == key) {
        return ConfigError::Invalid {
            place: origin.to_string(),
            key: key.to_owned(),
            got: "a single value".to_owned(),
            wanted: format!("a section [{key}] with keys"),
        };
    }
    unknown(key, origin)
}

fn unknown(key: &str, origin: &Origin) -> ConfigError {
    let hint = keys::nearest(key).map_or_else(
        || "; `grantor config dump` lists every key".to_owned(),
        |near| format!(": did you mean \"{near}\"?"),
    );
    ConfigError::UnknownKey {
        place: origin.to_string(),
        key: key.to_owned(),
        hint,
    }
}

/// Line of a byte offset, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
