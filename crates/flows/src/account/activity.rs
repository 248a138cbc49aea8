//! What happened to an account, newest first, a page at a time.
use super::Owner;
use crate::management::events::began;
use crate::{Refusal, catalog};
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_store::events::EventPlace;

/// Which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    All,
    SignIns,
    Applications,
    Account,
}

const SIGN_INS: [EventKind; 5] = [
    EventKind::SignInSucceeded,
    EventKind::SignInFailed,
    EventKind::SignInLocked,
    EventKind::OwnSessionsEnded,
    EventKind::SessionsEnded,
];
const APPLICATIONS: [EventKind; 10] = [
    EventKind::ConsentWithdrawn,
    EventKind::GrantRevoked,
    EventKind::TokenRevoked,
    EventKind::TokenIssued,
    EventKind::TokenRefused,
    EventKind::CodeReplayed,
    EventKind::RefreshReplayed,
    EventKind::RefreshLate,
    EventKind::RefreshRaced,
    EventKind::RefreshRepeated,
];
const ACCOUNT: [EventKind; 11] = [
    EventKind::PasswordChanged,
    EventKind::ProfileChanged,
    EventKind::SetupLinkMade,
    EventKind::SetupLinkUsed,
    EventKind::UserCreated,
    EventKind::UserUpdated,
    EventKind::PasswordSet,
    EventKind::RoleMemberAdded,
    EventKind::RoleMemberRemoved,
    EventKind::GroupMemberAdded,
    EventKind::GroupMemberRemoved,
];

impl Show {
    /// Every part, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::All, Self::SignIns, Self::Applications, Self::Account];

    /// As a URL spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::SignIns => "sign-ins",
            Self::Applications => "apps",
            Self::Account => "account",
        }
    }

    /// The part a URL names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.as_str() == text)
    }

    /// The kinds of events it has; every one when none is named.
    pub const fn kinds(self) -> &'static [EventKind] {
        match self {
            Self::All => &[],
            Self::SignIns => &SIGN_INS,
            Self::Applications => &APPLICATIONS,
            Self::Account => &ACCOUNT,
        }
    }
}

/// An event as its user sees it.
pub struct Happened {
    pub at: UnixMillis,
    pub kind: EventKind,
    /// The application's name, when it is about one that still exists.
    pub application: Option<String>,
    pub address: Option<String>,
}

/// A page of events.
pub struct Activity {
    pub happened: Vec<Happened>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

/// The events of the account. `after` is what the page before named as the next one; a place in somebody's own list is no
/// secret, and one that was made up only begins elsewhere in it.
pub async fn activity(owner: Owner<'_>, show: Show, after: Option<&str>, most: u64) -> Result<Activity, Refusal> {
    let Owner { deps, key, .. } = owner;
    let after = after.and_then(place);
    let of = (owner.id(), show.kinds());
    let mut events = deps.store.list_events_of(key, of, after, most + 1).await?;
    // What happened to somebody of this id in a realm that had this name before is not theirs (O-242).
    let began = began(deps, key).await?;
    events.retain(|(_, event)| event.at >= began);
    let has_more = events.len() as u64 > most;
    if has_more {
        events.pop();
    }
    let next = events.last().filter(|_| has_more).map(|(place, _)| spelled(*place));
    let mut happened = Vec::with_capacity(events.len());
    for (_, event) in events {
        let application = match &event.client {
            Some(id) => catalog::client_by_id(deps, key, id).await?,
            None => None,
        };
        happened.push(Happened {
            at: event.at,
            kind: event.kind,
            application: application.map(|entry| entry.client.display_name.clone()),
            // Where an admin sits is for the audit log.
            address: event.address.filter(|_| event.actor.is_none()),
        });
    }
    Ok(Activity { happened, next })
}

fn spelled(place: EventPlace) -> String {
    format!("{}-{}", place.at.0, place.id)
}

fn place(text: &str) -> Option<EventPlace> {
    let (at, id) = text.split_once('-')?;
    Some(EventPlace {
        at: UnixMillis(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_spelled_and_anything_else_is_none() {
        let at = EventPlace {
            at: UnixMillis(1_800_000_000_123),
            id: 42,
        };
        assert_eq!(place(&spelled(at)), Some(at));
        for text in ["", "1", "1-", "-1", "a-1", "1-99999999999999999999", "1-2-3"] {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn a_part_is_spelled_one_way() {
        for show in Show::ALL {
            assert_eq!(Show::parse(show.as_str()), Some(show));
        }
        assert_eq!(Show::parse("ALL"), None);
    }
}
