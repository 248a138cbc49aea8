//! What empty values and zeros mean, and the checks that need more than one key.
use super::{ConfigError, Entries, Entry, ManagementAddress, Origin, public_url};
use grantor_jose::MasterKey;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Value;

/// Fills in what follows from other settings and from the machine's `cores`.
pub(super) fn fill(entries: &mut Entries, cores: usize) -> Result<(), ConfigError> {
    fill_public_url(entries)?;
    if text(entries, "database.url").is_empty() {
        // Two slashes in front would read as those behind `sqlite:`.
        let folder: PathBuf = Path::new(text(entries, "data.folder")).components().collect();
        let file = folder.join("grantor.sqlite");
        derive(
            entries,
            "database.url",
            format!("sqlite:{}", file.display()).into(),
            "data.folder",
        );
    }
    let cores = i64::try_from(cores).unwrap_or(1).clamp(1, 1024);
    if number(entries, "server.workers") == 0 {
        derive(entries, "server.workers", cores.into(), "the number of cores");
    }
    if number(entries, "limits.password_hashes_at_once") == 0 {
        derive(
            entries,
            "limits.password_hashes_at_once",
            (cores - 1).max(1).into(),
            "the number of cores",
        );
    }
    refuse_one_address(entries)?;
    refuse_thin_lanes(entries)?;
    refuse_hasty_keys(entries)?;
    refuse_lone_next_key(entries)?;
    refuse_same_next_key(entries)
}

fn fill_public_url(entries: &mut Entries) -> Result<(), ConfigError> {
    if !text(entries, "server.public_url").is_empty() {
        return Ok(());
    }
    let listen = text(entries, "server.listen");
    let address = listen.parse::<SocketAddr>();
    let url = match &address {
        // The default port has no place in a URL's one spelling.
        Ok(address) if address.port() == 80 => format!("http://{}", listen.trim_end_matches(":80")),
        _ => format!("http://{listen}"),
    };
    if address.is_ok_and(|address| address.port() == 0) || public_url::refuse(&url).is_some() {
        return Err(ConfigError::Unusable(format!(
            "server.public_url is empty and server.listen \"{listen}\" ({}) is no loopback address with a port; wanted \
             server.public_url to be the https URL that browsers use",
            entries["server.listen"].origin
        )));
    }
    derive(entries, "server.public_url", url.into(), "server.listen");
    Ok(())
}

/// What operators see is not for everybody, so it never stands where everybody asks.
fn refuse_one_address(entries: &Entries) -> Result<(), ConfigError> {
    let listen = &entries["management.listen"];
    let address = text(entries, "management.listen").parse::<ManagementAddress>();
    let public = text(entries, "server.listen").parse::<SocketAddr>();
    match (address.map(ManagementAddress::address), public) {
        (Ok(Some(address)), Ok(public)) if address == public && address.port() != 0 => {
            let wanted = "another address than server.listen, or \"off\"";
            Err(invalid("management.listen", listen, wanted.to_owned()))
        }
        _ => Ok(()),
    }
}

/// RFC 9106 section 3.1: at least eight blocks of one KiB for each lane.
fn refuse_thin_lanes(entries: &Entries) -> Result<(), ConfigError> {
    let least = 8 * number(entries, "passwords.lanes");
    let memory = &entries["passwords.memory_kib"];
    if number(entries, "passwords.memory_kib") >= least {
        return Ok(());
    }
    let wanted = format!("at least {least}, eight for each of passwords.lanes");
    Err(invalid("passwords.memory_kib", memory, wanted))
}

/// A verifier that keeps its key set would meet a key it has never seen.
fn refuse_hasty_keys(entries: &Entries) -> Result<(), ConfigError> {
    let least = number(entries, "keys.jwks_cache_seconds");
    let publish = &entries["keys.publish_seconds"];
    if number(entries, "keys.publish_seconds") >= least {
        return Ok(());
    }
    let wanted = format!("at least {least}, for which verifiers keep a key set (keys.jwks_cache_seconds)");
    Err(invalid("keys.publish_seconds", publish, wanted))
}

fn refuse_lone_next_key(entries: &Entries) -> Result<(), ConfigError> {
    if text(entries, "secrets.next_master_key").is_empty() || !text(entries, "secrets.master_key").is_empty() {
        return Ok(());
    }
    Err(ConfigError::Unusable(format!(
        "secrets.next_master_key ({}) is set and secrets.master_key is not; wanted both, or neither with the key in a file",
        entries["secrets.next_master_key"].origin
    )))
}

/// Also in another spelling: a rotation to the same key would change nothing and say that it is done.
fn refuse_same_next_key(entries: &Entries) -> Result<(), ConfigError> {
    let id = |key| MasterKey::from_text(text(entries, key)).map(|key| key.id());
    match (id("secrets.master_key"), id("secrets.next_master_key")) {
        (Ok(master), Ok(next)) if master == next => Err(ConfigError::Unusable(format!(
            "secrets.next_master_key ({}) is the same key as secrets.master_key; wanted another one",
            entries["secrets.next_master_key"].origin
        ))),
        _ => Ok(()),
    }
}

fn invalid(key: &str, entry: &Entry, wanted: String) -> ConfigError {
    ConfigError::Invalid {
        place: entry.origin.to_string(),
        key: key.to_owned(),
        got: entry.value.to_string(),
        wanted,
    }
}

fn derive(entries: &mut Entries, key: &str, value: Value, from: &'static str) {
    entries.insert(
        key.to_owned(),
        Entry {
            value,
            origin: Origin::DerivedFrom(from),
        },
    );
}

fn text<'a>(entries: &'a Entries, key: &str) -> &'a str {
    entries[key].value.as_str().unwrap_or_default()
}

fn number(entries: &Entries, key: &str) -> i64 {
    entries[key].value.as_integer().unwrap_or_default()
}
