//! What says "look at the change feed now". Losing a ring costs the time until the next poll and nothing else.
mod redis;

pub use redis::carry_by_redis;

use tokio::sync::Notify;

/// One for this process's own feed and one for whoever tells other processes. Many rings before anybody looks are one.
#[derive(Default)]
pub(crate) struct Bell {
    here: Notify,
    elsewhere: Notify,
}

impl Bell {
    /// For this process's feed.
    pub(crate) fn here(&self) -> &Notify {
        &self.here
    }
    /// For other processes.
    pub(crate) fn elsewhere(&self) -> &Notify {
        &self.elsewhere
    }
    /// Something was committed that this process has to read like the others.
    pub(crate) fn ring(&self) {
        self.ring_here();
        self.ring_elsewhere();
    }
    /// This process has to look; others know by themselves.
    pub(crate) fn ring_here(&self) {
        self.here.notify_one();
    }
    /// Something was committed that this process knows already.
    pub(crate) fn ring_elsewhere(&self) {
        self.elsewhere.notify_one();
    }
}
