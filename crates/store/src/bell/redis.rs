//! The bell over Redis: a channel that every process listens on and rings.
use super::Bell;
use crate::redis_link::{RedisLink, unavailable};
use crate::{Result, Store, StoreError};
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, InfoDict, PushInfo, PushKind, Value, cmd};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// Between two messages, so that many commits are one.
const GATHER: Duration = Duration::from_millis(10);
/// Before the next attempt to listen.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a silent channel is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(5);
/// The first version that is tested.
const OLDEST: u32 = 7;

/// Rings this process's bell when another one committed a change, and the others' when this one did, for as long as the runtime
/// lives. `name` is this process's own among them: it does not listen to itself. Connects later and again by itself.
pub fn carry_by_redis(store: &Store, link: Arc<RedisLink>, name: &str) {
    let (bell, name): (_, Arc<str>) = (store.bells().clone(), name.into());
    tokio::spawn(publish(bell.clone(), link.clone(), name.clone()));
    tokio::spawn(follow(bell, link, name));
}

fn channel(link: &RedisLink) -> String {
    format!("{}feed", link.prefix())
}

async fn publish(bell: Arc<Bell>, link: Arc<RedisLink>, name: Arc<str>) {
    let mut publish = cmd("PUBLISH");
    publish.arg(channel(&link)).arg(&*name);
    loop {
        bell.elsewhere().notified().await;
        // The poll of the others finds what this does not tell.
        if let Err(error) = link.ask::<Value>(&publish).await {
            tracing::debug!(%error, "a change was not announced");
        }
        sleep(GATHER).await;
    }
}

async fn follow(bell: Arc<Bell>, link: Arc<RedisLink>, name: Arc<str>) {
    let mut is_down = false;
    loop {
        let error = match listen(&bell, &link, &name).await {
            Ok(connection) => {
                is_down = false;
                connection.until_gone(&link).await
            }
            Err(error) => error,
        };
        if !is_down {
            tracing::warn!(%error, "redis cannot be listened to; the change feed is polled meanwhile");
            is_down = true;
        }
        sleep(PAUSE).await;
    }
}

/// A connection that listens.
struct Listening {
    connection: MultiplexedConnection,
    gone: Arc<Notify>,
}

async fn listen(bell: &Arc<Bell>, link: &RedisLink, name: &Arc<str>) -> Result<Listening> {
    let gone = Arc::new(Notify::new());
    let hear = {
        let (bell, gone, name) = (bell.clone(), gone.clone(), name.clone());
        move |told: PushInfo| {
            match told.kind {
                PushKind::Message if !is_own(&told, &name) => bell.ring_here(),
                PushKind::Disconnection => gone.notify_one(),
                _ => {}
            }
            Ok(())
        }
    };
    let mut connection = link.listen(hear).await?;
    let channel = channel(link);
    connection.subscribe(channel).await.map_err(|e| unavailable(&e))?;
    judge(&mut connection).await;
    // What was committed while nobody listened.
    bell.ring_here();
    Ok(Listening { connection, gone })
}

/// The data of a message are its channel and its text.
fn is_own(told: &PushInfo, name: &str) -> bool {
    matches!(told.data.as_slice(), [_, Value::BulkString(text)] if text == name.as_bytes())
}

impl Listening {
    /// Ends with the connection, and says why.
    async fn until_gone(mut self, link: &RedisLink) -> StoreError {
        loop {
            if timeout(ALIVE, self.gone.notified()).await.is_ok() {
                return StoreError::Unavailable("redis closed the connection".into());
            }
            let ping = cmd("PING");
            match timeout(link.limit(), ping.query_async::<Value>(&mut self.connection)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return unavailable(&error),
                Err(_) => return StoreError::Unavailable("redis does not answer on the channel".into()),
            }
        }
    }
}

/// Looks whether the server is fit, and says in the log what is not. A server that does not tell is left alone.
async fn judge(connection: &mut MultiplexedConnection) {
    let server: Option<InfoDict> = answer(cmd("INFO").arg("server"), connection).await;
    let version: Option<String> = server.as_ref().and_then(|info| info.get("redis_version"));
    let valkey: Option<String> = server.as_ref().and_then(|info| info.get("valkey_version"));
    if let Some(version) = version.filter(|version| valkey.is_none() && is_old(version)) {
        tracing::warn!(%version, "redis is older than version {OLDEST}");
    }
    let policy: Option<HashMap<String, String>> =
        answer(cmd("CONFIG").arg("GET").arg("maxmemory-policy"), connection).await;
    if let Some(policy) = policy.and_then(|mut told| told.remove("maxmemory-policy"))
        && policy != "noeviction"
    {
        tracing::warn!(%policy, "redis may throw away what still counts: set its maxmemory-policy to noeviction");
    }
}

async fn answer<T: FromRedisValue>(question: &redis::Cmd, connection: &mut MultiplexedConnection) -> Option<T> {
    question.query_async(connection).await.ok()
}

fn is_old(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major < OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_old_below_seven_and_what_is_none_is_not_judged() {
        for (version, expected) in [
            ("6.2.14", true),
            ("7.0.15", false),
            ("10.1", false),
            ("", false),
            ("x.1", false),
        ] {
            assert_eq!(is_old(version), expected, "{version}");
        }
    }

    #[test]
    fn an_own_message_is_known_by_its_text() {
        let told = |text: &str| PushInfo {
            kind: PushKind::Message,
            data: vec![
                Value::BulkString(b"grantor:feed".to_vec()),
                Value::BulkString(text.as_bytes().to_vec()),
            ],
        };
        assert!(is_own(&told("a"), "a"));
        assert!(!is_own(&told("b"), "a"));
    }
}
