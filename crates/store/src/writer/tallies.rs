//! What was counted of token requests.
use super::commands::Outcome;
use super::events;
use super::unit::{Unit, values};
use crate::Result;
use crate::tallies::NewTally;
use grantor_protocol::issuer::RealmKey;

pub(super) fn add(on: Unit<'_>, all: &[(RealmKey, NewTally)]) -> Result<Outcome> {
    let sql = "INSERT INTO token_tally (tenant, realm, client, hour, issued, refused, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (tenant, realm, client, hour) DO UPDATE SET issued = token_tally.issued + excluded.issued,
               refused = token_tally.refused + excluded.refused, last_at = MAX(token_tally.last_at, excluded.last_at)";
    for (key, tally) in all {
        on.execute(
            sql,
            &values![
                &*key.tenant,
                &*key.realm,
                &tally.client,
                tally.hour.0,
                tally.issued,
                tally.refused,
                tally.last_at.0,
            ],
        )?;
        for event in &tally.examples {
            events::insert(on, key, event)?;
        }
    }
    Ok(Outcome::Done)
}
