//! Reading the change feed: what another process (or this one) changed is forgotten or added within a second.
use crate::Deps;
use crate::metrics::Job;
use grantor_store::StoreError;
use grantor_store::changes::{Change, FeedPosition};
use std::sync::Arc;
use std::time::Duration;

/// Reads the feed for ever: when the bell rings, and at least at every interval.
pub(crate) async fn follow(deps: Arc<Deps>, mut position: FeedPosition) {
    let interval = Duration::from_millis(deps.settings.feed_poll_milliseconds);
    loop {
        let _ = tokio::time::timeout(interval, deps.store.bell().notified()).await;
        let done = read(&deps, &mut position).await;
        deps.metrics.ran(Job::Feed, &done);
        if let Err(error) = done {
            tracing::warn!(%error, "the change feed cannot be read");
        }
    }
}

/// Applies every change after `position`, and moves it to where the feed stands.
pub(crate) async fn read(deps: &Deps, position: &mut FeedPosition) -> Result<(), StoreError> {
    loop {
        // What is written while the question waits is not part of its answer.
        let asked = deps.clock.uptime();
        // What cannot be taken in is read again.
        let mut reached = position.clone();
        let page = deps.store.read_feed(&mut reached).await?;
        if page.missed {
            deps.catalog.forget(|catalog| {
                catalog.forget_everything();
                deps.keys.forget_everything();
            });
            deps.revocations.changes_were_missed();
            read_master_keys(deps).await;
        }
        take_in(deps, &page.changes).await?;
        *position = reached;
        if page.changes.iter().any(|c| c.kind == "master_key") {
            read_master_keys(deps).await;
        }
        if !page.more {
            deps.catalog.feed_was_read(asked);
            return Ok(());
        }
    }
}

/// Applies changes to what this process keeps.
pub(crate) async fn take_in(deps: &Deps, changes: &[Change]) -> Result<(), StoreError> {
    let revoked: Vec<_> = changes.iter().filter(|c| is_news(deps, c)).collect();
    for (key, revocation) in deps.store.find_revocations(&revoked).await? {
        deps.revocations.insert(&key, &revocation);
    }
    for change in changes {
        apply(deps, change);
    }
    Ok(())
}

/// A revocation that is not in memory yet. One of a token never changes, and this process keeps its own as it writes them.
fn is_news(deps: &Deps, change: &Change) -> bool {
    let own = |id: &str| deps.revocations.find(&change.key, "jti", id).is_some();
    change.kind == "revocation" && !change.subject.strip_prefix("jti:").is_some_and(own)
}

fn apply(deps: &Deps, change: &Change) {
    let (key, subject) = (&change.key, change.subject.as_str());
    match change.kind.as_str() {
        "client" => deps.catalog.forget(|c| c.forget_client(key, subject)),
        "user" => deps.catalog.forget(|c| c.forget_user(key, subject)),
        "role" | "group" => deps.catalog.forget(|c| c.forget_all_held()),
        "member" => deps.catalog.forget(|c| c.forget_held(key, subject)),
        "realm" => deps.catalog.forget(|catalog| {
            catalog.forget_issuers();
            deps.keys.forget(key);
        }),
        "credential" => deps.catalog.forget(|c| c.forget_credential(key, subject)),
        "resource_server" => deps.catalog.forget(|c| c.forget_resource_servers(key)),
        "signing_key" => deps.catalog.forget(|_| deps.keys.forget(key)),
        // Read before, all of a batch at once.
        "revocation" => {}
        // The ring is read once the batch is through.
        "master_key" => deps.catalog.forget(|_| deps.keys.forget_everything()),
        // Its keys too: a realm that gets its name must not sign with them, nor believe what they signed.
        "realm_deleted" => deps.catalog.forget(|catalog| {
            catalog.forget_everything();
            deps.keys.forget(key);
        }),
        _ => deps.catalog.forget(|catalog| catalog.forget_everything()),
    }
}

/// Keys in memory go on signing when the master key cannot be had; nothing new is sealed until it can.
async fn read_master_keys(deps: &Deps) {
    if let Err(error) = deps.keys.read_again(&deps.store).await {
        tracing::error!(%error, "the master key that counts cannot be read; give it to this process and restart it");
    }
}
