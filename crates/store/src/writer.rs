//! The writer: a thread owns the writing connection and takes typed commands (decision 1). On PostgreSQL there are three.
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
mod leases;
mod links;
mod postgres;
mod references;
mod refresh;
mod revocations;
mod sessions;
mod signing_keys;
mod sqlite;
mod tallies;
pub(crate) mod unit;

pub use account::{AccountChange, Ended};
pub use attempts::NewAttempt;
pub use commands::{Command, Judged, NewConsent, NewReference, NewReplay, Outcome, RefreshUse};
pub(crate) use postgres::{Session, row_values};

use crate::bell::Bell;
use crate::connect::PostgresSettings;
use crate::{Result, StoreError};
use commands::LaneKind;
use postgres::Postgres;
use sqlite::Sqlite;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

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

/// What a writing thread hands its groups to.
trait Backend: Send + 'static {
    /// Writes a group; an outcome a command, in their order. With an error nothing of it is acknowledged.
    fn run(&mut self, commands: &[Command]) -> Result<Vec<Result<Outcome>>>;

    /// How long it may be left alone before it is looked at.
    const ALONE: Option<Duration>;

    /// Nothing was written for so long.
    fn look(&mut self) {}
}

/// A queue and the thread that empties it. Dropping it waits until everything that was handed over is written.
struct Lane {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Lane {
    fn open(backend: impl Backend, bell: Arc<Bell>) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("grantor-writer".into())
            .spawn(move || run(backend, &jobs, &bell))
            .map_err(|e| StoreError::Unavailable(e.to_string()))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }
}

/// The way to the writing threads.
pub(crate) struct Writer {
    lane: Lane,
    /// Where several connections write: what may wait has its own.
    others: Option<Others>,
    aside: Arc<AtomicUsize>,
}

struct Others {
    people: Lane,
    slow: Lane,
}

impl Writer {
    /// SQLite has one writer, and so one thread.
    pub(crate) fn on_sqlite(file: &Path, bell: Arc<Bell>) -> Result<Self> {
        Ok(Self {
            lane: Lane::open(Sqlite::open(file)?, bell)?,
            others: None,
            aside: Arc::default(),
        })
    }

    pub(crate) fn on_postgres(settings: &PostgresSettings, bell: &Arc<Bell>) -> Result<Self> {
        let lane = || Lane::open(Postgres::new(settings.clone()), bell.clone());
        Ok(Self {
            lane: lane()?,
            others: Some(Others {
                people: lane()?,
                slow: lane()?,
            }),
            aside: Arc::default(),
        })
    }

    fn lane_of(&self, command: &Command) -> &Lane {
        match (&self.others, command.lane()) {
            (Some(others), LaneKind::People) => &others.people,
            (Some(others), LaneKind::Slow) => &others.slow,
            (_, LaneKind::Busy) | (None, _) => &self.lane,
        }
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
        let queue = self
            .lane_of(&command)
            .queue
            .as_ref()
            .ok_or_else(|| StoreError::Unavailable("the writer stopped".into()))?;
        let job = Job { command, reply, aside };
        queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer stopped".into()),
        })?;
        Ok(answer)
    }
}

/// Ends when every sender is gone and the queue is empty, so a clean shutdown loses nothing that was handed over.
fn run<B: Backend>(mut backend: B, jobs: &Receiver<Job>, bell: &Bell) {
    let next = |backend: &mut dyn FnMut()| loop {
        match B::ALONE {
            None => break jobs.recv().ok(),
            Some(alone) => match jobs.recv_timeout(alone) {
                Ok(job) => break Some(job),
                Err(RecvTimeoutError::Timeout) => backend(),
                Err(RecvTimeoutError::Disconnected) => break None,
            },
        }
    };
    while let Some(first) = next(&mut || backend.look()) {
        let mut group: Vec<Job> = vec![first];
        group.extend(jobs.try_iter().take(GROUP - 1));
        let (commands, replies): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|job| {
                drop(job.aside);
                (job.command, job.reply)
            })
            .unzip();
        match backend.run(&commands) {
            Ok(outcomes) => {
                let (mut changed, mut unheard) = (false, false);
                for ((command, reply), outcome) in commands.iter().zip(replies).zip(outcomes) {
                    let is_change = command.is_change(&outcome);
                    changed |= is_change;
                    // A caller that hung up is not told, but what it asked for is done.
                    unheard |= reply.send(outcome).is_err() && is_change;
                }
                // Who is told keeps it in memory; what nobody was told, the feed brings.
                if unheard {
                    bell.ring_here();
                }
                if changed {
                    bell.ring_elsewhere();
                }
            }
            Err(error) => {
                tracing::error!(%error, "a group of writes failed");
                for reply in replies {
                    let _ = reply.send(Err(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }
}
