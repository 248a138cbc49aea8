//! What is counted in this process: how refresh tokens come back, told apart.
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    /// How often it happened since the start.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Uses of refresh tokens by what came of them.
#[derive(Debug, Default)]
pub struct Counters {
    /// The newest token was used.
    pub refreshed: Counter,
    /// An answer was lost: the predecessor came back inside the window.
    pub refresh_repeated: Counter,
    /// Two requests used a token at the same moment.
    pub refresh_raced: Counter,
    /// The predecessor came back after the window.
    pub refresh_late: Counter,
    /// A token came back that nobody honest has any more; its grant was revoked.
    pub refresh_replayed: Counter,
    pub code_replayed: Counter,
}
