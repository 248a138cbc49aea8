//! What runs beside requests: following the change feed, last-used times, signing keys in time, deleting what has expired.
use crate::catalog::NameKind;
use crate::metrics::Job;
use crate::{Deps, feed, revocations, signing_keys, tally};
use grantor_protocol::issuer::RealmKey;
use grantor_store::changes::FeedPosition;
use grantor_store::clients::PAGE;
use grantor_store::{Command, Outcome, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks at the signing keys.
const TEND: Duration = Duration::from_secs(60);
/// Between two deletions.
const DELETE: Duration = Duration::from_secs(300);

/// Client secrets used since the last batch was written.
#[derive(Default)]
pub(crate) struct SecretUse {
    used: Mutex<HashMap<RealmKey, HashSet<String>>>,
}

impl SecretUse {
    pub(crate) fn note(&self, key: &RealmKey, id: &str) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if !used.get(key).is_some_and(|ids| ids.contains(id)) {
            used.entry(key.clone()).or_default().insert(id.to_owned());
        }
    }
    fn take(&self) -> Vec<(RealmKey, String)> {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        let of_realm = |(key, ids): (RealmKey, HashSet<String>)| ids.into_iter().map(move |id| (key.clone(), id));
        let mut all: Vec<_> = used.into_iter().flat_map(of_realm).collect();
        // Every process writes them in the same order.
        all.sort();
        all
    }
}

/// Loads what must be known at once and starts the jobs. They end with the runtime.
pub async fn start(deps: &Arc<Deps>) -> Result<(), StoreError> {
    let position = deps.store.feed_position().await?;
    deps.catalog.feed_was_read(deps.clock.uptime());
    tokio::spawn(feed::follow(deps.clone(), position));
    tokio::spawn(revocations::keep_loaded(deps.clone()));
    tokio::spawn(load(deps.clone()));
    tokio::spawn(every(
        Duration::from_secs(10),
        (Job::SecretUse, deps.clone()),
        write_secret_use,
    ));
    tokio::spawn(every(TEND, (Job::SigningKeys, deps.clone()), tend_signing_keys));
    tokio::spawn(every(
        Duration::from_secs(60),
        (Job::Tallies, deps.clone()),
        write_tallies,
    ));
    tokio::spawn(every(DELETE, (Job::DeleteExpired, deps.clone()), delete_expired));
    Ok(())
}

/// Applies everything the change feed holds to this process's caches now, instead of at the next poll.
pub async fn catch_up(deps: &Deps) -> Result<(), StoreError> {
    feed::read(deps, &mut FeedPosition::default()).await
}

/// Fills the fingerprints; until then SQL is asked.
async fn load(deps: Arc<Deps>) {
    if let Err(error) = load_names(&deps).await {
        tracing::error!(%error, "client ids cannot be loaded");
    }
}

/// Lists the names that can authenticate, a page at a time; again when changes were missed meanwhile.
async fn load_names(deps: &Deps) -> Result<(), StoreError> {
    loop {
        let gaps = deps.catalog.gaps();
        let mut after = [const { String::new() }; 3];
        loop {
            let page = deps.store.list_client_ids(&after).await?;
            deps.catalog.add_known(NameKind::Client, &page);
            let full = page.len() == PAGE;
            match page.into_iter().last() {
                Some(last) if full => after = last,
                _ => break,
            }
        }
        let credentials = deps.store.list_credential_ids().await?;
        deps.catalog.add_known(NameKind::Credential, &credentials);
        if deps.catalog.all_are_known(gaps) {
            return Ok(());
        }
    }
}

async fn every<F>(interval: Duration, (name, deps): (Job, Arc<Deps>), job: impl Fn(Arc<Deps>) -> F)
where
    F: Future<Output = Result<(), StoreError>>,
{
    loop {
        tokio::time::sleep(interval).await;
        let done = job(deps.clone()).await;
        deps.metrics.ran(name, &done);
        if let Err(error) = done {
            tracing::warn!(%error, job = name.as_str(), "a background job failed");
        }
    }
}

/// Writes the batch of last-used times.
pub async fn write_secret_use(deps: Arc<Deps>) -> Result<(), StoreError> {
    let used = deps.secret_use.take();
    if !used.is_empty() {
        deps.store.write_later(Command::TouchSecrets {
            used,
            now: deps.clock.now(),
        });
    }
    Ok(())
}

async fn write_tallies(deps: Arc<Deps>) -> Result<(), StoreError> {
    tally::write(&deps).await
}

/// What is written in batches, at the end of the process.
pub async fn write_batches(deps: Arc<Deps>) -> Result<(), StoreError> {
    write_secret_use(deps.clone()).await?;
    tally::write(&deps).await
}

/// Whether a job of the whole installation is this process's, for nearly as long as it takes to come round again.
async fn is_mine(deps: &Deps, job: &'static str, interval: Duration) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let seconds = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX);
    let command = Command::TakeLease {
        job,
        holder: deps.process.clone(),
        now,
        until: now.plus_seconds(seconds - seconds / 10),
    };
    Ok(deps.store.write_for_job(command).await? == Outcome::Won)
}

/// Makes signing keys in time and retires what is over, unless another process does.
pub async fn tend_signing_keys(deps: Arc<Deps>) -> Result<(), StoreError> {
    match is_mine(&deps, "signing_keys", TEND).await? {
        true => signing_keys::tend(deps).await,
        false => Ok(()),
    }
}

/// Forgets what can no longer be presented, and deletes it unless another process does.
pub async fn delete_expired(deps: Arc<Deps>) -> Result<(), StoreError> {
    let now = deps.clock.now();
    deps.revocations.forget_expired(now);
    if !is_mine(&deps, "delete_expired", DELETE).await? {
        return Ok(());
    }
    let command = Command::DeleteExpired {
        now,
        events_before: now.plus_seconds(-deps.settings.event_days * 86_400),
    };
    // A batch at a time, so that requests write in between.
    while deps.store.write_for_job(command.clone()).await? == Outcome::More {}
    deps.ephemeral.delete_expired(now).await
}
