//! Short-lived data without consequence if lost: interactions now; pushed requests and counters later.
mod memory;
mod redis;
mod sql;

pub use memory::MemoryEphemeral;
pub use redis::RedisEphemeral;
pub use sql::SqlEphemeral;

use crate::Result;
use async_trait::async_trait;
use grantor_protocol::UnixMillis;

/// Keys with a value and an end, judged by the caller's clock. Losing it fails closed: the user starts again.
#[async_trait]
pub trait Ephemeral: Send + Sync {
    /// Stores or replaces. What is over by `now` need not be kept.
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<()>;
    /// Reads what has not expired.
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>>;
    /// Reads and removes; of several callers one gets the value.
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>>;
    /// Stores unless a live value is there; says whether it did.
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool>;
    /// Adds one to a counter and returns it; `expires_at` is set by the first.
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64>;
    /// Removes what has expired.
    async fn delete_expired(&self, now: UnixMillis) -> Result<()>;
}
