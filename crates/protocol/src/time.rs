//! Points in time as Unix milliseconds, the one representation used in rules and in SQL.
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970-01-01T00:00:00Z. Given to every rule; never read from a clock here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// As APIs spell it: RFC 3339, UTC, whole seconds. Out of its years 0 to 9999 it is empty.
    pub fn rfc3339(self) -> String {
        let at = OffsetDateTime::from_unix_timestamp(self.seconds());
        at.ok().and_then(|t| t.format(&Rfc3339).ok()).unwrap_or_default()
    }
    /// Reads RFC 3339; `None` for anything else.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }
    /// The `NumericDate` of RFC 7519 section 2: whole seconds, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// The instant at the start of a `NumericDate`.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
    /// This instant moved by whole seconds (negative moves back).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
    /// Whether it lies further ahead of `now` than the clocks of two processes may differ. What was stored at such a time comes
    /// from a clock that is wrong, or was: how long it has been there cannot be told.
    pub fn is_ahead_of(self, now: Self, skew_seconds: i64) -> bool {
        self > now.plus_seconds(skew_seconds)
    }
    /// Whole seconds from `earlier` to this instant.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1000)
    }
}
