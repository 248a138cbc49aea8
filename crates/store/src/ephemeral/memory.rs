//! Short-lived data in this process.
use super::Ephemeral;
use crate::Result;
use async_trait::async_trait;
use grantor_protocol::UnixMillis;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// In this process; for a single process that may forget on restart, and for tests.
#[derive(Default)]
pub struct MemoryEphemeral {
    entries: Mutex<Entries>,
}

/// Value, counter and end by id.
type Entries = HashMap<String, (Vec<u8>, i64, UnixMillis)>;

impl MemoryEphemeral {
    fn with<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> T {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, _now: UnixMillis) -> Result<()> {
        self.with(|all| all.insert(id.into(), (value, 0, expires_at)));
        Ok(())
    }
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        Ok(self.with(|all| all.get(id).filter(|e| e.2 > now).map(|e| e.0.clone())))
    }
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        Ok(self.with(|all| all.remove(id).filter(|e| e.2 > now).map(|e| e.0)))
    }
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool> {
        Ok(self.with(|all| {
            let free = all.get(id).is_none_or(|e| e.2 <= now);
            if free {
                all.insert(id.into(), (value, 0, expires_at));
            }
            free
        }))
    }
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64> {
        Ok(self.with(|all| {
            let entry = all.entry(id.into()).or_insert((Vec::new(), 0, expires_at));
            if entry.2 <= now {
                *entry = (Vec::new(), 0, expires_at);
            }
            entry.1 += 1;
            entry.1
        }))
    }
    async fn delete_expired(&self, now: UnixMillis) -> Result<()> {
        self.with(|all| all.retain(|_, e| e.2 > now));
        Ok(())
    }
}
