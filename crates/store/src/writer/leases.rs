//! Who does a job of the installation: one process at a time.
use super::commands::Outcome;
use super::unit::{Unit, values};
use crate::Result;
use grantor_protocol::UnixMillis;

/// `Won` when the job was free, over, or this holder's already.
pub(super) fn take(on: Unit<'_>, (job, holder): (&str, &str), now: UnixMillis, until: UnixMillis) -> Result<Outcome> {
    let sql = "INSERT INTO job_lease (job, holder, expires_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
               WHERE job_lease.holder = excluded.holder OR job_lease.expires_at <= ?4";
    let taken = on.execute(sql, &values![job, holder, until.0, now.0])?;
    Ok(if taken == 1 { Outcome::Won } else { Outcome::Lost })
}
