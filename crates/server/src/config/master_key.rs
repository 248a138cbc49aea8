//! The master keys: from the settings, else from files in the data folder, the first of which the first start makes.
//!
//! A rotation has three files: `master.key`, the one to come beside it as `.next`, the one before as `.former`. Which of
//! them counts the database decides, so that every step of a rotation may be the last one before a crash.
use super::{ConfigError, Settings, secret_file};
use crate::entropy::SystemEntropy;
use grantor_jose::MasterKey;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Every master key that is given, the one that seals a new installation first; none when it has yet to be made. Errors: a
/// file is open to group or others, holds no key, or cannot be read.
pub fn master_keys(settings: &Settings) -> Result<Vec<MasterKey>, ConfigError> {
    let secrets = &settings.secrets;
    if let Some(text) = secrets.master_key.expose() {
        let mut keys = vec![parse(text, Path::new("secrets.master_key"))?];
        if let Some(next) = secrets.next_master_key.expose() {
            keys.push(parse(next, Path::new("secrets.next_master_key"))?);
        }
        return Ok(keys);
    }
    // A rotation moves keys from `.next` to the name and from the name to `.former`: read in this order none is missed.
    let next = read(&settings.next_master_key_path())?;
    let named = read(&settings.master_key_path())?;
    let former = read(&settings.former_master_key_path())?;
    Ok([named, next, former].into_iter().flatten().collect())
}

/// Where the settings say that master keys are kept, read anew each time.
pub struct FileMasterKeys(pub Settings);

impl grantor_flows::MasterKeys for FileMasterKeys {
    fn read(&self) -> Result<Vec<MasterKey>, String> {
        master_keys(&self.0).map_err(|error| error.to_string())
    }
}

/// Makes the data folder (mode 0700) and `master.key` in it (mode 0600), unless another process was quicker.
pub fn make_master_key(settings: &Settings, entropy: &SystemEntropy) -> Result<(), ConfigError> {
    create(&settings.master_key_path(), entropy)
}

/// Makes the key of a rotation, or takes the one that a rotation left which did not come to its end.
pub(crate) fn make_next(settings: &Settings, entropy: &SystemEntropy) -> Result<MasterKey, ConfigError> {
    let path = settings.next_master_key_path();
    if !exists(&path)? {
        create(&path, entropy)?;
    }
    parse(&secret_file::read(&path)?, &path)
}

/// Gives the names that follow from everything being sealed under the next key: it becomes `master.key`, and that the
/// former one. Takes up where an earlier attempt ended.
pub(crate) fn finish_rotation(settings: &Settings) -> Result<(), ConfigError> {
    let path = settings.master_key_path();
    let failed = |source| ConfigError::File {
        path: path.clone(),
        action: "put the new master key in its place",
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    if exists(&path)? {
        fs::rename(&path, settings.former_master_key_path()).map_err(failed)?;
        sync_folder(folder).map_err(failed)?;
    }
    fs::rename(settings.next_master_key_path(), &path).map_err(failed)?;
    sync_folder(folder).map_err(failed)
}

/// Judges the files without needing them: for `config check`.
pub(crate) fn check_files(settings: &Settings) -> Result<(), ConfigError> {
    master_keys(settings).map(drop)
}

/// Whether there is a file of this name.
pub(crate) fn exists(path: &Path) -> Result<bool, ConfigError> {
    path.try_exists().map_err(|source| ConfigError::File {
        path: path.to_owned(),
        action: "read",
        source,
    })
}

fn read(path: &Path) -> Result<Option<MasterKey>, ConfigError> {
    match secret_file::read(path) {
        Ok(text) => parse(&text, path).map(Some),
        Err(ConfigError::File { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(other) => Err(other),
    }
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

/// Removes the drafts that crashes left: one may hold the key in use. Only for the holder of the database's lock, beside whom
/// nobody makes a key.
pub(crate) fn remove_drafts(settings: &Settings) -> Result<(), ConfigError> {
    let key = settings.master_key_path();
    let folder = key.parent().unwrap_or(Path::new("."));
    let failed = |source| ConfigError::File {
        path: folder.to_owned(),
        action: "remove the drafts of master keys in",
        source,
    };
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other.map_err(failed)?,
    };
    for file in files {
        let file = file.map_err(failed)?;
        if file.file_name().to_str().is_some_and(is_draft) {
            fs::remove_file(file.path()).map_err(failed)?;
        }
    }
    sync_folder(folder).map_err(failed)
}

/// The names that `draft_path` gives for `master.key` and `master.key.next`.
fn is_draft(name: &str) -> bool {
    let tag = name
        .strip_prefix("master.")
        .and_then(|rest| rest.strip_suffix(".draft"));
    tag.map(|tag| tag.strip_prefix("key.").unwrap_or(tag))
        .is_some_and(|tag| tag.len() == 16 && tag.bytes().all(|b| b.is_ascii_hexdigit()))
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
