//! Live revocations in memory: a fingerprint of what each ends, from when, and until when it matters. No text is kept.
//!
//! A table a kind, so that a kind of which there is none costs nothing; in shards, so that letting go of what has expired, or
//! growing, stops few readers and none for long. A million entries are about 44 MB.
use grantor_protocol::UnixMillis;
use grantor_protocol::issuer::RealmKey;
use grantor_store::revocations::NewRevocation;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use tokio::sync::Notify;

const SHARDS: usize = 64;

/// 96 bits of two keyed hashes: nobody can choose names that meet, and none do by chance.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fingerprint([u32; 3]);

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.0[0]) << 32 | u64::from(self.0[1]));
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// From when and until when, in Unix seconds; the end rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    at: u32,
    until: u32,
}

type Shard = HashMap<Fingerprint, Span, BuildHasherDefault<AsItIs>>;

/// The revocations of one kind.
struct Table {
    shards: [RwLock<Shard>; SHARDS],
    entries: AtomicUsize,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            entries: AtomicUsize::new(0),
        }
    }
}

impl Table {
    fn shard(&self, name: Fingerprint) -> &RwLock<Shard> {
        &self.shards[name.0[2] as usize % SHARDS]
    }

    fn insert(&self, name: Fingerprint, span: Span) {
        let mut shard = write(self.shard(name));
        let before = shard.len();
        let entry = shard.entry(name).or_insert(span);
        *entry = Span {
            at: entry.at.max(span.at),
            until: entry.until.max(span.until),
        };
        self.entries.fetch_add(shard.len() - before, Ordering::Release);
    }

    fn find(&self, name: Fingerprint) -> Option<Span> {
        let shard = self.shard(name).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(&name).copied()
    }

    fn forget_expired(&self, now: UnixMillis) {
        for shard in &self.shards {
            let mut shard = write(shard);
            let before = shard.len();
            shard.retain(|_, span| i64::from(span.until) * 1000 > now.0);
            self.entries.fetch_sub(before - shard.len(), Ordering::Release);
            // What a wave of revocations took is given back.
            if shard.capacity() > 4 * shard.len() {
                shard.shrink_to_fit();
            }
        }
    }
}

fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

/// Every live revocation this process knows of, and whether that is every one there is.
#[derive(Default)]
pub struct RevocationSet {
    hasher: RandomState,
    tokens: Table,
    grants: Table,
    users: Table,
    clients: Table,
    realms: Table,
    /// How often changes were missed, plus one: which load would be complete.
    wanted: AtomicU64,
    /// Which load was complete; as `wanted` when nothing is missing.
    loaded: AtomicU64,
    missed: Notify,
}

impl RevocationSet {
    /// Empty, with everything still to be loaded.
    pub(crate) fn new() -> Self {
        Self {
            wanted: AtomicU64::new(1),
            ..Self::default()
        }
    }

    pub(crate) fn insert(&self, key: &RealmKey, revocation: &NewRevocation) {
        let (kind, subject) = (revocation.revoked.kind(), revocation.revoked.subject());
        let Some(table) = self.table(kind) else { return };
        let span = Span {
            at: seconds(revocation.at.0),
            until: seconds(revocation.expires_at.0.saturating_add(999)),
        };
        table.insert(self.fingerprint(key, kind, subject), span);
    }

    /// From when what this names was revoked, in Unix seconds. Costs a comparison while nothing of the kind is revoked.
    pub(crate) fn find(&self, key: &RealmKey, kind: &str, subject: &str) -> Option<i64> {
        let table = self.table(kind)?;
        if table.entries.load(Ordering::Acquire) == 0 {
            return None;
        }
        let found = table.find(self.fingerprint(key, kind, subject))?;
        Some(i64::from(found.at))
    }

    pub(crate) fn forget_expired(&self, now: UnixMillis) {
        for table in [&self.tokens, &self.grants, &self.users, &self.clients, &self.realms] {
            table.forget_expired(now);
        }
    }

    /// Whether what is not found here is not revoked; else SQL knows.
    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Acquire) == self.wanted.load(Ordering::Acquire)
    }

    /// Which load would be complete; given to `was_loaded` after everything was inserted.
    pub(crate) fn wanted(&self) -> u64 {
        self.wanted.load(Ordering::Acquire)
    }

    /// Everything was inserted since `wanted` was read.
    pub(crate) fn was_loaded(&self, wanted: u64) {
        self.loaded.store(wanted, Ordering::Release);
    }

    /// Changes were lost: SQL is asked until everything is loaded again.
    pub(crate) fn changes_were_missed(&self) {
        self.wanted.fetch_add(1, Ordering::AcqRel);
        self.missed.notify_one();
    }

    /// Ends when something has to be loaded.
    pub(crate) async fn until_missed(&self) {
        while self.is_loaded() {
            self.missed.notified().await;
        }
    }

    fn table(&self, kind: &str) -> Option<&Table> {
        match kind {
            "jti" => Some(&self.tokens),
            "grant" => Some(&self.grants),
            "user" => Some(&self.users),
            "client" => Some(&self.clients),
            "realm" => Some(&self.realms),
            _ => None,
        }
    }

    /// One pass over the name, read out twice.
    fn fingerprint(&self, key: &RealmKey, kind: &str, subject: &str) -> Fingerprint {
        let mut hasher = self.hasher.build_hasher();
        (key, kind, subject).hash(&mut hasher);
        let first = hasher.finish();
        hasher.write_u8(0);
        let second = hasher.finish();
        Fingerprint([high(first), low(first), low(second)])
    }
}

fn high(hash: u64) -> u32 {
    low(hash >> 32)
}

fn low(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// Whole Unix seconds that 32 bits hold: until 2106.
fn seconds(milliseconds: i64) -> u32 {
    u32::try_from(milliseconds.div_euclid(1000).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
