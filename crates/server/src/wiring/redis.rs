//! Redis out of the settings. Nothing here waits for it: a server starts without it, and says so in its log.
use crate::clock::SystemClock;
use crate::config::{Settings, redis_addresses};
use anyhow::Context;
use grantor_flows::Deps;
use grantor_store::bell::carry_by_redis;
use grantor_store::ephemeral::{Ephemeral, RedisEphemeral};
use grantor_store::{RedisLink, RedisSettings};
use std::sync::Arc;
use std::time::Duration;

/// Whether short-lived data is there.
pub(super) fn is_there(settings: &Settings) -> bool {
    settings.redis.url.expose().is_some()
}

/// Short-lived data in the Redis of the settings.
pub(super) fn ephemeral(settings: &Settings) -> anyhow::Result<Arc<dyn Ephemeral>> {
    Ok(Arc::new(RedisEphemeral::new(link(settings)?)))
}

/// Begins to carry the bell of the change feed, where there is a Redis to carry it.
pub(super) fn carry_bell(settings: &Settings, deps: &Deps) -> anyhow::Result<()> {
    if is_there(settings) {
        let name: String = deps.random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        carry_by_redis(&deps.store, link(settings)?, &name);
    }
    Ok(())
}

fn link(settings: &Settings) -> anyhow::Result<Arc<RedisLink>> {
    let redis = &settings.redis;
    let file = &redis.ca_file;
    let read = || std::fs::read(file).with_context(|| format!("read {}, the redis.ca_file", file.display()));
    let settings = RedisSettings {
        addresses: redis_addresses(redis.url.expose().unwrap_or_default()),
        authorities: (!file.as_os_str().is_empty()).then(read).transpose()?,
        prefix: redis.prefix.clone(),
        patience: Duration::from_millis(redis.timeout_milliseconds),
    };
    // The machine's own: a clock that tests hold still would never let a server be tried again.
    let link = RedisLink::new(settings, Box::new(|| SystemClock.uptime()));
    Ok(Arc::new(link.context("the [redis] settings")?))
}
