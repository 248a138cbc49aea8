//! The reference model of refresh and revocation (decision 16, RFC 7009).
use super::records::{Issued, Refused, Rotation, Scope, Token, refused};
use super::rules::Model;

const RETRY_WINDOW: i64 = 60;

/// What a refresh token is good for when its own client presents it where it belongs.
enum Verdict {
    /// With the generation that is given back.
    Use(Option<usize>),
    Refuse(&'static str),
    Replay,
}

impl Model {
    fn judge(&self, number: usize, generation: usize, asked: &Scope) -> Verdict {
        let (now, grant) = (self.now, &self.grants[number]);
        let client = &self.clients[grant.client];
        let Some(family) = &grant.family else {
            return Verdict::Refuse("invalid_grant");
        };
        let over = now >= family.ends || now >= family.used + client.family_idle;
        let epoch = client.epoch.max(self.user_epochs[grant.session.user]);
        if grant.ended || over || grant.created <= epoch || !self.enabled[grant.session.user] {
            return Verdict::Refuse("invalid_grant");
        }
        if !asked.is_subset(&grant.scope) {
            return Verdict::Refuse("invalid_scope");
        }
        let late = now >= family.rotated + RETRY_WINDOW;
        match (family.generation - generation, client.rotation) {
            (0, Rotation::Off) => Verdict::Use(None),
            (0, _) => Verdict::Use(Some(generation + 1)),
            (1, Rotation::UntilReceipt) if !late => Verdict::Use(Some(family.generation)),
            (1, Rotation::UntilReceipt | Rotation::Off) => Verdict::Refuse("invalid_grant"),
            _ => Verdict::Replay,
        }
    }

    /// Whether its own client can use the token now: the newest of a family, and its predecessor for a while.
    pub(super) fn is_usable(&self, grant: usize, generation: usize) -> bool {
        let client = &self.clients[self.grants[grant].client];
        let verdict = self.judge(grant, generation, &Scope::new());
        client.enabled && client.refresh && matches!(verdict, Verdict::Use(_))
    }

    /// `fits` when the issuer is the token's.
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
        if self.grants[number].client != by || !fits {
            return refused("invalid_grant");
        }
        let given = match self.judge(number, generation, asked) {
            Verdict::Use(given) => given,
            Verdict::Refuse(error) => return refused(error),
            Verdict::Replay => {
                self.grants[number].ended = true;
                return refused("invalid_grant").map_err(|r| Refused { ends: true, ..r });
            }
        };
        let grant = &mut self.grants[number];
        if let Some(family) = grant.family.as_mut().filter(|f| f.generation == generation) {
            family.used = self.now;
            if given.is_some() {
                (family.generation, family.rotated) = (generation + 1, self.now);
            }
        }
        let scope = if asked.is_empty() { &grant.scope } else { asked }.clone();
        Ok(self.issue(number, given, &scope))
    }

    pub(super) fn issue(&mut self, grant: usize, generation: Option<usize>, scope: &Scope) -> Issued {
        let client = self.clients[self.grants[grant].client];
        let (made, ends) = (self.now, self.now + client.token_life);
        self.grants[grant].kept = self.grants[grant].kept.max(ends);
        let scope = client.bound(scope);
        self.tokens.push(Token {
            grant,
            scope,
            made,
            ends,
            revoked: false,
        });
        Issued { grant, generation }
    }

    /// I6: a token is active while everything it hangs on is.
    pub(super) fn is_active(&self, token: &Token) -> bool {
        let grant = &self.grants[token.grant];
        let (client, user) = (&self.clients[grant.client], grant.session.user);
        let parents = client.enabled && self.enabled[user] && token.made > client.epoch.max(self.user_epochs[user]);
        self.now < token.ends && parents && !grant.ended && !token.revoked
    }

    /// V-06: a refresh token of whatever generation takes its grant with it.
    pub(super) fn revoke_grant(&mut self, (number, generation): (usize, usize), by: usize) -> Result<(), Refused> {
        self.authenticate(by)?;
        if self.grants[number].client == by {
            self.grants[number].ended = true;
        } else if let Verdict::Use(_) = self.judge(number, generation, &Scope::new()) {
            return refused("invalid_grant");
        }
        Ok(())
    }

    /// An access token ends alone.
    pub(super) fn revoke_token(&mut self, number: usize, by: usize) -> Result<(), Refused> {
        self.authenticate(by)?;
        if self.grants[self.tokens[number].grant].client == by {
            self.tokens[number].revoked = true;
        } else if self.is_active(&self.tokens[number]) {
            return refused("invalid_grant");
        }
        Ok(())
    }

    pub(super) fn user(&self, grant: usize) -> usize {
        self.grants[grant].session.user
    }
}
