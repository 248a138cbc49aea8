//! What requests and jobs write about signing keys. Both statements have no effect on a key that somebody retired.
use super::commands::Outcome;
use super::events;
use super::revocations::announce;
use super::unit::{Unit, values};
use crate::Result;
use crate::events::Event;
use grantor_protocol::UnixMillis;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;

/// The key answers for tokens until `until`. `Lost` when it is retired: it must sign nothing more.
pub(super) fn extend(on: Unit<'_>, key: &RealmKey, kid: &str, until: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE signing_key SET tokens_end_at = MAX(tokens_end_at, ?4)
               WHERE tenant = ?1 AND realm = ?2 AND kid = ?3 AND retired_at IS NULL";
    let extended = on.execute(sql, &values![&*key.tenant, &*key.realm, kid, until.0])?;
    Ok(if extended == 1 { Outcome::Won } else { Outcome::Lost })
}

/// Wipes the private half of a key no token of which can be alive. `Lost` when one may be, or when it is retired already.
pub(super) fn retire(on: Unit<'_>, key: &RealmKey, kid: &str, now: UnixMillis) -> Result<Outcome> {
    let sql = "UPDATE signing_key SET retired_at = ?4, sealed = ?5
               WHERE tenant = ?1 AND realm = ?2 AND kid = ?3 AND retired_at IS NULL AND tokens_end_at <= ?4";
    let wiped: &[u8] = &[];
    let retired = on.execute(sql, &values![&*key.tenant, &*key.realm, kid, now.0, wiped])?;
    if retired == 0 {
        return Ok(Outcome::Lost);
    }
    announce(on, key, ("signing_key", kid), now.0)?;
    let event = Event {
        detail: kid.to_owned(),
        ..Event::new(EventKind::SigningKeyRetired, now)
    };
    events::insert(on, key, &event)?;
    Ok(Outcome::Won)
}
