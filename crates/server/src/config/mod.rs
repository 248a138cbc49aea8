//! Configuration: embedded defaults, then a TOML file, then the environment, then flags.
//!
//! Owns: reading and checking every setting, where each value came from, the secret files. Does not own what a setting does.
//! Later layers win key by key. An unknown name or an unusable value stops the start and says what was wanted.
mod dump;
mod effective;
mod environment;
mod error;
mod file;
mod keys;
mod management_address;
mod master_key;
mod network;
mod public_url;
mod redis_url;
mod secret;
mod secret_file;
mod settings;
mod value;

#[cfg(test)]
mod tests;

pub use dump::DumpFormat;
pub use error::ConfigError;
pub use management_address::ManagementAddress;
pub use master_key::{FileMasterKeys, make_master_key, master_keys};
pub use network::{Network, NotANetwork};
pub use redis_url::addresses as redis_addresses;
pub use secret::Secret;
pub use settings::{
    CatalogSettings, DataSettings, DatabaseSettings, FeedSettings, KeySettings, LimitSettings, LogFormat, LogSettings,
    ManagementSettings, PasswordSettings, RedisSettings, SecretSettings, ServerSettings, SessionSettings, Settings,
    TokenSettings,
};

pub(crate) use error::one_line;
pub(crate) use master_key::{check_files, exists, finish_rotation, make_folder, make_next, remove_drafts};

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Value;

/// Everything outside the binary that configuration is read from.
#[derive(Debug, Default)]
pub struct Sources {
    /// `--config`: this file instead of GRANTOR_CONFIG or `grantor.toml`.
    pub file: Option<PathBuf>,
    /// Where `grantor.toml` is looked for.
    pub working_directory: PathBuf,
    /// Every environment variable; those of other programs are passed over.
    pub environment: Vec<(String, String)>,
    pub flags: Vec<Flag>,
    /// Cores of the machine, for the settings whose 0 means "as many as fit".
    pub cores: usize,
}

/// A flag that sets a key.
#[derive(Debug, Clone)]
pub struct Flag {
    /// As written on the command line, for example `--listen`.
    pub name: &'static str,
    pub key: &'static str,
    pub value: String,
}

impl Sources {
    /// The sources of this process. A variable that is not UTF-8 is refused when its name is ours.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Result<Self, ConfigError> {
        Ok(Self {
            file,
            working_directory: PathBuf::new(),
            environment: environment::of_process()?,
            flags,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        })
    }
}

/// Checked settings, and where each value came from.
#[derive(Debug)]
pub struct Loaded {
    pub settings: Settings,
    entries: Entries,
}

impl Loaded {
    /// Every value in use with its source; secrets are masked.
    pub fn dump(&self, format: DumpFormat) -> String {
        dump::render(&self.entries, format)
    }
}

/// Reads all layers, checks every value and fills in what empty values mean.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut entries = keys::defaults();
    if let Some(path) = file::locate(sources) {
        file::overlay(&mut entries, &sources.working_directory, &path)?;
    }
    environment::overlay(&mut entries, &sources.environment)?;
    for flag in &sources.flags {
        let origin = Origin::Flag(flag.name);
        let value = value::from_text(flag.key, &flag.value, &origin)?;
        entries.insert(flag.key.to_owned(), Entry { value, origin });
    }
    checked(entries, sources.cores)
}

/// What [`load`] makes of a file with this text and the defaults alone; nobody is asked who may read the file.
pub fn load_text(text: &str, cores: usize) -> Result<Loaded, ConfigError> {
    let mut entries = keys::defaults();
    let path = Path::new(file::FILE_NAME);
    for (key, value, line) in file::parse(text, path)? {
        let origin = Origin::file(path, line);
        entries.insert(key, Entry { value, origin });
    }
    checked(entries, cores)
}

fn checked(mut entries: Entries, cores: usize) -> Result<Loaded, ConfigError> {
    effective::fill(&mut entries, cores)?;
    Ok(Loaded {
        settings: typed(&entries)?,
        entries,
    })
}

fn typed(entries: &Entries) -> Result<Settings, ConfigError> {
    let mut table = toml::Table::new();
    for (key, entry) in entries {
        let (section, name) = keys::split(key);
        let section = table.entry(section).or_insert_with(|| Value::Table(toml::Table::new()));
        if let Value::Table(section) = section {
            section.insert(name.to_owned(), entry.value.clone());
        }
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Unusable(error.message().to_owned()))
}

/// Key (`section.name`) to value.
type Entries = BTreeMap<String, Entry>;

#[derive(Clone)]
struct Entry {
    value: Value,
    origin: Origin,
}

/// Leaves the value out: it may be a secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Default,
    /// A file and the line of the key, counted from 1.
    File(PathBuf, usize),
    /// The name of a variable.
    Environment(String),
    Flag(&'static str),
    /// The value was empty and follows from what is named here.
    DerivedFrom(&'static str),
}

impl Origin {
    fn file(path: &Path, line: usize) -> Self {
        Self::File(path.to_owned(), line)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{} line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::DerivedFrom(what) => write!(f, "default, from {what}"),
        }
    }
}
