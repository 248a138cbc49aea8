//! The reference model: who may have what, by the RFCs and in plain Rust. It knows no HTTP, no SQL and no cryptography.
//! Sessions, codes, grants and tokens are numbered in the order they were made; times are seconds.
use super::records::{Client, Code, Family, Grant, Issued, Refused, Rotation, Scope, Session, Token, refused};
use super::steps::{BROWSERS, Change, USERS};

pub(super) const CODE_LIFE: i64 = 60;
pub(super) const CODE_ATTEMPTS: u32 = 3;
const SESSION_IDLE: i64 = 43_200;
const SESSION_LIFE: i64 = 604_800;
const TOUCH: i64 = 60;
const RETRY_WINDOW: i64 = 60;

#[derive(Debug)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) enabled: [bool; USERS],
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
        });
        Ok(self.codes.len() - 1)
    }

    fn authenticate(&self, client: usize) -> Result<Client, Refused> {
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
        if code.client != by || !fits || now >= code.ends || dead {
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
            family,
        });
        let scope = self.codes[number].scope.clone();
        Ok(self.issue(self.grants.len() - 1, family.map(|f| f.generation), &scope))
    }

    /// Decision 16; `fits` when the issuer is the token's.
    pub(super) fn refresh(
        &mut self,
        (number, generation): (usize, usize),
        (by, fits): (usize, bool),
        asked: &Scope,
    ) -> Result<Issued, Refused> {
        let client = self.authenticate(by)?;
        if !client.refresh {
            return refused("unauthorized_client");
        }
        let (now, grant) = (self.now, &mut self.grants[number]);
        let Some(family) = &mut grant.family else {
            return refused("invalid_grant");
        };
        let over = now >= family.ends || now >= family.used + client.family_idle;
        if grant.client != by || !fits || grant.ended || over {
            return refused("invalid_grant");
        }
        if !asked.is_subset(&grant.scope) {
            return refused("invalid_scope");
        }
        let late = now >= family.rotated + RETRY_WINDOW;
        let given = match (family.generation - generation, client.rotation) {
            (0, Rotation::Off) => None,
            (0, _) => Some(family.generation + 1),
            (1, Rotation::UntilReceipt) if !late => Some(family.generation),
            (1, Rotation::UntilReceipt | Rotation::Off) => return refused("invalid_grant"),
            _ => {
                grant.ended = true;
                return refused("invalid_grant").map_err(|r| Refused { ends: true, ..r });
            }
        };
        if !self.enabled[grant.session.user] {
            return refused("invalid_grant");
        }
        if family.generation == generation {
            family.used = now;
        }
        if let Some(next) = given.filter(|next| *next > family.generation) {
            (family.generation, family.rotated) = (next, now);
        }
        let scope = if asked.is_empty() {
            grant.scope.clone()
        } else {
            asked.clone()
        };
        Ok(self.issue(number, given, &scope))
    }

    fn issue(&mut self, grant: usize, generation: Option<usize>, scope: &Scope) -> Issued {
        let client = self.clients[self.grants[grant].client];
        let ends = self.now + client.token_life;
        self.grants[grant].kept = self.grants[grant].kept.max(ends);
        self.tokens.push(Token {
            grant,
            scope: client.bound(scope),
            ends,
        });
        Issued { grant, generation }
    }

    /// I6: a token is active while everything it hangs on is.
    pub(super) fn is_active(&self, token: &Token) -> bool {
        let grant = &self.grants[token.grant];
        let parents = self.clients[grant.client].enabled && self.enabled[grant.session.user];
        self.now < token.ends && parents && !grant.ended
    }

    pub(super) fn user(&self, grant: usize) -> usize {
        self.grants[grant].session.user
    }

    /// Whether the record as it would be is allowed (RFC 9700 section 2.2.2: a public client's tokens rotate).
    pub(super) fn change(&mut self, client: usize, change: Change) -> bool {
        let mut record = self.clients[client];
        record.take(change);
        let allowed = !(record.public && record.refresh && record.rotation == Rotation::Off);
        if allowed {
            self.clients[client] = record;
        }
        allowed
    }
}
