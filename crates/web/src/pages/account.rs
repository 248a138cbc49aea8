//! The pages of a person's own account, and the page behind a one-time link.
//!
//! Does not own: what is on them, or what a form does. Times are shown in UTC: nobody has told us another zone to trust.
mod activity;
mod apps;
mod frame;
mod home;
mod password;
mod profile;
mod sessions;
mod setup;

pub use activity::{AccountActivity, EventLine, FilterLink, event_words, filter_words};
pub use apps::{AccountApps, AppView};
pub use frame::{AccountPage, Flash, Frame, NavLink};
pub use home::{AccountHome, HeldApp};
pub use password::{AccountPassword, PasswordProblem};
pub use profile::{AccountProfile, ProfileField};
pub use sessions::{AccountSessions, SessionView, device_words, method_words};
pub use setup::Setup;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A point in time, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 in UTC.
    pub machine: String,
    /// `2026-05-01 12:00 UTC`.
    pub shown: String,
}

impl Moment {
    /// The moment so many seconds after 1970; empty for one beyond all calendars.
    pub fn of_unix_seconds(seconds: i64) -> Self {
        let at = OffsetDateTime::from_unix_timestamp(seconds).ok();
        let machine = at.and_then(|t| t.format(&Rfc3339).ok()).unwrap_or_default();
        let shown = match (machine.get(..10), machine.get(11..16)) {
            (Some(day), Some(time)) => format!("{day} {time} UTC"),
            _ => machine.clone(),
        };
        Self { machine, shown }
    }
}

/// A line of the summary above a form: the field it is about and what to do.
pub(super) struct FieldProblem {
    pub(super) id: &'static str,
    pub(super) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_to_the_minute_in_utc() {
        let moment = Moment::of_unix_seconds(1_800_000_059);
        assert_eq!(moment.machine, "2027-01-15T08:00:59Z");
        assert_eq!(moment.shown, "2027-01-15 08:00 UTC");
        assert_eq!(Moment::of_unix_seconds(i64::MAX).shown, "");
    }
}
