//! The settings as types. `config/default.toml` documents each key; a test compares the two.
//!
//! After loading nothing is empty that has a meaning: zeros and empty values are replaced by what they stand for. Only
//! the `secrets`, `server.environment` and `server.trusted_proxies` may still be empty.
use super::secret::masked;
use super::{ManagementAddress, Network, Secret};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// All settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub management: ManagementSettings,
    pub data: DataSettings,
    pub database: DatabaseSettings,
    pub redis: RedisSettings,
    pub secrets: SecretSettings,
    pub keys: KeySettings,
    pub log: LogSettings,
    pub limits: LimitSettings,
    pub passwords: PasswordSettings,
    pub sessions: SessionSettings,
    pub tokens: TokenSettings,
    pub feed: FeedSettings,
    pub catalog: CatalogSettings,
    pub events: EventSettings,
}

impl Settings {
    /// The file of the database, taken out of `database.url`; `None` when that names a server.
    pub fn sqlite_file(&self) -> Option<&Path> {
        let path = self.database.url.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }
    /// What the database is called in messages: the path of its file, or the address of its server without user and password.
    pub fn database_name(&self) -> String {
        match (self.sqlite_file(), url::Url::parse(&self.database.url)) {
            (Some(file), _) => file.display().to_string(),
            (None, Ok(url)) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("postgres://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
            (None, Err(_)) => "database.url".to_owned(),
        }
    }
    /// The file of the master key when `secrets.master_key` is empty.
    pub fn master_key_path(&self) -> PathBuf {
        self.data.folder.join("master.key")
    }
    /// The file of the one that a rotation is about to put in its place.
    pub fn next_master_key_path(&self) -> PathBuf {
        self.data.folder.join("master.key.next")
    }
    /// The file of the one before it: what backups of before the last rotation need.
    pub fn former_master_key_path(&self) -> PathBuf {
        self.data.folder.join("master.key.former")
    }
}

/// `[server]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// The base of every issuer and link: an origin with an optional path, no slash at the end.
    pub public_url: String,
    pub workers: usize,
    pub trusted_proxies: Vec<Network>,
    pub environment: String,
    pub dev_mode: bool,
    pub shutdown_seconds: u64,
    pub shutdown_notice_seconds: u64,
    pub request_timeout_seconds: u64,
    pub max_connections: usize,
}

/// `[management]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManagementSettings {
    pub listen: ManagementAddress,
}

/// `[data]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    pub folder: PathBuf,
}

/// `[database]`
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite:` and a path (see [`Settings::sqlite_file`]), or a `postgres://` URL, which may hold a password.
    #[serde(serialize_with = "super::secret::without_password")]
    pub url: String,
    pub ca_file: String,
    pub readers: u32,
    pub timeout_milliseconds: u64,
}

/// Leaves the password out.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("url", &masked(&self.url))
            .finish_non_exhaustive()
    }
}

/// `[redis]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// Addresses with commas between them; it may hold a password.
    pub url: Secret,
    pub ca_file: PathBuf,
    pub prefix: String,
    pub timeout_milliseconds: u64,
}

/// `[secrets]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSettings {
    /// Empty when the key is in a file; [`super::master_keys`] finds it either way.
    pub master_key: Secret,
    pub next_master_key: Secret,
}

/// `[keys]`: signing keys.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    pub jwks_cache_seconds: u32,
    pub publish_seconds: i64,
    pub rotate_days: i64,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// Directives of tracing's `EnvFilter`.
    pub level: String,
    pub format: LogFormat,
}

/// Shape of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Text,
    Json,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    pub body_bytes: usize,
    pub failed_authentications_per_minute: u32,
    pub sign_in_attempts: u32,
    pub sign_in_lock_minutes: i64,
    pub stored_requests_per_minute: u32,
    pub inactive_introspections_per_minute: u32,
    pub password_hashes_at_once: usize,
    pub password_hash_queue: usize,
}

/// `[passwords]`: the parameters of argon2id (RFC 9106 section 3.1).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordSettings {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// `[sessions]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    pub idle_minutes: i64,
    pub absolute_hours: i64,
    pub interaction_hours: i64,
}

/// `[tokens]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    pub code_seconds: i64,
    pub code_attempts: u32,
    pub clock_skew_seconds: i64,
}

/// `[feed]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    pub poll_milliseconds: u64,
}

/// `[events]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventSettings {
    pub keep_days: i64,
}

/// `[catalog]`: entries kept in memory.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogSettings {
    pub clients: u64,
    pub users: u64,
}
