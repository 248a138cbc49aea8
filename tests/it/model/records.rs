//! What the reference model knows of applications, sessions, codes, grants and tokens. Times are seconds.
use super::steps::Change;
use std::collections::BTreeSet;

pub(super) type Scope = BTreeSet<&'static str>;

pub(super) fn scope(text: &'static str) -> Scope {
    text.split_whitespace().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
    Strict,
    UntilReceipt,
    Off,
}

/// An application of the fixtures; from `enabled` on what admins change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) id: &'static str,
    pub(super) oidc: bool,
    pub(super) public: bool,
    pub(super) token_life: i64,
    pub(super) family_life: i64,
    pub(super) family_idle: i64,
    pub(super) enabled: bool,
    pub(super) refresh: bool,
    pub(super) write: bool,
    pub(super) rotation: Rotation,
    /// When everything it was given was ended.
    pub(super) epoch: i64,
}

impl Client {
    pub(super) const fn new(id: &'static str, oidc: bool, lives: [i64; 3], rotation: Rotation) -> Self {
        let [token_life, family_life, family_idle] = lives;
        Self {
            id,
            oidc,
            public: false,
            token_life,
            family_life,
            family_idle,
            enabled: true,
            refresh: true,
            write: true,
            rotation,
            epoch: 0,
        }
    }
    pub(super) fn may_have(&self, scope: &str) -> bool {
        match scope {
            "openid" => self.oidc,
            "offline_access" => self.oidc && self.refresh,
            "write" => self.write,
            other => other == "read",
        }
    }
    pub(super) fn take(&mut self, change: Change) {
        match change {
            Change::Enabled(enabled) => self.enabled = enabled,
            Change::Refresh(refresh) => self.refresh = refresh,
            Change::Write(write) => self.write = write,
            Change::Rotation(rotation) => self.rotation = rotation,
        }
    }
    pub(super) fn bound(&self, scope: &Scope) -> Scope {
        scope.iter().copied().filter(|s| self.may_have(s)).collect()
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) user: usize,
    pub(super) sid: usize,
    pub(super) auth_time: i64,
    pub(super) seen: i64,
    pub(super) ends: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) client: usize,
    pub(super) session: Session,
    pub(super) scope: Scope,
    pub(super) ends: i64,
    pub(super) wrong: u32,
    pub(super) grant: Option<usize>,
    pub(super) dropped: bool,
}

impl Code {
    /// One that was redeemed stays: it is how a replay is seen.
    pub(super) fn drop_unused(&mut self) {
        self.dropped |= self.grant.is_none();
    }
}

#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client: usize,
    pub(super) session: Session,
    pub(super) scope: Scope,
    pub(super) ended: bool,
    /// Until when its row has something to say.
    pub(super) kept: i64,
    pub(super) bound: bool,
    pub(super) created: i64,
    pub(super) family: Option<Family>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) generation: usize,
    pub(super) ends: i64,
    pub(super) rotated: i64,
    pub(super) used: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) grant: usize,
    pub(super) scope: Scope,
    pub(super) made: i64,
    pub(super) ends: i64,
    pub(super) revoked: bool,
}

/// What an accepted request is answered with; `generation` is that of the refresh token in it.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) grant: usize,
    pub(super) generation: Option<usize>,
}

/// A refusal; `ends` when it has a consequence all the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) ends: bool,
}

pub(super) fn refused<T>(error: &'static str) -> Result<T, Refused> {
    let status = if error == "invalid_client" { 401 } else { 400 };
    Err(Refused {
        status,
        error,
        ends: false,
    })
}
