//! What every use case is given: stores, caches, keys, time and randomness. Built once, by the server.
use crate::Refusal;
use crate::catalog::Catalog;
use crate::counters::Counters;
use crate::issuers::{self, IssuerPath};
use crate::jobs::SecretUse;
use crate::keys::Keys;
use crate::limits::Failures;
use crate::metrics::Metrics;
use crate::passwords::{PasswordSettings, Passwords};
use crate::revocations::RevocationSet;
use crate::tally::Tally;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_jose::MasterKey;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::sign_in::Patience;
use grantor_protocol::signing_keys::Schedule;
use grantor_store::ephemeral::Ephemeral;
use grantor_store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// The time. A second implementation stands still in tests.
pub trait Clock: Send + Sync {
    /// Now; read once a request.
    fn now(&self) -> UnixMillis;
    /// Time since some start that no correction of the clock disturbs; for judging how fresh something is.
    fn uptime(&self) -> Duration;
}

/// Randomness fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// Where the master keys are kept. Read at the start, and again when the database says that another one counts.
pub trait MasterKeys: Send + Sync {
    /// Every key there is; the first one seals what a new installation makes. The error is for the log and holds no key.
    fn read(&self) -> Result<Vec<MasterKey>, String>;
}

/// What admins may set about signing keys.
#[derive(Debug, Clone)]
pub struct KeySettings {
    /// How long verifiers may keep a key set they fetched, in seconds.
    pub jwks_cache_seconds: u32,
    pub schedule: Schedule,
}

/// What admins may set about use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where this installation is reached: an origin with an optional path, no trailing slash.
    pub public_url: String,
    /// Life of an authorization code in seconds (RFC 6749 section 4.1.2: short).
    pub code_seconds: i64,
    /// Wrong verifiers after which a code is dead.
    pub code_attempts: i64,
    /// Leeway for `nbf`, in seconds.
    pub clock_skew_seconds: i64,
    /// Life of a browser session without use, in seconds.
    pub session_idle_seconds: i64,
    /// Life of a browser session, in seconds.
    pub session_absolute_seconds: i64,
    /// How long an unfinished authorization request is kept, in seconds.
    pub interaction_seconds: i64,
    /// Failed authentications of clients, and of people, that one address may cause in a minute.
    pub failures_per_minute: u32,
    /// Wrong passwords an account takes.
    pub patience: Patience,
    /// Authorization requests one address may leave waiting in a minute.
    pub stored_per_minute: u32,
    /// Inactive answers one caller of the introspection endpoint gets in a minute.
    pub inactive_per_minute: u32,
    /// How often the change feed is read, in milliseconds.
    pub feed_poll_milliseconds: u64,
    /// Clients and users kept in memory.
    pub catalog_clients: u64,
    pub catalog_users: u64,
    /// How long events are kept, in days.
    pub event_days: i64,
    pub passwords: PasswordSettings,
    pub keys: KeySettings,
}

/// What the server hands over to build [`Deps`].
pub struct Parts {
    pub store: Arc<Store>,
    pub ephemeral: Arc<dyn Ephemeral>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub master_keys: Arc<dyn MasterKeys>,
    pub settings: Settings,
}

/// Everything a use case may reach.
pub struct Deps {
    pub store: Arc<Store>,
    pub ephemeral: Arc<dyn Ephemeral>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub catalog: Catalog,
    pub keys: Keys,
    pub revocations: RevocationSet,
    pub passwords: Passwords,
    pub counters: Counters,
    pub metrics: Metrics,
    pub settings: Settings,
    /// Which process this is, among those on the database.
    pub(crate) process: String,
    pub(crate) client_failures: Failures,
    pub(crate) sign_in_failures: Failures,
    pub(crate) stored_requests: Failures,
    pub(crate) inactive_answers: Failures,
    /// Grants whose refresh tokens came back, so that a client in a loop does not fill the table of events.
    pub(crate) told_refreshes: Failures,
    pub(crate) secret_use: SecretUse,
    pub(crate) tally: Tally,
}

impl Deps {
    /// Opens the data keys and builds the caches, all of them empty. Fails when none of the master keys is the one the data is sealed under.
    pub async fn build(parts: Parts) -> Result<Self, StoreError> {
        let Parts {
            store,
            ephemeral,
            clock,
            entropy,
            master_keys,
            settings,
        } = parts;
        let keys = Keys::open(&store, master_keys, &*entropy, clock.now()).await?;
        let mut process = [0; 16];
        entropy.fill(&mut process);
        Ok(Self {
            process: URL_SAFE_NO_PAD.encode(process),
            catalog: Catalog::new(settings.catalog_clients, settings.catalog_users),
            revocations: RevocationSet::new(),
            passwords: Passwords::new(&settings.passwords, clock.clone()),
            counters: Counters::default(),
            metrics: Metrics::default(),
            client_failures: Failures::by_address(settings.failures_per_minute),
            sign_in_failures: Failures::by_address(settings.failures_per_minute),
            stored_requests: Failures::by_address(settings.stored_per_minute),
            told_refreshes: Failures::by_name(1),
            inactive_answers: Failures::by_name(settings.inactive_per_minute),
            secret_use: SecretUse::default(),
            tally: Tally::default(),
            store,
            ephemeral,
            clock,
            entropy,
            keys,
            settings,
        })
    }

    /// Whether there is such a realm, whatever its state.
    pub async fn realm_exists(&self, key: &RealmKey) -> Result<bool, Refusal> {
        let path = IssuerPath::Realm {
            tenant: &key.tenant,
            realm: &key.realm,
        };
        if issuers::resolve(self, path).await?.is_some() {
            return Ok(true);
        }
        Ok(self.store.find_stored_realm(key).await?.is_some())
    }

    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}
