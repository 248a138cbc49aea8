//! Where facts are kept: entities, one file of queries an aggregate, the writer of typed commands, the change feed, short-lived data.
//!
//! Owns: the databases, and nothing else touches them. Does not own: rules (`protocol`), keys (`jose`), use cases (`flows`).
//! Reads go through sea-orm; hot writes are typed commands (`writer`); management writes are sea-orm transactions (`management`).

pub mod bell;
pub mod changes;
pub mod clients;
pub mod codes;
mod connect;
pub mod consents;
pub mod copy;
mod entities;
pub mod ephemeral;
mod error;
pub mod events;
pub mod grants;
pub mod groups;
pub mod keys;
mod known;
pub mod links;
pub mod listing;
pub mod management;
pub mod people;
pub mod realms;
mod redis_link;
pub mod references;
pub mod resource_servers;
pub mod revocations;
pub mod roles;
pub mod sessions;
pub mod signing_keys;
pub mod tallies;
mod writer;

pub use connect::{DatabaseSettings, InstallationLock, PostgresSettings, SqliteSettings, Store};
pub use error::StoreError;
pub use listing::Wanted;
pub use redis_link::{RedisLink, RedisSettings, Uptime};
pub use writer::{
    AccountChange, Command, Ended, Judged, NewAttempt, NewConsent, NewReference, NewReplay, Outcome, RefreshUse,
};

/// The result of every store call.
pub type Result<T> = std::result::Result<T, StoreError>;
