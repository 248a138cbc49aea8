//! The writer on PostgreSQL: commands that wait together become one statement of many rows for each kind (decision 1).
//!
//! A kind's rows share one statement and all kinds one transaction. What cannot share, what lost, and everything when the
//! database refuses one of them, runs again alone, each command in a transaction of its own: so only the refused one fails.
mod batch;
mod columns;
mod session;

pub(crate) use session::{Session, row_values};

use super::commands::{Command, Outcome, execute};
use super::unit::Unit;
use super::{Backend, codes, events, references};
use crate::connect::PostgresSettings;
use crate::{Result, StoreError};
use std::time::Duration;

/// How often a command that two transactions stood in each other's way with is tried.
const TRIES: usize = 3;

/// How many commands of a group may wait for a lock in vain.
const WAITS: u32 = 2;

/// The connection, made anew after it broke.
pub(super) struct Postgres {
    settings: PostgresSettings,
    session: Option<Session>,
}

impl Postgres {
    pub(super) fn new(settings: PostgresSettings) -> Self {
        let session = None;
        Self { settings, session }
    }
}

impl Backend for Postgres {
    /// After a restart of the server the next write does not meet a connection that is gone.
    const ALONE: Option<Duration> = Some(Duration::from_secs(1));

    fn look(&mut self) {
        self.session = self.session.take().filter(Session::answers);
    }

    fn run(&mut self, commands: &[Command]) -> Result<Vec<Result<Outcome>>> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.settings)?,
        };
        let outcomes = run(&session, commands);
        if !session.is_broken() {
            self.session = Some(session);
        }
        outcomes
    }
}

/// Where a command's rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    InsertCode,
    RedeemCode,
    UseRefresh,
    Revoke,
    InsertReference,
    RecordEvent,
    /// In a transaction of its own: it holds something until it ends.
    Alone,
}

const BATCHES: [Way; 6] = [
    Way::InsertCode,
    Way::RedeemCode,
    Way::UseRefresh,
    Way::Revoke,
    Way::InsertReference,
    Way::RecordEvent,
];

fn way(command: &Command) -> Way {
    match command {
        Command::InsertCode(..) => Way::InsertCode,
        Command::RedeemCode { .. } => Way::RedeemCode,
        Command::UseRefresh(_) => Way::UseRefresh,
        Command::Revoke(..) | Command::RevokeToken { .. } => Way::Revoke,
        Command::InsertReference(..) => Way::InsertReference,
        Command::RecordEvent(..) => Way::RecordEvent,
        Command::CountFailedRedemption { .. }
        | Command::TouchSession { .. }
        | Command::ExtendSigningKey { .. }
        | Command::RevokeGrant { .. }
        | Command::ReserveSignIn(..)
        | Command::StartSession { .. }
        | Command::EndSession { .. }
        | Command::SaveConsent(..)
        | Command::ChangeAccount(..)
        | Command::AddTallies(_)
        | Command::TouchSecrets { .. }
        | Command::RetireSigningKey { .. }
        | Command::TakeLease { .. }
        | Command::DeleteExpired { .. } => Way::Alone,
    }
}

/// A command of a group, by its place there.
type Numbered<'a> = (usize, &'a Command);
/// What came of some of them.
type Done = Vec<(usize, Outcome)>;

fn run(session: &Session, commands: &[Command]) -> Result<Vec<Result<Outcome>>> {
    let mut outcomes: Vec<Option<Result<Outcome>>> = commands.iter().map(|_| None).collect();
    match together(session, commands) {
        Ok(done) => done
            .into_iter()
            .for_each(|(place, outcome)| outcomes[place] = Some(Ok(outcome))),
        Err(error) if session.is_broken() => return Err(error),
        Err(error) => tracing::debug!(%error, "a group of writes is done one by one"),
    }
    let mut waited = 0;
    let alone = |(command, outcome): (&Command, Option<Result<Outcome>>)| {
        outcome.unwrap_or_else(|| match waited < WAITS {
            true => alone(session, command).inspect_err(|_| waited += u32::from(session.waited())),
            // Others must not wait as long again for each of them.
            false => Err(StoreError::Unavailable("somebody holds what is written".into())),
        })
    };
    Ok(commands.iter().zip(outcomes).map(alone).collect())
}

/// What can share a transaction. All of it is done or, with an error, nothing.
fn together(session: &Session, commands: &[Command]) -> Result<Done> {
    let of = |wanted: Way| -> Vec<Numbered<'_>> {
        let numbered = commands.iter().enumerate();
        numbered.filter(|(_, command)| way(command) == wanted).collect()
    };
    let batches: Vec<(Way, Vec<Numbered<'_>>)> = BATCHES.map(|way| (way, of(way))).into_iter().collect();
    let batches: Vec<_> = batches.into_iter().filter(|(_, batch)| !batch.is_empty()).collect();
    match batches.as_slice() {
        [] => Ok(Vec::new()),
        [(way, batch)] if is_one_statement(*way, batch) => write(session, *way, batch),
        several => session.transaction(|| {
            let mut done = Vec::new();
            for (way, batch) in several {
                done.extend(write(session, *way, batch)?);
            }
            Ok(done)
        }),
    }
}

/// Whether a batch is its own transaction.
fn is_one_statement(way: Way, batch: &[Numbered<'_>]) -> bool {
    match way {
        Way::InsertCode | Way::InsertReference | Way::Revoke | Way::RecordEvent => true,
        Way::RedeemCode => !batch
            .iter()
            .any(|(_, command)| matches!(command, Command::RedeemCode { grant, .. } if codes::is_session_bound(grant))),
        Way::UseRefresh | Way::Alone => false,
    }
}

fn write(session: &Session, way: Way, batch: &[Numbered<'_>]) -> Result<Done> {
    let done = |batch: &[Numbered<'_>]| batch.iter().map(|(place, _)| (*place, Outcome::Done)).collect();
    match way {
        Way::InsertCode => {
            let rows = batch.iter().filter_map(|(_, command)| match command {
                Command::InsertCode(key, code) => Some(codes::row(key, code).to_vec()),
                _ => None,
            });
            session.insert(&codes::INSERT, &rows.collect::<Vec<_>>())?;
            Ok(done(batch))
        }
        Way::InsertReference => {
            let rows = batch.iter().filter_map(|(_, command)| match command {
                Command::InsertReference(key, new) => Some(references::row(key, new).to_vec()),
                _ => None,
            });
            session.insert(&references::INSERT, &rows.collect::<Vec<_>>())?;
            Ok(done(batch))
        }
        Way::RecordEvent => {
            let rows = batch.iter().filter_map(|(_, command)| match command {
                Command::RecordEvent(key, event) => Some(events::row(key, event).to_vec()),
                _ => None,
            });
            session.insert(&events::INSERT, &rows.collect::<Vec<_>>())?;
            Ok(done(batch))
        }
        Way::Revoke => batch::revoke(session, batch).map(|()| done(batch)),
        Way::RedeemCode => batch::redeem(session, batch),
        Way::UseRefresh => batch::refresh(session, batch),
        Way::Alone => Ok(Vec::new()),
    }
}

/// One command in a transaction of its own.
fn alone(session: &Session, command: &Command) -> Result<Outcome> {
    let mut tries = 0;
    loop {
        let broken = || StoreError::Unavailable("the connection broke".into());
        if session.is_broken() {
            return Err(broken());
        }
        tries += 1;
        let outcome = session.transaction(|| {
            if matches!(command, Command::ChangeAccount(..)) {
                session.hold_management()?;
            }
            execute(Unit::Postgres(session), command)
        });
        match outcome {
            Err(_) if tries < TRIES && session.stood_in_the_way() => {}
            other => return other,
        }
    }
}
