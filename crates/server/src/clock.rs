//! The one place where time is read. Rules and flows get it as an argument.
use grantor_protocol::UnixMillis;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative when the machine's clock stands before it.
    pub fn now(&self) -> UnixMillis {
        #[expect(clippy::disallowed_methods, reason = "this is the source everybody else is handed")]
        let now = SystemTime::now();
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Err(before) => UnixMillis(i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms)),
        }
    }

    /// Time since the process first asked, whatever happens to the machine's clock.
    pub fn uptime(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        #[expect(clippy::disallowed_methods, reason = "this is the source everybody else is handed")]
        let now = Instant::now();
        now.duration_since(*START.get_or_init(|| now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_after_this_was_written_and_does_not_run_back() {
        let first = SystemClock.now();
        assert!(first > UnixMillis(1_760_000_000_000), "{first:?}");
        assert!(SystemClock.now() >= first);
    }
}
