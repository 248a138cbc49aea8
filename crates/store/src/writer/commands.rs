//! The commands: each one guarded statement, or one small fixed set, whose row count decides who won.
use super::account::{self, AccountChange};
use super::attempts::{self, NewAttempt};
use super::unit::{Unit, values};
use super::{
    codes, consents, events, expiry, grants, leases, references, refresh, revocations, sessions, signing_keys, tallies,
};
use crate::Result;
use crate::codes::NewCode;
use crate::events::Event;
use crate::grants::NewGrant;
use crate::revocations::NewRevocation;
use crate::sessions::NewSession;
use crate::tallies::NewTally;
use grantor_protocol::UnixMillis;
use grantor_protocol::client::Client;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::{IssuerKind, RealmKey};
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::token::refresh_token::{FamilyRecord, Refresh};
use std::sync::Arc;

/// A row of the list of referential tokens; nothing depends on it but lists.
#[derive(Debug, Clone)]
pub struct NewReference {
    pub id: String,
    pub client: String,
    pub user: Option<String>,
    pub grant: Option<String>,
    pub subject: String,
    pub scope: String,
    pub suffix: String,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// A user allowed these scopes, in addition to what was allowed before.
#[derive(Debug, Clone)]
pub struct NewConsent {
    pub user: String,
    /// The application's id.
    pub client: String,
    pub scope: String,
    pub now: UnixMillis,
}

/// What is written when a code turns out to be replayed.
#[derive(Debug, Clone)]
pub struct NewReplay {
    pub now: UnixMillis,
    pub event: Event,
}

/// The use of a refresh token whose text is proven.
#[derive(Debug, Clone)]
pub struct RefreshUse {
    /// Who uses it, authenticated.
    pub client: Arc<Client>,
    /// Where.
    pub issuer: IssuerKind,
    pub grant: String,
    pub generation: i64,
    /// The scope that is asked for.
    pub asked: Option<ScopeSet>,
    pub now: UnixMillis,
    /// Until when the access token that is about to be made lives.
    pub tokens_end_at: UnixMillis,
    /// What is told when there is something to tell; kind and user are filled in.
    pub event: Event,
    /// Whether what revokes nothing is told as well.
    pub tell: bool,
}

/// What came of a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The family before it.
    pub record: FamilyRecord,
    pub verdict: Refresh,
    /// The event that was recorded.
    pub event: Option<EventKind>,
    /// The grant, when it was revoked.
    pub revoked: Option<NewRevocation>,
}

/// What the writer can do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Stores a fresh authorization code.
    InsertCode(RealmKey, Box<NewCode>),
    /// Consumes a code and stores the grant; exactly one caller gets `Won`. Whoever comes too late replays the code: the
    /// grant is revoked in the same unit.
    RedeemCode {
        key: RealmKey,
        code_mac: [u8; 32],
        grant: Box<NewGrant>,
        /// Wrong verifiers after which the code is dead.
        max_attempts: i64,
        replay: Box<NewReplay>,
    },
    /// Counts a wrong verifier for a code that is not redeemed yet.
    CountFailedRedemption {
        key: RealmKey,
        code_mac: [u8; 32],
    },
    /// Uses a refresh token: judged and written in one unit. `Lost` when there is no such family.
    UseRefresh(Box<RefreshUse>),
    /// Revokes a grant, its refresh tokens and its access tokens; `Lost` when there is none.
    RevokeGrant {
        key: RealmKey,
        grant: String,
        event: Box<Event>,
    },
    /// Revokes an access token by request.
    RevokeToken {
        key: RealmKey,
        revocation: Box<NewRevocation>,
        event: Box<Event>,
    },
    /// Revokes; an older revocation of the same thing is widened, never narrowed.
    Revoke(RealmKey, NewRevocation),
    /// A referential token was issued.
    InsertReference(RealmKey, Box<NewReference>),
    /// Counts an attempt at an account before its password is looked at; `StartSession` gives it back. `Won` or `Waits`.
    ReserveSignIn(RealmKey, NewAttempt),
    /// A user signed in. The session the browser held before ends in the same unit, and so do the attempts counted for `account`.
    /// `Lost` when the password has changed since it was looked at.
    StartSession {
        key: RealmKey,
        session: Box<NewSession>,
        replaces: Option<[u8; 32]>,
        account: Option<[u8; 32]>,
    },
    /// A user signed out; refresh tokens that hang on the session die.
    EndSession {
        key: RealmKey,
        id_mac: [u8; 32],
        now: UnixMillis,
    },
    /// Somebody changed something of their own account.
    ChangeAccount(RealmKey, Box<AccountChange>),
    /// What was counted of token requests is added to its hours.
    AddTallies(Vec<(RealmKey, NewTally)>),
    /// A session was used.
    TouchSession {
        key: RealmKey,
        id_mac: [u8; 32],
        now: UnixMillis,
    },
    SaveConsent(RealmKey, Box<NewConsent>),
    /// Client secrets were used.
    TouchSecrets {
        used: Vec<(RealmKey, String)>,
        now: UnixMillis,
    },
    RecordEvent(RealmKey, Box<Event>),
    /// A signing key signs a token that lives until then; `Lost` when it is retired and must not.
    ExtendSigningKey {
        key: RealmKey,
        kid: String,
        tokens_end_at: UnixMillis,
    },
    /// A signing key no token of which can be alive loses its private half.
    RetireSigningKey {
        key: RealmKey,
        kid: String,
        now: UnixMillis,
    },
    /// A job of the whole installation is this process's until then; `Lost` while it is another's.
    TakeLease {
        job: &'static str,
        holder: String,
        now: UnixMillis,
        until: UnixMillis,
    },
    /// Rows whose time is over go away, a batch of each table; `More` when there may be further ones.
    DeleteExpired {
        now: UnixMillis,
        /// Events are kept from here on.
        events_before: UnixMillis,
    },
}

/// The lanes of a writer with several connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneKind {
    /// What applications do all the time, many at once.
    Busy,
    /// What people do: each waits at most for management writes about the same person.
    People,
    /// Changes of accounts, which wait for management writes, and jobs.
    Slow,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Done as far as one command goes; the same again does more.
    More,
    /// This caller consumed the single-use value.
    Won,
    /// Somebody else had, or there is none.
    Lost,
    /// The account waits until then. `won` is whether this very attempt may still be made: the last before the wait.
    Waits {
        until: UnixMillis,
        won: bool,
    },
    /// Grants were revoked, each until its last access token is over.
    Revoked(Vec<NewRevocation>),
    /// A refresh token was judged, and what follows is done.
    Judged(Box<Judged>),
}

impl Outcome {
    pub(super) fn of(revoked: Vec<NewRevocation>) -> Self {
        if revoked.is_empty() {
            Self::Done
        } else {
            Self::Revoked(revoked)
        }
    }
}

impl Command {
    /// Where it is written when several connections write: nobody stands behind what may wait, or writes many rows.
    pub(super) fn lane(&self) -> LaneKind {
        match self {
            Self::InsertCode(..)
            | Self::RedeemCode { .. }
            | Self::CountFailedRedemption { .. }
            | Self::UseRefresh(_)
            | Self::RevokeToken { .. }
            | Self::Revoke(..)
            | Self::InsertReference(..)
            | Self::TouchSession { .. }
            | Self::RecordEvent(..)
            | Self::ExtendSigningKey { .. } => LaneKind::Busy,
            Self::RevokeGrant { .. }
            | Self::ReserveSignIn(..)
            | Self::StartSession { .. }
            | Self::EndSession { .. }
            | Self::SaveConsent(..) => LaneKind::People,
            Self::ChangeAccount(..)
            | Self::AddTallies(_)
            | Self::TouchSecrets { .. }
            | Self::RetireSigningKey { .. }
            | Self::TakeLease { .. }
            | Self::DeleteExpired { .. } => LaneKind::Slow,
        }
    }

    /// Whether other processes must hear of what came of it through the change feed.
    pub(super) fn is_change(&self, outcome: &Result<Outcome>) -> bool {
        match outcome {
            Ok(Outcome::Revoked(_)) => true,
            Ok(Outcome::Judged(judged)) => judged.revoked.is_some(),
            Ok(Outcome::Done) if matches!(self, Self::ChangeAccount(_, change) if change.is_change()) => true,
            _ => matches!(
                self,
                Self::Revoke(..) | Self::RevokeToken { .. } | Self::RetireSigningKey { .. }
            ),
        }
    }
}

pub(super) fn execute(on: Unit<'_>, command: &Command) -> Result<Outcome> {
    match command {
        Command::InsertCode(key, code) => codes::insert_code(on, key, code),
        Command::RedeemCode {
            key,
            code_mac,
            grant,
            max_attempts,
            replay,
        } => codes::redeem_code(on, (key, code_mac), grant, *max_attempts, replay),
        Command::CountFailedRedemption { key, code_mac } => codes::count_failed(on, key, code_mac),
        Command::UseRefresh(used) => refresh::judge_and_use(on, used),
        Command::RevokeGrant { key, grant, event } => grants::revoke_one(on, (key, grant), event.at, Some(event)),
        Command::RevokeToken { key, revocation, event } => {
            revocations::insert(on, key, revocation)?;
            events::insert(on, key, event).map(|()| Outcome::Done)
        }
        Command::Revoke(key, revocation) => revocations::insert(on, key, revocation).map(|()| Outcome::Done),
        Command::InsertReference(key, row) => references::insert(on, key, row),
        Command::ReserveSignIn(key, attempt) => attempts::reserve(on, key, attempt),
        Command::StartSession {
            key,
            session,
            replaces,
            account,
        } => sessions::start(on, key, session, (replaces.as_ref(), account.as_ref())),
        Command::EndSession { key, id_mac, now } => sessions::end(on, key, id_mac, *now),
        Command::ChangeAccount(key, change) => account::execute(on, key, change),
        Command::TouchSession { key, id_mac, now } => sessions::touch(on, key, id_mac, *now),
        Command::SaveConsent(key, new) => consents::save(on, key, new),
        Command::TouchSecrets { used, now } => touch_secrets(on, used, *now),
        Command::AddTallies(all) => tallies::add(on, all),
        Command::RecordEvent(key, event) => events::insert(on, key, event).map(|()| Outcome::Done),
        Command::ExtendSigningKey {
            key,
            kid,
            tokens_end_at,
        } => signing_keys::extend(on, key, kid, *tokens_end_at),
        Command::RetireSigningKey { key, kid, now } => signing_keys::retire(on, key, kid, *now),
        Command::TakeLease {
            job,
            holder,
            now,
            until,
        } => leases::take(on, (job, holder), *now, *until),
        Command::DeleteExpired { now, events_before } => expiry::delete(on, *now, *events_before),
    }
}

fn touch_secrets(on: Unit<'_>, used: &[(RealmKey, String)], now: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE client_secret SET last_used_at = ?4 WHERE tenant = ?1 AND realm = ?2 AND id = ?3";
    for (key, id) in used {
        on.execute(sql, &values![&*key.tenant, &*key.realm, id, now.0])?;
    }
    Ok(Outcome::Done)
}
