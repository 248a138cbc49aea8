//! Using a refresh token: read, judged by the rule, and written in one unit, so that nobody comes in between (decision 16).
use super::commands::{Judged, Outcome, RefreshUse};
use super::unit::{Unit, values};
use super::{events, grants};
use crate::Result;
use crate::grants::{Row, record};
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::token::refresh_token::{FamilyRecord, Presented, Refresh, check};

/// A predecessor that comes back so soon, in milliseconds, raced with whoever used it; later it is a lost answer.
const RACE: i64 = 1000;

pub(super) fn judge_and_use(on: Unit<'_>, used: &RefreshUse) -> Result<Outcome> {
    let key = &used.client.key;
    let select = on.locking(Row::SELECT, "FOR UPDATE OF g");
    let row = on.first(&select, &values![&*key.tenant, &*key.realm, &used.grant], Row::read)?;
    let Some(record) = row.map(record).transpose()?.flatten() else {
        return Ok(Outcome::Lost);
    };
    let verdict = judge(used, &record);
    if is_use(&verdict) {
        write(on, key, used, &verdict)?;
    }
    conclude(on, used, record, verdict)
}

/// The rule's verdict on a use of this family.
pub(super) fn judge(used: &RefreshUse, record: &FamilyRecord) -> Refresh {
    let presented = Presented {
        client: &used.client,
        issuer: &used.issuer,
        generation: used.generation,
        asked: used.asked.as_ref(),
        now: used.now,
    };
    check(&presented, record)
}

/// Whether the family's row is written: a token is about to be made.
pub(super) fn is_use(verdict: &Refresh) -> bool {
    matches!(verdict, Refresh::Rotate | Refresh::Keep | Refresh::Repeat)
}

/// What follows beside the family's row: a replay revokes the grant, and what there is to tell is told.
pub(super) fn conclude(on: Unit<'_>, used: &RefreshUse, record: FamilyRecord, verdict: Refresh) -> Result<Outcome> {
    let key = &used.client.key;
    let kind = event_kind(&verdict, used.now.0 - record.rotated_at.0);
    let revokes = matches!(verdict, Refresh::RefuseAndRevoke(_));
    let revoked = match revokes {
        true => grants::revoke_and_tell(on, (key, &record.authorization.grant), used.now, None)?,
        false => None,
    };
    if let Some(kind) = kind.filter(|_| used.tell || revokes) {
        let mut event = used.event.clone();
        event.kind = kind;
        event.user = Some(record.authorization.user.clone());
        events::insert(on, key, &event)?;
    }
    Ok(Outcome::Judged(Box::new(Judged {
        record,
        verdict,
        event: kind,
        revoked,
    })))
}

fn event_kind(verdict: &Refresh, age: i64) -> Option<EventKind> {
    match verdict {
        Refresh::Rotate | Refresh::Keep | Refresh::Refuse(_) => None,
        Refresh::Repeat if age < RACE => Some(EventKind::RefreshRaced),
        Refresh::Repeat => Some(EventKind::RefreshRepeated),
        Refresh::RefuseAndNote(_) => Some(EventKind::RefreshLate),
        Refresh::RefuseAndRevoke(_) => Some(EventKind::RefreshReplayed),
    }
}

/// Only the newest token moves the family on and keeps it from idling; every use keeps what hangs on the grant.
fn write(on: Unit<'_>, key: &RealmKey, used: &RefreshUse, verdict: &Refresh) -> Result<()> {
    let sql = "UPDATE authorization_grant SET
               generation = generation + ?4,
               rotated_at = CASE WHEN ?4 = 1 THEN ?5 ELSE rotated_at END,
               last_used_at = CASE WHEN ?6 THEN MAX(last_used_at, ?5) ELSE last_used_at END,
               tokens_end_at = MAX(tokens_end_at, ?7), expires_at = MAX(expires_at, ?7)
               WHERE tenant = ?1 AND realm = ?2 AND id = ?3";
    on.execute(
        sql,
        &values![
            &*key.tenant,
            &*key.realm,
            &used.grant,
            i64::from(*verdict == Refresh::Rotate),
            used.now.0,
            *verdict != Refresh::Repeat,
            used.tokens_end_at.0,
        ],
    )?;
    Ok(())
}
