//! Loading every live revocation: at the start, and whenever changes were missed. Until it is done SQL is asked.
use crate::Deps;
use grantor_store::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// How long it waits after a failure, at first and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Loads what is missing, for ever, and tries again when that fails.
pub(crate) async fn keep_loaded(deps: Arc<Deps>) {
    let mut patience = PATIENCE.0;
    loop {
        deps.revocations.until_missed().await;
        match load(&deps).await {
            Ok(()) => patience = PATIENCE.0,
            Err(error) => {
                tracing::warn!(%error, "revocations cannot be loaded; every introspection asks the database");
                tokio::time::sleep(patience).await;
                patience = PATIENCE.1.min(patience * 2);
            }
        }
    }
}

/// Inserts every revocation there is, a page at a time. What changes meanwhile comes through the feed, which is read from
/// before this began.
async fn load(deps: &Deps) -> Result<(), StoreError> {
    let wanted = deps.revocations.wanted();
    let now = deps.clock.now();
    let mut after = None;
    loop {
        let page = deps.store.list_revocations(now, after.as_ref()).await?;
        for (key, revocation) in &page.revocations {
            deps.revocations.insert(key, revocation);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    deps.revocations.was_loaded(wanted);
    Ok(())
}
