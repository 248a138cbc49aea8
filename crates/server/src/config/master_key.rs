//! The master key: from the setting, else from the file in the data folder, which the first start makes.
use super::{ConfigError, Settings, secret_file};
use crate::entropy::SystemEntropy;
use grantor_jose::MasterKey;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The key of this installation. Makes the data folder (mode 0700) and `master.key` (mode 0600) when neither setting nor
/// file is there. Errors: the file is open to group or others, holds no key, or cannot be read or made.
pub fn master_key(settings: &Settings, entropy: &SystemEntropy) -> Result<MasterKey, ConfigError> {
    if let Some(text) = settings.secrets.master_key.expose() {
        return parse(text, Path::new("secrets.master_key"));
    }
    let path = settings.master_key_path();
    let missing = path.try_exists().map(|there| !there);
    if missing.map_err(|source| ConfigError::File {
        path: path.clone(),
        action: "read",
        source,
    })? {
        create(&path, entropy)?;
    }
    parse(&secret_file::read(&path)?, &path)
}

/// Judges the mode of the key's file without needing it: for `config check`.
pub(crate) fn check_file(settings: &Settings) -> Result<(), ConfigError> {
    let path = settings.master_key_path();
    if settings.secrets.master_key.expose().is_some() || !path.exists() {
        return Ok(());
    }
    parse(&secret_file::read(&path)?, &path).map(|_| ())
}

fn parse(text: &str, path: &Path) -> Result<MasterKey, ConfigError> {
    MasterKey::from_text(text).map_err(|error| ConfigError::NoMasterKey {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Writes a new key beside its place, flushes it to disk, then gives it the name. A link, unlike a rename, never replaces
/// the key that another process made in the meantime, and a crash leaves no half key under the name.
fn create(path: &Path, entropy: &SystemEntropy) -> Result<(), ConfigError> {
    let failed = |source| ConfigError::File {
        path: path.to_owned(),
        action: "make a master key",
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder).map_err(failed)?;
    let draft = draft_path(path, entropy);
    let named = write_draft(&draft, entropy).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match named {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => sync_folder(folder).map_err(failed),
    }
}

/// A name nobody else uses: process ids repeat between containers.
fn draft_path(path: &Path, entropy: &SystemEntropy) -> PathBuf {
    let mut tag = [0u8; 8];
    entropy.fill(&mut tag);
    path.with_extension(format!("{:016x}.draft", u64::from_be_bytes(tag)))
}

fn write_draft(draft: &Path, entropy: &SystemEntropy) -> io::Result<()> {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    let text = MasterKey::from_bytes(bytes).to_text();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes the folder and its parents, for this user alone; one that exists stays as it is.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes the new name survive a power cut; only Unix can open a folder for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
