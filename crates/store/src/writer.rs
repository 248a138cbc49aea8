//! The writer: one thread owns the writing connection and takes typed commands (decision 1).
//!
//! Each command is its own atomic unit. Commands that wait while a commit runs share the next one; everybody is answered after it.
mod account;
mod attempts;
mod codes;
mod commands;
mod consents;
mod events;
mod expiry;
mod grants;
mod group;
mod links;
mod references;
mod refresh;
mod revocations;
mod sessions;
mod signing_keys;
mod tallies;

pub use account::{AccountChange, Ended};
pub use attempts::NewAttempt;
pub use commands::{Command, Judged, NewConsent, NewReference, NewReplay, Outcome, RefreshUse};

use crate::{Result, StoreError};
use group::Group;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// Commands that may wait; more are refused with `Busy`, so that memory is bounded.
const QUEUE: usize = 8192;
/// Of these, commands no request waits for: what has to be done never waits for more of what has not.
const ASIDE: usize = QUEUE / 8;
/// Commands that share one commit.
const GROUP: usize = 256;

type Reply = oneshot::Sender<Result<Outcome>>;

/// A command on its way, and its place among those that no request waits for.
struct Job {
    command: Command,
    reply: Reply,
    aside: Option<Place>,
}

/// One of the places background commands may take up; free again when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The way to the writing thread. Dropping it waits until everything that was handed over is written.
pub(crate) struct Writer {
    queue: Option<SyncSender<Job>>,
    aside: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub(crate) fn open(file: &Path, bell: Arc<Notify>) -> Result<Self> {
        let connection = connect(file)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let file = file.to_owned();
        let thread = std::thread::Builder::new()
            .name("grantor-writer".into())
            .spawn(move || run(&file, connection, &jobs, &bell))
            .map_err(|e| StoreError::Unavailable(e.to_string()))?;
        Ok(Self {
            queue: Some(queue),
            aside: Arc::default(),
            thread: Some(thread),
        })
    }

    pub(crate) fn submit(&self, command: Command) -> Result<oneshot::Receiver<Result<Outcome>>> {
        self.enqueue(command, None)
    }

    /// The same for what no request waits for; `Busy` while such commands take up their share of the queue.
    pub(crate) fn submit_aside(&self, command: Command) -> Result<oneshot::Receiver<Result<Outcome>>> {
        let taken = self.aside.fetch_add(1, Ordering::AcqRel);
        let place = Place(self.aside.clone());
        if taken >= ASIDE {
            return Err(StoreError::Busy);
        }
        self.enqueue(command, Some(place))
    }

    fn enqueue(&self, command: Command, aside: Option<Place>) -> Result<oneshot::Receiver<Result<Outcome>>> {
        let (reply, answer) = oneshot::channel();
        let job = Job { command, reply, aside };
        let queue = self
            .queue
            .as_ref()
            .ok_or_else(|| StoreError::Unavailable("the writer stopped".into()))?;
        queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer stopped".into()),
        })?;
        Ok(answer)
    }
}

fn connect(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    // A large document holds the lock for a while; whoever waits is answered, not refused.
    connection.busy_timeout(Duration::from_secs(20))?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Ends when every sender is gone and the queue is empty, so a clean shutdown loses nothing that was handed over.
fn run(file: &Path, connection: Connection, jobs: &Receiver<Job>, bell: &Notify) {
    let mut connection = Some(connection);
    while let Ok(first) = jobs.recv() {
        let mut group: Vec<Job> = vec![first];
        group.extend(jobs.try_iter().take(GROUP - 1));
        if connection.is_none() {
            connection = connect(file)
                .inspect_err(|error| tracing::error!(%error, "the writer cannot open the database"))
                .ok();
        }
        let Some(open) = &mut connection else {
            refuse(group, "the database cannot be opened");
            continue;
        };
        let (commands, replies): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|job| {
                drop(job.aside);
                (job.command, job.reply)
            })
            .unzip();
        match Group::run(open, &commands) {
            Ok(outcomes) => {
                let mut unheard = false;
                for ((command, reply), outcome) in commands.iter().zip(replies).zip(outcomes) {
                    let is_change = command.is_change(&outcome);
                    // A caller that hung up is not told, but what it asked for is done.
                    unheard |= reply.send(outcome).is_err() && is_change;
                }
                // Who is told keeps it in memory; what nobody was told, the feed brings.
                if unheard {
                    bell.notify_one();
                }
            }
            Err(error) => {
                tracing::error!(%error, "a group of writes failed; the connection is dropped");
                connection = None;
                for reply in replies {
                    let _ = reply.send(Err(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }
}

fn refuse(group: Vec<Job>, why: &str) {
    for job in group {
        let _ = job.reply.send(Err(StoreError::Unavailable(why.into())));
    }
}
