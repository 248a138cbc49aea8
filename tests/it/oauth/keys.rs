//! Signing keys through their life, and the master key they are sealed under: nobody notices that they change.
mod life;
mod master;
mod revoked;
mod schedule;

use crate::app::{App, part_of};
use grantor_flows::jobs::catch_up;
use grantor_flows::signing_keys::{ListedKey, list, tend};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::SigningAlgorithm::{self, ES256};
use grantor_store::events::By;
use serde_json::Value;

/// Whoever it is does not matter.
const NOBODY: By = By {
    actor: None,
    address: None,
    request_id: None,
};

/// Seconds a new key waits in these tests: five more than `keys.publish_seconds`.
const WAITS: i64 = 65;
/// The life of machine `m`'s tokens, in seconds.
const LIFE: i64 = 3600;

fn main_realm() -> RealmKey {
    RealmKey::new("default", "main")
}

/// Keys are published for a minute before they sign, and change when somebody says so.
async fn start() -> App {
    App::start_with(|s| {
        s.keys.jwks_cache_seconds = 60;
        s.keys.publish_seconds = 60;
        s.keys.rotate_days = 0;
    })
    .await
}

/// Another process makes next keys, as `grantor keys rotate` does; this one hears of it.
async fn rotate(app: &App, algorithm: SigningAlgorithm, at_once: bool) -> String {
    if at_once {
        // Two keys that sign from the same instant on would be told apart by their names.
        app.advance_seconds(1);
    }
    let other = app.second_process().await;
    let made = grantor_flows::signing_keys::rotate(&other, &main_realm(), &[algorithm], at_once, &NOBODY).await;
    catch_up(&app.deps).await.unwrap();
    made.unwrap().remove(0).kid
}

/// The job that runs every minute.
async fn look_after(app: &App) {
    tend(app.deps.clone()).await.unwrap();
    catch_up(&app.deps).await.unwrap();
}

/// The keys of one algorithm with their states, oldest first.
async fn states(app: &App, algorithm: SigningAlgorithm) -> Vec<(String, &'static str)> {
    let all = list(&app.deps, &main_realm()).await.unwrap().into_iter();
    let of = all.filter(|key: &ListedKey| key.facts.algorithm == algorithm);
    of.map(|key| (key.facts.kid, key.state.as_str())).collect()
}

async fn words(app: &App) -> Vec<&'static str> {
    states(app, ES256).await.into_iter().map(|(_, state)| state).collect()
}

async fn jwks(app: &App) -> String {
    app.get("/jwks").await.body
}

/// The kids of a key set with one algorithm.
fn kids(jwks: &str, algorithm: SigningAlgorithm) -> Vec<String> {
    let set: Value = serde_json::from_str(jwks).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    let of = keys.filter(|k| k["alg"] == algorithm.as_str());
    of.map(|k| k["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    part_of(token, 0)["kid"].as_str().unwrap().to_owned()
}

/// Machine `m`'s token, in ES256.
async fn token(app: &App) -> String {
    app.client("m").machine_token().await
}
