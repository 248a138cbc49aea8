//! What is special about Redis: names, faults, clusters, the bell. What it shares with others is in `ephemeral`.
mod bell;
mod cluster;
mod faults;
mod names;

use grantor_store::ephemeral::RedisEphemeral;
use grantor_store::{RedisLink, RedisSettings};
use grantor_tests::redis;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A corner of the Redis for tests that no other test has.
pub(crate) struct Place {
    /// Host and port.
    pub(crate) address: String,
    pub(crate) prefix: String,
    uptime: Arc<AtomicU64>,
}

impl Place {
    /// Nothing, where there is no Redis.
    pub(crate) fn new() -> Option<Self> {
        Some(Self::on(&redis::address()?))
    }

    fn on(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            prefix: redis::new_prefix(),
            uptime: Arc::default(),
        }
    }

    /// With all the time that a busy machine needs.
    pub(crate) fn ephemeral(&self) -> RedisEphemeral {
        RedisEphemeral::new(self.link(&[&self.address], Duration::from_secs(5)))
    }

    /// Through the given addresses.
    fn link(&self, addresses: &[&str], patience: Duration) -> Arc<RedisLink> {
        let settings = RedisSettings {
            addresses: addresses.iter().map(|address| format!("redis://{address}")).collect(),
            authorities: None,
            prefix: self.prefix.clone(),
            patience,
        };
        let uptime = self.uptime.clone();
        let uptime = move || Duration::from_millis(uptime.load(Ordering::SeqCst));
        Arc::new(RedisLink::new(settings, Box::new(uptime)).unwrap())
    }

    /// Lets time pass for the breaker.
    fn advance(&self, milliseconds: u64) {
        self.uptime.fetch_add(milliseconds, Ordering::SeqCst);
    }
}
