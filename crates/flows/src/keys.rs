//! Keys in memory: the data keys everything is looked up and sealed with, and each realm's signing keys.
//!
//! Owns: which master key opens what, keys parsed once, making a key on first need. Does not own: which key signs when
//! (`protocol::signing_keys`), what operators and the schedule ask for (`signing_keys`, `master_key`).
mod data;
mod make;
mod realm;
mod ring;
mod signing;

pub use make::{ensure, make};
pub use realm::{RealmKeys, believed, of_realm};
pub use signing::signing;

pub(crate) use make::{facts, generate, seal};
pub(crate) use ring::Ring;

use crate::deps::MasterKeys;
use crate::{Deps, Entropy};
use arc_swap::ArcSwap;
use data::data_key;
use grantor_jose::MacKey;
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_store::{Store, StoreError};
use moka::sync::Cache;
use std::sync::Arc;

/// What a MAC is for: a value made for one purpose is worth nothing for another (architecture, invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    ClientSecret,
    Credential,
    Code,
    RefreshToken,
    Session,
    Browser,
    Form,
    SignIn,
    Device,
    TokenId,
    PageToken,
    SetupLink,
}

impl Purpose {
    const fn context(self) -> &'static str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::Credential => "resource-server-credential",
            Self::Code => "authorization-code",
            Self::RefreshToken => "refresh-token",
            Self::Session => "browser-session",
            Self::Browser => "browser",
            Self::Form => "form",
            Self::SignIn => "sign-in-attempt",
            Self::Device => "known-device",
            Self::TokenId => "jti",
            Self::PageToken => "page-token",
            Self::SetupLink => "setup-link",
        }
    }
}

/// Every key of the installation.
pub struct Keys {
    sources: Arc<dyn MasterKeys>,
    ring: ArcSwap<Ring>,
    lookup: MacKey,
    referential: MacKey,
    referential_kid: String,
    realms: Cache<RealmKey, Arc<RealmKeys>>,
    loading: tokio::sync::Mutex<()>,
    making: tokio::sync::Mutex<()>,
}

impl Keys {
    /// Opens the data keys, making them on the first start.
    pub(crate) async fn open(
        store: &Store,
        sources: Arc<dyn MasterKeys>,
        entropy: &dyn Entropy,
        now: UnixMillis,
    ) -> Result<Self, StoreError> {
        let ring = Ring::read(store, &sources).await?;
        let (lookup, _) = data_key(store, &ring, "lookup", entropy, now).await?;
        let (referential, referential_kid) = data_key(store, &ring, "referential", entropy, now).await?;
        Ok(Self {
            sources,
            ring: ArcSwap::from_pointee(ring),
            lookup,
            referential,
            referential_kid,
            realms: Cache::new(1000),
            loading: tokio::sync::Mutex::new(()),
            making: tokio::sync::Mutex::new(()),
        })
    }

    /// The MAC of `parts` for one purpose in one realm.
    pub fn mac(&self, purpose: Purpose, key: &RealmKey, parts: &[&[u8]]) -> [u8; 32] {
        let mut all: [&[u8]; 8] = [&[]; 8];
        all[0] = key.tenant.as_bytes();
        all[1] = key.realm.as_bytes();
        let used = 2 + parts.len();
        all[2..used].copy_from_slice(parts);
        self.lookup.mac(purpose.context(), &all[..used])
    }

    /// The master keys, and which of them counts.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.ring.load_full()
    }

    /// Asks the database again which master key counts, and its owner for the keys. When it cannot be found what is in memory stays.
    pub async fn read_again(&self, store: &Store) -> Result<(), StoreError> {
        let ring = Ring::read(store, &self.sources).await?;
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// The id of the master key that everything is sealed under, as this process last saw it.
    pub fn master_key_id(&self) -> String {
        self.ring.load().current().id()
    }

    /// A realm's keys are read again on the next need; what is parsed is kept.
    pub(crate) fn forget(&self, key: &RealmKey) {
        if let Some(keys) = self.realms.get(key) {
            keys.outdate();
        }
    }

    /// The same for every realm.
    pub(crate) fn forget_everything(&self) {
        for (_, keys) in &self.realms {
            keys.outdate();
        }
    }
}

/// The realm's keys changed: whoever is reading them must not keep what it read.
pub(crate) fn forget(deps: &Deps, key: &RealmKey) {
    deps.catalog.forget(|_| deps.keys.forget(key));
}

/// What is sealed for whom; the same words open it.
pub(crate) fn data_context(purpose: &str) -> String {
    format!("data-key/{purpose}")
}

/// What is sealed for whom; the same words open it.
pub(crate) fn signing_context(key: &RealmKey, kid: &str) -> String {
    format!("signing-key/{key}/{kid}")
}
