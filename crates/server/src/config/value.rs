//! What each key accepts: its type, and the range or form of its value.
use super::{ConfigError, ManagementAddress, Network, Origin, keys, public_url, redis_url};
use crate::config::secret::REDACTED;
use crate::logging::refuse_level;
use grantor_jose::MasterKey;
use std::net::SocketAddr;
use toml::Value;

/// Smallest and largest number of every key that is one.
const RANGES: &[(&str, i64, i64)] = &[
    ("catalog.clients", 1, 100_000_000),
    ("catalog.users", 1, 100_000_000),
    ("events.keep_days", 1, 36_500),
    ("database.readers", 1, 256),
    ("database.timeout_milliseconds", 100, 60_000),
    ("feed.poll_milliseconds", 10, 500),
    ("keys.jwks_cache_seconds", 1, 86_400),
    ("keys.publish_seconds", 1, 30 * 86_400),
    ("keys.rotate_days", 0, 3650),
    ("limits.body_bytes", 1024, 16 << 20),
    ("limits.failed_authentications_per_minute", 1, 1_000_000),
    ("limits.inactive_introspections_per_minute", 1, 10_000_000),
    ("limits.password_hash_queue", 1, 100_000),
    ("limits.password_hashes_at_once", 0, 1024),
    ("limits.sign_in_attempts", 1, 1_000_000),
    ("limits.sign_in_lock_minutes", 1, 24 * 60),
    ("limits.stored_requests_per_minute", 1, 10_000_000),
    ("passwords.lanes", 1, 64),
    ("passwords.memory_kib", 8, 4 << 20),
    ("passwords.passes", 1, 1000),
    ("redis.timeout_milliseconds", 10, 10_000),
    ("server.max_connections", 1, 1_000_000),
    ("server.request_timeout_seconds", 1, 3600),
    ("server.shutdown_notice_seconds", 0, 3600),
    ("server.shutdown_seconds", 0, 3600),
    ("server.workers", 0, 1024),
    ("sessions.absolute_hours", 1, 24 * 366),
    ("sessions.idle_minutes", 1, 60 * 24 * 366),
    ("sessions.interaction_hours", 1, 24 * 7),
    ("tokens.clock_skew_seconds", 0, 300),
    ("tokens.code_attempts", 1, 1000),
    ("tokens.code_seconds", 1, 600),
];

/// Reads a value written as text, in the environment or a flag. Lists are written with commas.
pub(super) fn from_text(key: &str, text: &str, origin: &Origin) -> Result<Value, ConfigError> {
    let as_is = || Value::String(text.to_owned());
    let value = match keys::default_of(key) {
        Some(Value::Integer(_)) => text.trim().parse().map_or_else(|_| as_is(), Value::Integer),
        Some(Value::Boolean(_)) => text.trim().parse().map_or_else(|_| as_is(), Value::Boolean),
        Some(Value::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
        _ => as_is(),
    };
    check(key, &value, origin).map(|()| value)
}

/// Refuses a value of the wrong type or out of its range, saying what was given and what is wanted.
pub(super) fn check(key: &str, value: &Value, origin: &Origin) -> Result<(), ConfigError> {
    wanted(key, value).map_or(Ok(()), |wanted| {
        let got = if keys::is_secret(key) || keys::may_hold_password(key) {
            REDACTED.to_owned()
        } else {
            shorten(&value.to_string())
        };
        Err(ConfigError::Invalid {
            place: origin.to_string(),
            key: key.to_owned(),
            got,
            wanted,
        })
    })
}

/// What `key` wants when `value` is not that.
fn wanted(key: &str, value: &Value) -> Option<String> {
    match (keys::default_of(key), value) {
        (Some(Value::Integer(_)), value) => refuse_number(key, value),
        (Some(Value::Boolean(_)), Value::Boolean(_)) => None,
        (Some(Value::Boolean(_)), _) => Some("true or false".to_owned()),
        (Some(Value::Array(_)), value) => refuse_networks(value),
        (_, Value::String(text)) => refuse_text(key, text),
        _ => Some("a string".to_owned()),
    }
}

fn refuse_number(key: &str, value: &Value) -> Option<String> {
    let (_, least, most) = RANGES.iter().find(|(name, ..)| *name == key)?;
    let fits = value
        .as_integer()
        .is_some_and(|number| (*least..=*most).contains(&number));
    (!fits).then(|| format!("a whole number from {least} to {most}"))
}

fn refuse_networks(value: &Value) -> Option<String> {
    let network = |item: &Value| item.as_str().is_some_and(|text| text.parse::<Network>().is_ok());
    let fits = value.as_array().is_some_and(|items| items.iter().all(network));
    (!fits).then(|| "a list of addresses or networks such as \"10.0.0.0/8\"".to_owned())
}

fn refuse_text(key: &str, text: &str) -> Option<String> {
    let unless = |fits: bool, wanted: &str| (!fits).then(|| wanted.to_owned());
    match key {
        "server.listen" => unless(
            text.parse::<SocketAddr>().is_ok(),
            "an address and a port such as \"127.0.0.1:8080\"",
        ),
        "management.listen" => unless(
            text.parse::<ManagementAddress>().is_ok(),
            "an address and a port such as \"127.0.0.1:8081\", or \"off\"",
        ),
        "server.public_url" if !text.is_empty() => public_url::refuse(text),
        "data.folder" => unless(
            !text.is_empty() && is_file(&format!("{text}/grantor.sqlite")),
            "the path of a folder, without \"?\" and not beginning with \":\" or \"file:\"",
        ),
        "database.url" => unless(
            text.is_empty() || is_database(text),
            "\"sqlite:\" and the path of a file, or \"postgres://USER:PASSWORD@HOST/DATABASE\" with special characters of the password as %XX and no parameter but sslmode, sslrootcert, sslcert, sslkey and host",
        ),
        "redis.url" => redis_url::refuse(text),
        "redis.prefix" => unless(
            redis_url::is_prefix(text),
            "1 to 64 letters, digits, \":\", \".\", \"_\" and \"-\"",
        ),
        "log.level" => refuse_level(text).map(str::to_owned),
        "log.format" => unless(matches!(text, "auto" | "text" | "json"), "auto, text or json"),
        "secrets.master_key" | "secrets.next_master_key" => unless(
            text.is_empty() || MasterKey::from_text(text).is_ok(),
            "32 bytes in base64",
        ),
        _ => None,
    }
}

/// What a PostgreSQL URL may say behind its question mark.
const POSTGRES_PARAMETERS: [&str; 4] = ["sslrootcert", "sslcert", "sslkey", "host"];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

fn is_database(url: &str) -> bool {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        // A password there would be shown by everything that masks the one before the host.
        let is_known = |name: &str, value: &str| match name {
            "sslmode" => SSL_MODES.contains(&value),
            name => POSTGRES_PARAMETERS.contains(&name),
        };
        return url::Url::parse(url).is_ok_and(|url| {
            url.has_host() && url.path().len() > 1 && url.query_pairs().all(|(name, value)| is_known(&name, &value))
        });
    }
    url.strip_prefix("sqlite:")
        .is_some_and(|path| is_file(path.strip_prefix("//").unwrap_or(path)))
}

/// Parameters, in-memory databases and SQLite's own URIs are refused: readers and writer open the file each on their own.
fn is_file(path: &str) -> bool {
    !path.trim_matches('/').is_empty()
        && !path.starts_with(':')
        && !path.starts_with("file:")
        && !path.contains(['?', '\0'])
}

fn shorten(text: &str) -> String {
    const MOST: usize = 100;
    let start: String = text.chars().take(MOST).collect();
    if start.len() < text.len() {
        format!("{start}…")
    } else {
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_range_that_its_default_fits() {
        for key in keys::all() {
            let default = keys::default_of(key).unwrap();
            let ranged = RANGES.iter().any(|(name, ..)| *name == key);
            assert_eq!(ranged, default.is_integer(), "{key}");
            assert_eq!(wanted(key, default), None, "{key}");
        }
        assert!(RANGES.iter().all(|(key, ..)| keys::default_of(key).is_some()));
    }

    #[test]
    fn only_values_of_the_right_form_are_accepted() {
        for (key, text, accepted) in [
            ("server.listen", "[::1]:8080", true),
            ("server.listen", "localhost:8080", false),
            ("server.listen", "127.0.0.1", false),
            ("server.workers", " 4 ", true),
            ("server.workers", "-1", false),
            ("server.workers", "1025", false),
            ("server.workers", "four", false),
            ("server.dev_mode", "true", true),
            ("server.dev_mode", "yes", false),
            ("server.trusted_proxies", "10.0.0.0/8, ::1", true),
            ("server.trusted_proxies", "", true),
            ("server.trusted_proxies", "10.0.0.0/8, proxy", false),
            ("database.url", "sqlite:/var/lib/grantor/grantor.sqlite", true),
            ("database.url", "sqlite://grantor.sqlite", true),
            ("database.url", "sqlite::memory:", false),
            ("database.url", "sqlite:", false),
            ("database.url", "sqlite:a.sqlite?mode=ro", false),
            ("database.url", "sqlite:///", false),
            ("database.url", "sqlite://:memory:", false),
            ("database.url", "sqlite:file:a.sqlite", false),
            ("database.url", "sqlite:a%41 #b.sqlite", true),
            ("database.url", "postgres://localhost/grantor", true),
            (
                "database.url",
                "postgresql://u:p@db.example:5432/grantor?sslmode=verify-full",
                true,
            ),
            ("database.url", "postgres://u@h/d?password=p", false),
            ("database.url", "postgres://u@h/d?sslmode=maybe", false),
            ("database.url", "postgres://u@h/d?sslmode=require&passwd=p", false),
            ("database.url", "postgres://localhost", false),
            ("database.url", "postgres:///grantor", false),
            ("database.url", "mysql://localhost/grantor", false),
            ("redis.url", "", true),
            ("redis.url", "redis://cache:6379", true),
            ("redis.url", "http://cache", false),
            ("redis.prefix", "staging:grantor.2_a-", true),
            ("redis.prefix", "", false),
            ("redis.prefix", "{grantor}:", false),
            ("redis.timeout_milliseconds", "9", false),
            ("log.level", "inof", false),
            ("log.format", "xml", false),
            ("data.folder", "", false),
            ("data.folder", "/", true),
            ("data.folder", "a%41 #b\nc", true),
            ("data.folder", "a?b", false),
            ("data.folder", ":memory:", false),
            ("data.folder", "file:a", false),
            ("data.folder", "a\0", false),
            ("secrets.master_key", "short", false),
        ] {
            assert_eq!(
                from_text(key, text, &Origin::Default).is_ok(),
                accepted,
                "{key} = {text}"
            );
        }
    }
}
