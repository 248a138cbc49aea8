//! Reading the change feed: what another process (or this one) changed is forgotten or added within a second.
use crate::Deps;
use grantor_store::StoreError;
use grantor_store::changes::Change;
use std::sync::Arc;
use std::time::Duration;

/// Reads the feed for ever: when the bell rings, and at least at every interval.
pub(crate) async fn follow(deps: Arc<Deps>, mut position: i64) {
    let interval = Duration::from_millis(deps.settings.feed_poll_milliseconds);
    loop {
        let _ = tokio::time::timeout(interval, deps.store.bell().notified()).await;
        match read(&deps, position).await {
            Ok(reached) => position = reached,
            Err(error) => tracing::warn!(%error, "the change feed cannot be read"),
        }
    }
}

/// Applies every change after `position` and says where the feed stands.
pub(crate) async fn read(deps: &Deps, mut position: i64) -> Result<i64, StoreError> {
    loop {
        // What is written while the question waits is not part of its answer.
        let asked = deps.clock.uptime();
        let changes = deps.store.list_changes(position).await?;
        let Some(last) = changes.last() else {
            deps.catalog.feed_was_read(asked);
            return Ok(position);
        };
        // The sequence has no holes: a gap means that changes were deleted unread.
        if position > 0 && changes[0].seq > position + 1 {
            deps.catalog.forget(|catalog| {
                catalog.forget_everything();
                deps.keys.forget_everything();
            });
            deps.revocations.changes_were_missed();
            read_master_keys(deps).await;
        }
        position = last.seq;
        take_in(deps, &changes).await?;
        if changes.iter().any(|c| c.kind == "master_key") {
            read_master_keys(deps).await;
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
        "realm" => deps.catalog.forget(|c| c.forget_issuers()),
        "credential" => deps.catalog.forget(|c| c.forget_credential(key, subject)),
        "resource_server" => deps.catalog.forget(|c| c.forget_resource_servers(key)),
        "signing_key" => deps.catalog.forget(|_| deps.keys.forget(key)),
        // Read before, all of a batch at once.
        "revocation" => {}
        // The ring is read once the batch is through.
        "master_key" => deps.catalog.forget(|_| deps.keys.forget_everything()),
        _ => deps.catalog.forget(|catalog| catalog.forget_everything()),
    }
}

/// Keys in memory go on signing when the master key cannot be had; nothing new is sealed until it can.
async fn read_master_keys(deps: &Deps) {
    if let Err(error) = deps.keys.read_again(&deps.store).await {
        tracing::error!(%error, "the master key that counts cannot be read; give it to this process and restart it");
    }
}
