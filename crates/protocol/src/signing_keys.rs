//! The life of signing keys: which state a key is in, which one signs, when the next is due. Rows and a time in, a decision out.
//!
//! No job moves a key from state to state: a key that waits signs when its time has come. Owns: these rules. Does not own:
//! making, sealing, publishing.
use crate::UnixMillis;
use crate::words::SigningAlgorithm;
use std::sync::Arc;

/// Seconds by which a new key is published longer than asked: until every process has heard of it, and answers that were
/// on their way have arrived. A verifier that fetched the last set without it has fetched again before it signs.
const SPREAD_SECONDS: i64 = 5;
/// Seconds after which every process takes a successor to sign, whatever its clock says.
const CLOCKS_SECONDS: i64 = 60;

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published; signs when its time has come.
    Next,
    /// Signs.
    Active,
    /// Followed by another; published while tokens it signed may be alive.
    Retiring,
    /// No token of it can be alive; its private half is gone.
    Retired,
    /// Taken back whatever it signed; nothing it signed counts any more.
    Revoked,
}

impl KeyState {
    /// The word operators read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// What the rules know of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    /// The kid it follows; empty for the first of its realm and algorithm. No two keys follow the same one.
    pub predecessor: String,
    pub created_at: UnixMillis,
    /// From when on it signs.
    pub active_from: UnixMillis,
    /// No token it signed is valid at this time or later.
    pub tokens_end_at: UnixMillis,
    pub retired_at: Option<UnixMillis>,
    pub revoked: bool,
}

impl KeyFacts {
    /// Whether it is published, and verifies.
    pub fn is_live(&self) -> bool {
        self.retired_at.is_none()
    }
    /// Later keys follow earlier ones; the kid decides between two that nothing else tells apart.
    fn order(&self) -> (UnixMillis, UnixMillis, &str) {
        (self.active_from, self.created_at, &self.kid)
    }
}

/// Anything that stands for a key.
pub trait AboutKey {
    fn facts(&self) -> &KeyFacts;
}

impl AboutKey for KeyFacts {
    fn facts(&self) -> &KeyFacts {
        self
    }
}

impl<T: AboutKey> AboutKey for Arc<T> {
    fn facts(&self) -> &KeyFacts {
        self.as_ref().facts()
    }
}

impl<T: AboutKey> AboutKey for &T {
    fn facts(&self) -> &KeyFacts {
        (*self).facts()
    }
}

/// How an installation changes its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Seconds a next key is published, at least, before it signs.
    pub publish_seconds: i64,
    /// Days a key signs; 0 means until somebody asks for another.
    pub rotate_days: i64,
}

impl Schedule {
    /// The earliest time at which a key that is made now may sign without anybody noticing.
    pub fn earliest(&self, now: UnixMillis) -> UnixMillis {
        now.plus_seconds(self.publish_seconds.saturating_add(SPREAD_SECONDS))
    }
    /// Who has signed since then or longer needs a successor now.
    pub fn old_since(&self, now: UnixMillis) -> UnixMillis {
        match self.rotate_days {
            0 => UnixMillis(i64::MIN),
            days => self.earliest(now).plus_seconds(days.saturating_mul(-86_400)),
        }
    }
}

/// The one of `keys`, which are those of one realm and algorithm, that signs at `now`: of the live ones whose time has come
/// the last. When none has (a clock was set back) the first, which verifiers know, rather than one that has yet to be made.
pub fn signs<K: AboutKey>(keys: &[K], now: UnixMillis) -> Option<&K> {
    let live = || keys.iter().filter(|k| k.facts().is_live());
    let begun = live().filter(|k| k.facts().active_from <= now);
    begun
        .max_by(|a, b| a.facts().order().cmp(&b.facts().order()))
        .or_else(|| live().min_by(|a, b| a.facts().order().cmp(&b.facts().order())))
}

/// The state of `key`, which is one of `keys`.
pub fn state<K: AboutKey>(key: &KeyFacts, keys: &[K], now: UnixMillis) -> KeyState {
    if key.revoked {
        return KeyState::Revoked;
    }
    if !key.is_live() {
        return KeyState::Retired;
    }
    match signs(keys, now).map(|k| k.facts().order().cmp(&key.order())) {
        Some(std::cmp::Ordering::Less) => KeyState::Next,
        Some(std::cmp::Ordering::Greater) => KeyState::Retiring,
        _ => KeyState::Active,
    }
}

/// The keys that may be retired: another signs in their place, for everybody's clock, and no token of theirs can be alive.
pub fn over<K: AboutKey>(keys: &[K], now: UnixMillis) -> Vec<&K> {
    let begun = |k: &KeyFacts| k.is_live() && k.active_from.plus_seconds(CLOCKS_SECONDS) <= now;
    let signing = keys.iter().map(AboutKey::facts).filter(|k| begun(k));
    let Some(last) = signing.max_by(|a, b| a.order().cmp(&b.order())) else {
        return Vec::new();
    };
    let over = |k: &&K| {
        let key = k.facts();
        key.is_live() && key.order() < last.order() && key.tokens_end_at <= now
    };
    keys.iter().filter(over).collect()
}

/// When the key that the schedule asks for now begins to sign; `None` while the last one is young enough.
pub fn due<K: AboutKey>(keys: &[K], schedule: &Schedule, now: UnixMillis) -> Option<UnixMillis> {
    if schedule.rotate_days == 0 {
        return None;
    }
    let live = keys.iter().map(AboutKey::facts).filter(|k| k.is_live());
    let last = live.max_by(|a, b| a.order().cmp(&b.order()))?;
    let earliest = schedule.earliest(now);
    (last.active_from <= schedule.old_since(now)).then_some(earliest)
}

/// The kid a new key follows: that of the key nobody follows yet, whatever became of it; empty when there is none.
pub fn last<K: AboutKey>(keys: &[K]) -> &str {
    let followed = |kid: &str| keys.iter().any(|k| k.facts().predecessor == kid);
    let ends = keys.iter().map(AboutKey::facts).filter(|k| !followed(&k.kid));
    ends.max_by(|a, b| a.order().cmp(&b.order()))
        .map_or("", |k| k.kid.as_str())
}

/// Until when a key answers for its tokens once it has signed one that expires at `exp` (a NumericDate): an eighth of the
/// token's life longer, so that not every token moves it.
pub fn tokens_end_at(exp: i64, now: UnixMillis) -> UnixMillis {
    let end = UnixMillis::from_seconds(exp);
    UnixMillis(end.0.saturating_add(end.0.saturating_sub(now.0).max(0) / 8))
}

#[cfg(test)]
mod tests;
