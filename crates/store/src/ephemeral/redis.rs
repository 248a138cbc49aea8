//! Short-lived data in Redis or Valkey, for several processes.
//!
//! What is stored carries its end, which the caller's clock judges. Redis' own time to live only cleans up, a little later.
use super::Ephemeral;
use crate::redis_link::RedisLink;
use crate::{Result, StoreError};
use async_trait::async_trait;
use grantor_protocol::UnixMillis;
use redis::{Cmd, cmd};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;

/// Milliseconds that Redis keeps what is over: the machine that judges may be slower than the one that cleans up.
const GRACE: i64 = 60_000;
/// The longest that Redis keeps anything, in milliseconds: ten years, far from where its own sums overflow.
const LONGEST: i64 = 10 * 365 * 86_400_000;

/// `KEYS[1]`; `ARGV`: now, what to store, milliseconds to keep it. 1 when it was stored.
const PUT_IF_ABSENT: &str = "\
local stored = redis.call('GET', KEYS[1])
if stored then
  local ends = string.match(stored, '^(%-?%d+) ')
  if ends and tonumber(ends) > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// `KEYS[1]`; `ARGV`: now, the end of a new counter, milliseconds to keep it. The count.
const INCR: &str = "\
local stored = redis.call('GET', KEYS[1])
if stored then
  local ends, count, value = string.match(stored, '^(%-?%d+) (%d+) (.*)$')
  if ends and tonumber(ends) > tonumber(ARGV[1]) then
    local counted = tonumber(count) + 1
    redis.call('SET', KEYS[1], ends .. ' ' .. string.format('%.0f', counted) .. ' ' .. value, 'KEEPTTL')
    return counted
  end
end
redis.call('SET', KEYS[1], ARGV[2] .. ' 1 ', 'PX', ARGV[3])
return 1";

/// In Redis. It needs no connection to begin with: what asks while there is none is refused.
pub struct RedisEphemeral {
    link: Arc<RedisLink>,
}

impl RedisEphemeral {
    pub fn new(link: Arc<RedisLink>) -> Self {
        Self { link }
    }

    /// One key, in our own namespace, for whatever is in the id.
    fn key(&self, id: &str) -> String {
        let mut key = format!("{}ephemeral:", self.link.prefix());
        for byte in Sha256::digest(id.as_bytes()) {
            let _ = write!(key, "{byte:02x}");
        }
        key
    }

    fn script(&self, script: &str, id: &str) -> Cmd {
        let mut eval = cmd("EVAL");
        eval.arg(script).arg(1).arg(self.key(id));
        eval
    }

    /// What was stored under the id, if `now` is before its end.
    async fn live(&self, command: &str, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        let key = self.key(id);
        let stored: Option<Vec<u8>> = self.link.ask(cmd(command).arg(&key)).await?;
        let Some(stored) = stored else { return Ok(None) };
        let (ends, value) = open(&stored)
            .ok_or_else(|| StoreError::corrupt("redis", "value", &key, "an end and a count are missing"))?;
        Ok((ends > now.0).then(|| value.to_vec()))
    }
}

/// An end in milliseconds, a count, the value: `1800000000000 0 …`.
fn seal(value: &[u8], expires_at: UnixMillis) -> Vec<u8> {
    let mut stored = format!("{} 0 ", expires_at.0).into_bytes();
    stored.extend_from_slice(value);
    stored
}

/// The end and the value.
fn open(stored: &[u8]) -> Option<(i64, &[u8])> {
    let mut parts = stored.splitn(3, |byte| *byte == b' ');
    let ends = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    parts.next()?;
    Some((ends, parts.next()?))
}

fn milliseconds_to_keep(expires_at: UnixMillis, now: UnixMillis) -> i64 {
    let left = expires_at.0.saturating_sub(now.0).saturating_add(GRACE);
    left.clamp(GRACE, LONGEST)
}

#[async_trait]
impl Ephemeral for RedisEphemeral {
    async fn put(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<()> {
        let mut set = cmd("SET");
        set.arg(self.key(id)).arg(seal(&value, expires_at));
        set.arg("PX").arg(milliseconds_to_keep(expires_at, now));
        self.link.ask(&set).await
    }
    async fn get(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        self.live("GET", id, now).await
    }
    async fn take(&self, id: &str, now: UnixMillis) -> Result<Option<Vec<u8>>> {
        self.live("GETDEL", id, now).await
    }
    async fn put_if_absent(&self, id: &str, value: Vec<u8>, expires_at: UnixMillis, now: UnixMillis) -> Result<bool> {
        let mut eval = self.script(PUT_IF_ABSENT, id);
        eval.arg(now.0).arg(seal(&value, expires_at));
        eval.arg(milliseconds_to_keep(expires_at, now));
        self.link.ask(&eval).await
    }
    async fn incr(&self, id: &str, expires_at: UnixMillis, now: UnixMillis) -> Result<i64> {
        let mut eval = self.script(INCR, id);
        eval.arg(now.0).arg(expires_at.0);
        eval.arg(milliseconds_to_keep(expires_at, now));
        self.link.ask(&eval).await
    }
    /// Redis does it.
    async fn delete_expired(&self, _now: UnixMillis) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_whatever_is_in_it() {
        for value in [&b""[..], b" ", b"1 2 3", b"\0\n"] {
            assert_eq!(open(&seal(value, UnixMillis(-5))), Some((-5, value)));
        }
        for broken in [&b""[..], b"5", b"5 0", b"x 0 v", b"\xff 0 v"] {
            assert_eq!(open(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn it_is_kept_a_minute_longer_than_it_lives_and_never_for_ever() {
        for (expires_at, now, expected) in [
            (10_000, 4_000, 66_000),
            (4_000, 10_000, GRACE),
            (i64::MAX, i64::MIN, LONGEST),
            (i64::MIN, i64::MAX, GRACE),
        ] {
            assert_eq!(milliseconds_to_keep(UnixMillis(expires_at), UnixMillis(now)), expected);
        }
    }
}
