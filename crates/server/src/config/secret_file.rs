//! Files that hold a secret: closed to group and others, small, and trimmed when read.
use super::ConfigError;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Largest secret read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of the file without surrounding white space. Refuses a file that group or others may use.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let refused = |source| ConfigError::File {
        path: path.to_owned(),
        action: "read",
        source,
    };
    let file = File::open(path).map_err(refused)?;
    // The open file is judged, not the name, which could mean another file a moment later.
    refuse_open(path, &file.metadata().map_err(refused)?)?;
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(refused)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(ConfigError::TooLarge {
            path: path.to_owned(),
            limit: MAX_BYTES,
        });
    }
    Ok(text.trim().to_owned())
}

/// Refuses a file that group or others may use.
pub(super) fn check_mode(path: &Path) -> Result<(), ConfigError> {
    let refused = |source: io::Error| ConfigError::File {
        path: path.to_owned(),
        action: "read",
        source,
    };
    refuse_open(path, &fs::metadata(path).map_err(refused)?)
}

/// A file that belongs to root may be read by its group: that is how orchestrators hand secrets to a user that is not root.
#[cfg(unix)]
fn refuse_open(path: &Path, metadata: &fs::Metadata) -> Result<(), ConfigError> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let mode = metadata.permissions().mode() & 0o7777;
    let closed = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if mode & closed != 0 {
        return Err(ConfigError::OpenToOthers {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Other systems keep access lists instead of modes; the folder's list is the operator's.
#[cfg(not(unix))]
fn refuse_open(_: &Path, _: &fs::Metadata) -> Result<(), ConfigError> {
    Ok(())
}
