//! Servers whose short-lived data is in Redis: what a dump of it shows, what happens without it, several of them together, TLS.
//!
//! Needs a Redis at GRANTOR_TEST_REDIS; without one the tests do nothing and say so.
mod dump;
mod faults;
mod processes;
mod tls;

use crate::app::App;
use grantor_server::config::Settings;
use grantor_tests::redis::new_prefix;

/// Settings of a Redis at `url`, in a corner of its own, which may take so many milliseconds.
fn at(url: &str, patience: u64) -> impl FnOnce(&mut Settings) {
    let (url, prefix) = (serde_json::json!(url), new_prefix());
    move |settings: &mut Settings| {
        settings.redis.url = serde_json::from_value(url).unwrap();
        settings.redis.prefix = prefix;
        settings.redis.timeout_milliseconds = patience;
    }
}

/// A server with its short-lived data in the Redis at `address`, which has all the time that a busy machine needs.
async fn app_on(address: &str) -> App {
    App::start_with(at(&format!("redis://{address}/"), 5_000)).await
}
