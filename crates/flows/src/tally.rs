//! How many tokens each application was issued and refused: counted in memory, where it costs a request next to nothing, and
//! written every minute with one example of each. A crash loses the minute, never a token.
use crate::{Deps, Refusal};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_store::tallies::NewTally;
use grantor_store::{Command, StoreError};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const HOUR_MILLISECONDS: i64 = 3_600_000;
/// Applications counted at once; beyond it the minute's further ones are not, so memory stays bounded.
const MAX_CLIENTS: usize = 50_000;
/// Applications whose counts are written at once.
const AT_ONCE: usize = 200;
/// Examples of a minute that are told, of issued and of refused requests each.
const MAX_EXAMPLES: usize = 100;

/// What came of token requests since the last minute was written.
#[derive(Default)]
pub(crate) struct Tally(Mutex<HashMap<RealmKey, HashMap<String, Count>>>);

#[derive(Default)]
struct Count {
    issued: i64,
    refused: i64,
    last_at: i64,
    issue: Option<Event>,
    refusal: Option<Event>,
}

impl Tally {
    /// Counts a token that was issued to the client with id `client`; `example` is made for the first of a minute alone.
    pub(crate) fn issued(&self, key: &RealmKey, client: &str, now: UnixMillis, example: impl FnOnce() -> Event) {
        self.count(key, client, |count| {
            count.issued += 1;
            count.last_at = now.0;
            count.issue.get_or_insert_with(example);
        });
    }

    /// Counts a request that was refused.
    pub(crate) fn refused(&self, key: &RealmKey, client: &str, now: UnixMillis, example: impl FnOnce() -> Event) {
        self.count(key, client, |count| {
            count.refused += 1;
            count.last_at = count.last_at.max(now.0);
            count.refusal.get_or_insert_with(example);
        });
    }

    fn count(&self, key: &RealmKey, client: &str, add: impl FnOnce(&mut Count)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(key).and_then(|of_realm| of_realm.get_mut(client)) {
            return add(count);
        }
        if counts.values().map(HashMap::len).sum::<usize>() < MAX_CLIENTS {
            let of_realm = counts.entry(key.clone()).or_default();
            add(of_realm.entry(client.to_owned()).or_default());
        }
    }

    /// Counts what was taken again. Examples of the hour are told once: those are gone.
    fn put_back(&self, all: &[(RealmKey, NewTally)]) {
        for (key, tally) in all {
            self.count(key, &tally.client, |count| {
                count.issued += tally.issued;
                count.refused += tally.refused;
                count.last_at = count.last_at.max(tally.last_at.0);
            });
        }
    }

    fn take(&self) -> Vec<(RealmKey, NewTally)> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut issues, mut refusals) = (0, 0);
        let mut all = Vec::new();
        for (key, of_realm) in counts {
            for (client, count) in of_realm {
                issues += usize::from(count.issue.is_some());
                refusals += usize::from(count.refusal.is_some());
                let examples = [
                    count.issue.filter(|_| issues <= MAX_EXAMPLES),
                    count.refusal.filter(|_| refusals <= MAX_EXAMPLES),
                ];
                let tally = NewTally {
                    client,
                    hour: UnixMillis(count.last_at - count.last_at.rem_euclid(HOUR_MILLISECONDS)),
                    issued: count.issued,
                    refused: count.refused,
                    last_at: UnixMillis(count.last_at),
                    examples: examples.into_iter().flatten().collect(),
                };
                all.push((key.clone(), tally));
            }
        }
        all
    }
}

/// What is told of a refusal: the code and the private cause, which never holds a secret.
pub(crate) fn refusal(kind: EventKind, now: UnixMillis, (client, address): (&str, &str), refusal: &Refusal) -> Event {
    let detail = match refusal {
        Refusal::OAuth(error) => error.to_string(),
        Refusal::TooMany(seconds) => format!("too many failed requests; to wait {seconds} s"),
    };
    Event {
        client: Some(client.to_owned()),
        address: Some(address.to_owned()),
        detail,
        ..Event::new(kind, now)
    }
}

/// Writes what was counted, some at a time and in the order in which every process does. What cannot be written is counted again.
pub async fn write(deps: &Deps) -> Result<(), StoreError> {
    let mut all = deps.tally.take();
    all.sort_by(|(a, x), (b, y)| (a, &x.client).cmp(&(b, &y.client)));
    let mut rest = all.as_slice();
    while !rest.is_empty() {
        let (some, others) = rest.split_at(rest.len().min(AT_ONCE));
        if let Err(error) = deps.store.write_for_job(Command::AddTallies(some.to_vec())).await {
            deps.tally.put_back(rest);
            return Err(error);
        }
        rest = others;
    }
    Ok(())
}
