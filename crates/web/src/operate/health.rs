//! How a server is: starting, serving or shutting down, and whether its database answers.
use crate::state::State;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How old the last good look at the change feed may be while the server counts as ready. It looks twice a second; what takes
/// longer than a second is already asked of the database anew, so this is about a database that does not answer at all.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// What the system says of this process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// Seconds of CPU it has used, of its own and of the system for it.
    pub cpu_seconds: f64,
    pub resident_bytes: u64,
    pub open_files: u64,
    /// Seconds from 1970-01-01T00:00:00Z to its start.
    pub start_seconds: f64,
}

/// What operators are told of a server. It is there before the server is.
pub struct Health {
    pub(super) version: &'static str,
    /// Asked at every scrape; `None` where the system does not say.
    pub(super) process: fn() -> Option<Process>,
    served: OnceLock<Arc<State>>,
    stopping: AtomicBool,
}

impl Health {
    /// Of a server that is starting.
    pub fn new(version: &'static str, process: fn() -> Option<Process>) -> Self {
        Self {
            version,
            process,
            served: OnceLock::new(),
            stopping: AtomicBool::new(false),
        }
    }

    /// The start is complete: requests are answered with `state`.
    pub fn started(&self, state: Arc<State>) {
        // Who has started has started.
        let _ = self.served.set(state);
    }

    /// From here on the server wants no new requests.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    pub(super) fn served(&self) -> Option<&State> {
        self.served.get().map(|state| &**state)
    }

    /// Whether the start is complete, or what the server does instead.
    pub(super) fn is_started(&self) -> Result<(), &'static str> {
        self.served().map(drop).ok_or("starting")
    }

    /// Whether requests are to be sent here, or why not.
    pub(super) fn ready(&self) -> Result<(), &'static str> {
        if self.stopping.load(Ordering::Acquire) {
            return Err("shutting down");
        }
        let deps = &self.served().ok_or("starting")?.deps;
        match deps.catalog.feed_age(deps.clock.uptime()) {
            Some(age) if age < LONGEST_SILENCE => Ok(()),
            _ => Err("the database does not answer"),
        }
    }
}
