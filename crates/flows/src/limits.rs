//! Counting failures per source in this process, over fixed minutes of the given clock.
use grantor_protocol::UnixMillis;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const WINDOW_SECONDS: i64 = 60;
/// Sources remembered at once; beyond it the minute is forgotten as a whole, so memory stays bounded.
const MAX_SOURCES: usize = 100_000;

/// Failures of this minute by source.
pub(crate) struct Failures {
    limit: u32,
    /// Whether anything was counted at all: the usual request asks no lock.
    any: AtomicBool,
    minute: Mutex<(i64, HashMap<String, u32>)>,
}

impl Failures {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            any: AtomicBool::new(false),
            minute: Mutex::new((0, HashMap::new())),
        }
    }

    /// Seconds to wait when `source` has used up its minute.
    pub(crate) fn wait(&self, source: &str, now: UnixMillis) -> Option<i64> {
        self.wait_of(|| source, now)
    }

    /// The same for a source whose name is not made before anything was counted.
    pub(crate) fn wait_of<S: AsRef<str>>(&self, source: impl FnOnce() -> S, now: UnixMillis) -> Option<i64> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let source = source();
        let minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let this = now.seconds().div_euclid(WINDOW_SECONDS);
        let used = if minute.0 == this {
            minute.1.get(source.as_ref()).copied().unwrap_or(0)
        } else {
            0
        };
        (used >= self.limit).then(|| (this + 1) * WINDOW_SECONDS - now.seconds())
    }

    /// Counts one failure of `source`.
    pub(crate) fn count(&self, source: &str, now: UnixMillis) {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let this = now.seconds().div_euclid(WINDOW_SECONDS);
        if minute.0 != this || minute.1.len() >= MAX_SOURCES {
            *minute = (this, HashMap::new());
        }
        *minute.1.entry(source.to_owned()).or_default() += 1;
        self.any.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_waits_until_the_next_minute() {
        let failures = Failures::new(3);
        let at = UnixMillis::from_seconds;
        for second in 0..3 {
            assert_eq!(failures.wait("a", at(second)), None);
            failures.count("a", at(second));
        }
        assert_eq!(failures.wait("a", at(10)), Some(50));
        assert_eq!(failures.wait("b", at(10)), None);
        assert_eq!(failures.wait("a", at(60)), None);
    }
}
