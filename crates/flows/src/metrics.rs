//! What operators are told of this process: how often things happened and how long they took, counted where they happen.
//!
//! Counting is one atomic addition: no lock, no allocation, and labels that are enums, so that nothing a client sends can become one.
mod histogram;
mod label;

pub use histogram::{BOUNDS_MICROSECONDS, Histogram};
pub use label::Label;

use crate::counters::Counter;
use crate::metrics::label::labels;
use grantor_protocol::OAuthErrorCode;
use grantor_protocol::token::TokenResponse;
use grantor_protocol::words::GrantType;
use std::marker::PhantomData;

labels! {
    /// What a token endpoint hands out.
    TokenKind { Access = "access_token", Refresh = "refresh_token", Id = "id_token" }
}
labels! {
    /// What an authorization request came to. One that waits for a person is counted again when it ends.
    AuthorizeResult { Code = "code", Error = "error", Page = "page", Waiting = "waiting" }
}
labels! {
    /// What a sign-in came to.
    LoginResult { Succeeded = "succeeded", Wrong = "wrong", Waits = "waits", Busy = "busy" }
}
labels! {
    /// What a person answered.
    Decision { Allowed = "allowed", Denied = "denied" }
}
labels! {
    /// What runs beside requests.
    Job { Feed = "feed", SecretUse = "secret_use", SigningKeys = "signing_keys", Tallies = "tallies", DeleteExpired = "delete_expired" }
}
labels! {
    /// How a run of a job ended.
    JobResult { Done = "done", Failed = "failed" }
}

/// A counter for each value of a label, or of a tuple of labels.
#[derive(Debug)]
pub struct Counts<L>(Box<[Counter]>, PhantomData<L>);

impl<L: Label> Default for Counts<L> {
    fn default() -> Self {
        Self((0..L::COUNT).map(|_| Counter::default()).collect(), PhantomData)
    }
}

impl<L: Label> Counts<L> {
    /// Counts one.
    pub fn add_one(&self, label: L) {
        if let Some(counter) = self.0.get(label.index()) {
            counter.add_one();
        }
    }
    /// Every label with its count.
    pub fn all(&self) -> impl Iterator<Item = (L, u64)> {
        self.0
            .iter()
            .enumerate()
            .map(|(at, counter)| (L::at(at), counter.get()))
    }
}

/// What is counted beside [`crate::counters::Counters`].
#[derive(Debug, Default)]
pub struct Metrics {
    /// Token requests by the grant that was asked for, `None` when it is none of ours, and the error they were answered with.
    pub token_requests: Counts<(Option<GrantType>, Option<OAuthErrorCode>)>,
    pub tokens_issued: Counts<TokenKind>,
    /// Access tokens and grants that the revocation endpoint ended.
    pub tokens_revoked: Counter,
    /// Answers of the introspection endpoint by whether the token is active.
    pub introspections: Counts<bool>,
    pub authorize_requests: Counts<(AuthorizeResult, Option<OAuthErrorCode>)>,
    pub logins: Counts<LoginResult>,
    pub consents: Counts<Decision>,
    /// Browser sessions that their people ended.
    pub logouts: Counter,
    pub jobs: Counts<(Job, JobResult)>,
}

impl Metrics {
    pub(crate) fn issued(&self, answer: &TokenResponse) {
        self.tokens_issued.add_one(TokenKind::Access);
        if answer.refresh_token.is_some() {
            self.tokens_issued.add_one(TokenKind::Refresh);
        }
        if answer.id_token.is_some() {
            self.tokens_issued.add_one(TokenKind::Id);
        }
    }

    pub(crate) fn ran<T, E>(&self, job: Job, result: &Result<T, E>) {
        let result = match result {
            Ok(_) => JobResult::Done,
            Err(_) => JobResult::Failed,
        };
        self.jobs.add_one((job, result));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_stands_at_its_label_and_nowhere_else() {
        let counts = Counts::<(Option<GrantType>, Option<OAuthErrorCode>)>::default();
        let asked = (Some(GrantType::RefreshToken), Some(OAuthErrorCode::InvalidGrant));
        counts.add_one(asked);
        counts.add_one(asked);
        counts.add_one((None, None));
        let counted: Vec<_> = counts.all().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [((None, None), 1), (asked, 2)]);
        assert_eq!(
            counts.all().count(),
            (GrantType::ALL.len() + 1) * (OAuthErrorCode::ALL.len() + 1)
        );
    }
}
