//! Counting failures per source in this process, over fixed minutes of the given clock.
use grantor_protocol::UnixMillis;
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const WINDOW_SECONDS: i64 = 60;
/// Sources remembered at once; beyond it the minute is forgotten as a whole, so memory stays bounded.
const MAX_SOURCES: usize = 100_000;

/// Failures of this minute by source.
pub(crate) struct Failures {
    limit: u32,
    /// What a name is counted as.
    counted_as: fn(&str) -> Cow<'_, str>,
    /// Whether anything was counted at all: the usual request asks no lock.
    any: AtomicBool,
    minute: Mutex<(i64, HashMap<String, u32>)>,
}

impl Failures {
    /// By the names of callers.
    pub(crate) fn by_name(limit: u32) -> Self {
        Self::new(limit, |name| Cow::Borrowed(name))
    }

    /// By address: of IPv4 each, of IPv6 each network of 64 bits, because that is what one customer has.
    pub(crate) fn by_address(limit: u32) -> Self {
        Self::new(limit, network)
    }

    fn new(limit: u32, counted_as: fn(&str) -> Cow<'_, str>) -> Self {
        Self {
            limit,
            counted_as,
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
        let source = (self.counted_as)(source.as_ref());
        let minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let this = now.seconds().div_euclid(WINDOW_SECONDS);
        let used = if minute.0 == this {
            minute.1.get(&*source).copied().unwrap_or(0)
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
        *minute.1.entry((self.counted_as)(source).into_owned()).or_default() += 1;
        self.any.store(true, Ordering::Relaxed);
    }
}

fn network(address: &str) -> Cow<'_, str> {
    match address.parse::<Ipv6Addr>() {
        Err(_) => Cow::Borrowed(address),
        Ok(ip) => Cow::Owned(format!(
            "{}/64",
            Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_waits_until_the_next_minute() {
        let failures = Failures::by_name(3);
        let at = UnixMillis::from_seconds;
        for second in 0..3 {
            assert_eq!(failures.wait("a", at(second)), None);
            failures.count("a", at(second));
        }
        assert_eq!(failures.wait("a", at(10)), Some(50));
        assert_eq!(failures.wait("b", at(10)), None);
        assert_eq!(failures.wait("a", at(60)), None);
    }

    #[test]
    fn an_ipv6_address_is_counted_with_its_network() {
        for (address, counted_as) in [
            ("203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(network(address), counted_as);
        }
    }
}
