//! The reference model: who may have what, by the RFCs and in plain Rust. It knows no HTTP, no SQL and no cryptography.
//! Sessions, codes, grants and tokens are numbered in the order they were made; times are seconds.
use super::records::{Client, Code, Family, Grant, Issued, Refused, Rotation, Scope, Session, Token, refused};
use super::steps::{BROWSERS, Change, USERS};

pub(super) const CODE_LIFE: i64 = 60;
pub(super) const CODE_ATTEMPTS: u32 = 3;
const SESSION_IDLE: i64 = 43_200;
const SESSION_LIFE: i64 = 604_800;
const TOUCH: i64 = 60;

#[derive(Debug)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) enabled: [bool; USERS],
    /// When everything the user had was ended.
    pub(super) user_epochs: [i64; USERS],
    pub(super) clients: [Client; 5],
    pub(super) browsers: [Option<Session>; BROWSERS],
    /// Whether it was ended, for each session; signing in again in the same browser goes on with the same one.
    pub(super) sessions: Vec<bool>,
    pub(super) codes: Vec<Code>,
    pub(super) grants: Vec<Grant>,
    pub(super) tokens: Vec<Token>,
}

impl Model {
    pub(super) fn new(now: i64) -> Self {
        let lives = [3600, 1_000_000, 100_000];
        let spa = Client {
            public: true,
            write: false,
            ..Client::new("spa", true, [600, 86_400, 3600], Rotation::UntilReceipt)
        };
        let never = Client {
            refresh: false,
            ..Client::new("a", true, [3600, 2_592_000, 1_209_600], Rotation::UntilReceipt)
        };
        let clients = [
            Client::new("keep", true, lives, Rotation::UntilReceipt),
            Client::new("strict", false, lives, Rotation::Strict),
            Client::new("still", false, lives, Rotation::Off),
            spa,
            never,
        ];
        let (codes, grants, tokens) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            now,
            enabled: [true; USERS],
            user_epochs: [0; USERS],
            clients,
            browsers: [None; BROWSERS],
            sessions: Vec::new(),
            codes,
            grants,
            tokens,
        }
    }

    /// The session of a browser, if it may be used; looking keeps it alive.
    fn live(&mut self, browser: usize) -> Option<Session> {
        let (now, enabled) = (self.now, self.enabled);
        let session = self.browsers[browser]
            .as_mut()
            .filter(|s| now < s.ends && now < s.seen + SESSION_IDLE && enabled[s.user])?;
        if now - session.seen >= TOUCH {
            session.seen = now;
        }
        Some(*session)
    }

    /// Whether the password is taken. What hung on the session of somebody else in this browser dies.
    pub(super) fn sign_in(&mut self, browser: usize, user: usize) -> bool {
        self.live(browser);
        if !self.enabled[user] {
            return false;
        }
        let former = self.browsers[browser].filter(|s| self.now < s.ends);
        let sid = match former {
            Some(former) if former.user == user => former.sid,
            other => {
                other.into_iter().for_each(|s| self.end_session(s.sid));
                self.sessions.push(false);
                self.sessions.len() - 1
            }
        };
        let (auth_time, seen, ends) = (self.now, self.now, self.now + SESSION_LIFE);
        self.browsers[browser] = Some(Session {
            user,
            sid,
            auth_time,
            seen,
            ends,
        });
        true
    }

    /// Whether there is a session to end.
    pub(super) fn sign_out(&mut self, browser: usize) -> bool {
        let session = self.live(browser);
        session.into_iter().for_each(|s| self.end_session(s.sid));
        if session.is_some() {
            self.browsers[browser] = None;
        }
        session.is_some()
    }

    /// A new password ends what an old one began; `offline_access` goes on.
    pub(super) fn new_password(&mut self, user: usize) {
        self.codes
            .iter_mut()
            .filter(|c| c.session.user == user)
            .for_each(Code::drop_unused);
        for browser in 0..BROWSERS {
            if let Some(session) = self.browsers[browser].filter(|s| s.user == user) {
                self.sessions[session.sid] = true;
                self.browsers[browser] = None;
            }
        }
        let hang = self.grants.iter_mut().filter(|g| g.bound && g.session.user == user);
        hang.for_each(|g| g.ended = true);
    }

    /// Disabling ends everything that was given until then, whoever is enabled again; that takes a second.
    pub(super) fn enable(&mut self, user: usize, enabled: bool) {
        if self.enabled[user] && !enabled {
            self.new_password(user);
            self.user_epochs[user] = self.now;
        }
        self.enabled[user] = enabled;
    }

    /// Whether the record as it would be is allowed (RFC 9700 section 2.2.2: a public client's tokens rotate).
    pub(super) fn change(&mut self, client: usize, change: Change) -> bool {
        let mut record = self.clients[client];
        record.take(change);
        if record.public && record.refresh && record.rotation == Rotation::Off {
            return false;
        }
        if self.clients[client].enabled && !record.enabled {
            self.codes
                .iter_mut()
                .filter(|c| c.client == client)
                .for_each(Code::drop_unused);
            record.epoch = self.now;
        }
        self.clients[client] = record;
        true
    }

    fn end_session(&mut self, sid: usize) {
        self.sessions[sid] = true;
        let hang = self.grants.iter_mut().filter(|g| g.bound && g.session.sid == sid);
        hang.for_each(|g| g.ended = true);
    }

    /// The number of the code, or the refusal; an empty one is a page. The user of the browser signs in unless it is `silent`.
    pub(super) fn authorize(
        &mut self,
        (browser, client): (usize, usize),
        asked: &Scope,
        silent: bool,
    ) -> Result<usize, &'static str> {
        let record = self.clients[client];
        if !record.enabled {
            return Err("");
        }
        if asked.contains("write") && !record.write {
            return Err("invalid_scope");
        }
        if self.live(browser).is_none() && !silent {
            self.sign_in(browser, browser % USERS).then_some(()).ok_or("")?;
        }
        let session = self.live(browser).ok_or("login_required")?;
        let (scope, ends) = (record.bound(asked), self.now + CODE_LIFE);
        self.codes.push(Code {
            client,
            session,
            scope,
            ends,
            wrong: 0,
            grant: None,
            dropped: false,
        });
        Ok(self.codes.len() - 1)
    }

    pub(super) fn authenticate(&self, client: usize) -> Result<Client, Refused> {
        let record = self.clients[client];
        if record.enabled {
            Ok(record)
        } else {
            refused("invalid_client")
        }
    }

    /// Decision 15; `fits` when the redirect URI, the issuer and so on are the code's.
    pub(super) fn redeem(
        &mut self,
        number: usize,
        (by, fits): (usize, bool),
        verifier: bool,
    ) -> Result<Issued, Refused> {
        let client = self.authenticate(by)?;
        let now = self.now;
        let code = &mut self.codes[number];
        let dead = code.grant.is_none() && code.wrong >= CODE_ATTEMPTS;
        if code.client != by || !fits || now >= code.ends || dead || code.dropped {
            return refused("invalid_grant");
        }
        if !verifier {
            code.wrong += u32::from(code.grant.is_none());
            return refused("invalid_grant");
        }
        if let Some(grant) = code.grant {
            self.grants[grant].ended = true;
            return refused("invalid_grant").map_err(|r| Refused { ends: true, ..r });
        }
        let bound = client.refresh && client.oidc && !code.scope.contains("offline_access");
        if !self.enabled[code.session.user] || (bound && self.sessions[code.session.sid]) {
            return refused("invalid_grant");
        }
        let ends = now + client.family_life;
        let family = client.refresh.then_some(Family {
            generation: 0,
            ends,
            rotated: now,
            used: now,
        });
        code.grant = Some(self.grants.len());
        let (session, scope, kept) = (
            code.session,
            code.scope.clone(),
            if client.refresh { ends } else { now },
        );
        self.grants.push(Grant {
            client: by,
            session,
            scope,
            ended: false,
            kept,
            bound,
            created: now,
            family,
        });
        let scope = self.codes[number].scope.clone();
        Ok(self.issue(self.grants.len() - 1, family.map(|f| f.generation), &scope))
    }
}
